package wire_test

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/wire"
)

// benchMessage is what a queue mostly carries: a header, a ulong message-id and 100 bytes.
func benchMessage() *amqp.Message {
	return &amqp.Message{
		Header:     &amqp.MessageHeader{Durable: true, Priority: 4},
		Properties: &amqp.MessageProperties{MessageID: uint64(123456)},
		Data:       [][]byte{make([]byte, 100)},
	}
}

func BenchmarkMessageDecode(b *testing.B) {
	encoded, err := benchMessage().MarshalBinary()
	require.NoError(b, err)
	b.Run("hadron", func(b *testing.B) {
		b.ReportAllocs()
		var slabs wire.Slabs
		for b.Loop() {
			if _, err := slabs.DecodeMessage(encoded, false); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("go-amqp", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := new(amqp.Message).UnmarshalBinary(encoded); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkMessageEncode(b *testing.B) {
	m := benchMessage()
	b.Run("hadron", func(b *testing.B) {
		b.ReportAllocs()
		var dst []byte
		for b.Loop() {
			dst, _ = wire.AppendMessage(dst[:0], m)
		}
	})
	b.Run("go-amqp", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := m.MarshalBinary(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func benchTransfer() *wire.Transfer {
	return &wire.Transfer{
		Handle:        1,
		DeliveryID:    wire.Some(uint32(100000)),
		DeliveryTag:   []byte{1, 2, 3, 4},
		MessageFormat: wire.Some(uint32(0)),
		Settled:       wire.Some(false),
		Batchable:     true,
	}
}

func BenchmarkTransferEncode(b *testing.B) {
	t := benchTransfer()
	b.ReportAllocs()
	var dst []byte
	for b.Loop() {
		dst, _ = t.Append(dst[:0])
	}
}

func BenchmarkTransferDecode(b *testing.B) {
	encoded, err := benchTransfer().Append(nil)
	require.NoError(b, err)
	var t wire.Transfer
	b.ReportAllocs()
	for b.Loop() {
		d := wire.NewDecoder(encoded)
		if d.Descriptor() != wire.CodeTransfer {
			b.Fatal("not a transfer")
		}
		t.Decode(&d)
	}
}

func BenchmarkDisposition(b *testing.B) {
	p := &wire.Disposition{Role: true, First: 1000, Last: wire.Some(uint32(2000)), Settled: true, State: wire.Accepted}
	b.ReportAllocs()
	var dst []byte
	var q wire.Disposition
	for b.Loop() {
		dst, _ = p.Append(dst[:0])
		d := wire.NewDecoder(dst)
		_ = d.Descriptor()
		q.Decode(&d)
	}
}

func BenchmarkFlow(b *testing.B) {
	p := &wire.Flow{NextIncomingID: wire.Some(uint32(1)), IncomingWindow: 2048, NextOutgoingID: 7, OutgoingWindow: 2048,
		Handle: wire.Some(uint32(0)), DeliveryCount: wire.Some(uint32(100000)), LinkCredit: wire.Some(uint32(1000))}
	b.ReportAllocs()
	var dst []byte
	var q wire.Flow
	for b.Loop() {
		dst, _ = p.Append(dst[:0])
		d := wire.NewDecoder(dst)
		_ = d.Descriptor()
		q.Decode(&d)
	}
}
