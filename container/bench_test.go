package container_test

import (
	"context"
	"encoding/binary"
	"log/slog"
	"net"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// The peers of the benchmarks are bytes that were made before the clock started, so that what is allocated is allocated by one side of
// Hadron alone: by BenchmarkSend on the sending side, by BenchmarkReceive on the receiving one. An operation is a message of 100
// bytes, sent and accepted.

const benchCredit = 1000

// stream reads frames by their sizes into one buffer.
type stream struct {
	conn net.Conn
	buf  []byte
	from int
	to   int
}

// next returns the next frame, which is valid until the following call.
func (s *stream) next() ([]byte, error) {
	for {
		if have := s.buf[s.from:s.to]; len(have) >= 8 {
			if size := int(binary.BigEndian.Uint32(have)); len(have) >= size {
				s.from += size
				return have[:size], nil
			}
		}
		if s.from > 0 {
			s.to = copy(s.buf, s.buf[s.from:s.to])
			s.from = 0
		}
		n, err := s.conn.Read(s.buf[s.to:])
		if err != nil {
			return nil, err
		}
		s.to += n
	}
}

// buffered says whether another frame is there already.
func (s *stream) buffered() bool {
	have := s.buf[s.from:s.to]
	return len(have) >= 8 && len(have) >= int(binary.BigEndian.Uint32(have))
}

// The performatives that the peers tell apart, by the byte of their descriptors.
const (
	frameFlow        = 0x13
	frameTransfer    = 0x14
	frameDisposition = 0x15
	frameClose       = 0x18
)

// performative says which one a frame has; its descriptor is a small ulong. 0 is an empty frame.
func performative(frame []byte) byte {
	if len(frame) < 11 {
		return 0
	}
	return frame[10]
}

// numbers reads the first fields of a frame's list, as far as they are uints; null is 0.
func numbers(frame []byte, fields []uint32) {
	clear(fields)
	b := frame[11:]
	count := 0
	switch b[0] {
	case 0xc0:
		count, b = int(b[2]), b[3:]
	case 0xd0:
		count, b = int(binary.BigEndian.Uint32(b[5:])), b[9:]
	}
	for i := 0; i < count && i < len(fields); i++ {
		switch b[0] {
		case 0x40, 0x43:
			b = b[1:]
		case 0x52:
			fields[i], b = uint32(b[1]), b[2:]
		case 0x70:
			fields[i], b = binary.BigEndian.Uint32(b[1:]), b[5:]
		default: // not a uint: the fields that matter come before
			return
		}
	}
}

// takeIn accepts messages a batch at a time, unless they come settled, and gives credit again.
func takeIn(conn net.Conn, settled bool) {
	s := &stream{conn: conn, buf: make([]byte, 1<<20)}
	disposition := f(0, "disposition", m{"role": true, "first": 0x01020304, "last": 0x05060708, "settled": true, "state": accepted()}).Bytes()
	flow := f(0, "flow", m{"next-incoming-id": 0x01020304, "incoming-window": 1 << 20, "next-outgoing-id": 0, "outgoing-window": 10,
		"handle": 0, "delivery-count": 0x01020304, "link-credit": benchCredit}).Widened().Bytes()
	out := append(append([]byte(nil), disposition...), flow...)
	first, last := find(out, 0x01020304), find(out, 0x05060708)
	next := len(disposition) + find(flow, 0x01020304)
	count := next + 4 + find(out[next+4:], 0x01020304)
	got, told := uint32(0), uint32(0)
	for {
		frame, err := s.next()
		if err != nil {
			return
		}
		switch performative(frame) {
		case frameTransfer:
			got++
		case frameClose:
			_, _ = conn.Write(f(0, "close", nil).Bytes())
			return
		}
		if got == told || s.buffered() && got-told < benchCredit/2 {
			continue
		}
		binary.BigEndian.PutUint32(out[first:], told)
		binary.BigEndian.PutUint32(out[last:], got-1)
		binary.BigEndian.PutUint32(out[next:], got)
		binary.BigEndian.PutUint32(out[count:], got)
		answer := out
		if settled {
			answer = out[len(disposition):]
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
		told = got
	}
}

// giveOut sends messages as the credit and the window allow.
func giveOut(conn net.Conn, payload []byte) {
	one := f(0, "transfer", m{"handle": 0, "delivery-id": 0x01020304, "delivery-tag": []byte("12345678"), "message-format": 0}, payload).Bytes()
	id := find(one, 0x01020304)
	const batch = 256
	var out []byte
	for range batch {
		out = append(out, one...)
	}
	s := &stream{conn: conn, buf: make([]byte, 1<<20)}
	fields := make([]uint32, 7) // of a flow frame
	var sent, window, credit, limit uint32
	for {
		if n := min(limit-sent, batch); n > 0 {
			for i := range n {
				binary.BigEndian.PutUint32(out[int(i)*len(one)+id:], sent+i)
			}
			if _, err := conn.Write(out[:int(n)*len(one)]); err != nil {
				return
			}
			if sent += n; sent < limit && !s.buffered() {
				continue
			}
		}
		frame, err := s.next()
		if err != nil {
			return
		}
		switch performative(frame) {
		case frameFlow:
			numbers(frame, fields) // next-incoming-id, incoming-window, _, _, handle, delivery-count, link-credit
			window = fields[0] + fields[1]
			if all := fields[5] + fields[6]; all > 0 { // it is about the link, too
				credit = all
			}
			limit = min(window, credit)
		case frameClose:
			_, _ = conn.Write(f(0, "close", nil).Bytes())
			return
		}
	}
}

// find returns where a number stands.
func find(b []byte, n uint32) int {
	for i := range len(b) - 3 {
		if binary.BigEndian.Uint32(b[i:]) == n {
			return i
		}
	}
	panic("the number is not in the frame")
}

// bench runs a client against a peer.
func bench(b *testing.B, peer func(p *amqptest.Peer), then func(e *handler.Event, conn *connection.Connection), h *handler.Funcs) {
	b.Helper()
	url := amqptest.Serve(b, peer)
	h.Start = func(e *handler.Event) {
		conn, err := e.Container().Connect(url, connection.SASLEnabled(false), connection.NoReconnect(), connection.IdleTimeout(0))
		require.NoError(b, err)
		then(e, conn)
	}
	b.ReportAllocs()
	require.NoError(b, container.New(h, container.Logger(slog.New(slog.DiscardHandler))).Run(context.Background()))
}

func BenchmarkSend(b *testing.B) {
	for name, opts := range map[string][]sender.Option{
		"accepted": nil,
		"settled":  {sender.AtMostOnce()},
	} {
		b.Run(name, func(b *testing.B) {
			message := amqp.NewMessage(make([]byte, 100))
			sent, done := 0, 0
			h := &handler.Funcs{
				Sendable: func(e *handler.Event) {
					if sent == 0 {
						b.ResetTimer()
					}
					for sent < b.N && e.Sender().Credit() > 0 {
						if _, err := e.Sender().Send(message); err != nil {
							b.Error(err)
							e.Container().Stop()
							return
						}
						sent++
					}
					if sent == b.N && opts != nil {
						b.StopTimer()
						e.Connection().Close()
					}
				},
				Accepted: func(e *handler.Event) {
					if done++; done == b.N {
						b.StopTimer()
						e.Connection().Close()
					}
				},
			}
			bench(b, func(p *amqptest.Peer) {
				answerSender(p, benchCredit)
				takeIn(p.Conn(), opts != nil)
			}, func(e *handler.Event, conn *connection.Connection) {
				_, err := e.Container().CreateSender(conn, "q", opts...)
				require.NoError(b, err)
			}, h)
		})
	}
}

func BenchmarkReceive(b *testing.B) {
	payload, err := amqp.NewMessage(make([]byte, 100)).MarshalBinary()
	require.NoError(b, err)
	for name, opts := range map[string][]receiver.Option{
		"decoded": {receiver.Credit(benchCredit)},
		"encoded": {receiver.Credit(benchCredit), receiver.Encoded()},
	} {
		b.Run(name, func(b *testing.B) {
			got := 0
			h := &handler.Funcs{Message: func(e *handler.Event) {
				if got == 0 {
					b.ResetTimer()
				}
				if got++; got == b.N {
					b.StopTimer()
					e.Connection().Close()
				}
			}}
			bench(b, func(p *amqptest.Peer) {
				answerReceiver(p)
				giveOut(p.Conn(), payload)
			}, func(e *handler.Event, conn *connection.Connection) {
				_, err := e.Container().CreateReceiver(conn, "q", opts...)
				require.NoError(b, err)
			}, h)
		})
	}
}
