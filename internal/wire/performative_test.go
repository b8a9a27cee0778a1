package wire_test

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/internal/wire"
)

type performative interface {
	Append([]byte) ([]byte, error)
	Decode(*wire.Decoder)
}

// newPerformative is an empty struct of every described list.
func newPerformative(code uint64) performative {
	switch code {
	case wire.CodeOpen:
		return new(wire.Open)
	case wire.CodeBegin:
		return new(wire.Begin)
	case wire.CodeAttach:
		return new(wire.Attach)
	case wire.CodeFlow:
		return new(wire.Flow)
	case wire.CodeTransfer:
		return new(wire.Transfer)
	case wire.CodeDisposition:
		return new(wire.Disposition)
	case wire.CodeDetach:
		return new(wire.Detach)
	case wire.CodeEnd:
		return new(wire.End)
	case wire.CodeClose:
		return new(wire.Close)
	case wire.CodeSource:
		return new(wire.Source)
	case wire.CodeTarget:
		return new(wire.Target)
	case wire.CodeCoordinator:
		return new(wire.Coordinator)
	case wire.CodeDeclare:
		return new(wire.Declare)
	case wire.CodeDischarge:
		return new(wire.Discharge)
	case wire.CodeSASLMechanisms:
		return new(wire.SASLMechanisms)
	case wire.CodeSASLInit:
		return new(wire.SASLInit)
	case wire.CodeSASLChallenge:
		return new(wire.SASLChallenge)
	case wire.CodeSASLResponse:
		return new(wire.SASLResponse)
	case wire.CodeSASLOutcome:
		return new(wire.SASLOutcome)
	}
	return nil
}

var (
	symbols = []amqp.Symbol{"a", "b"}
	failure = &amqp.Error{Condition: "amqp:not-found", Description: "no such node", Info: fields{"hint": "look elsewhere"}}
)

// performatives are one of each with every field set, and one with none, with the encoding written by hand.
var performatives = []struct {
	name string
	p    performative
	hex  string // not checked if empty: maps have no order
}{
	{"open", &wire.Open{ContainerID: "c", Hostname: "h", MaxFrameSize: 512, ChannelMax: 7, IdleTimeOut: 1000, OutgoingLocales: symbols[:1]},
		"00 53 10 c0 1a 06 a1 01 63 a1 01 68 70 00 00 02 00 60 00 07 70 00 00 03 e8 e0 04 01 a3 01 61"},
	{"open with all", &wire.Open{ContainerID: "c", MaxFrameSize: 4294967295, ChannelMax: 65535, IncomingLocales: symbols, OfferedCapabilities: symbols,
		DesiredCapabilities: symbols, Properties: fields{"product": "hadron", "list": []any{fields{"port": int32(5672)}}}}, ""},
	{"open with least", &wire.Open{ContainerID: "", MaxFrameSize: 4294967295, ChannelMax: 65535}, "00 53 10 c0 03 01 a1 00"},
	{"begin", &wire.Begin{RemoteChannel: wire.Some(uint16(0)), NextOutgoingID: 1, IncomingWindow: 2, OutgoingWindow: 3, HandleMax: 4},
		"00 53 11 c0 0c 05 60 00 00 52 01 52 02 52 03 52 04"},
	{"begin with least", &wire.Begin{HandleMax: 4294967295}, "00 53 11 c0 05 04 40 43 43 43"},
	{"begin with all", &wire.Begin{HandleMax: 1, OfferedCapabilities: symbols, DesiredCapabilities: symbols, Properties: fields{"a": nil}}, ""},
	{"attach with least", &wire.Attach{Name: "n", Handle: 1, Role: true, SndSettleMode: amqp.SenderSettleModeMixed}, "00 53 12 c0 07 03 a1 01 6e 52 01 41"},
	{"attach", &wire.Attach{Name: "n", Handle: 0, SndSettleMode: amqp.SenderSettleModeUnsettled, RcvSettleMode: amqp.ReceiverSettleModeSecond, Source: &wire.Source{},
		Target: &wire.Target{Address: ptr("q")}}, "00 53 12 c0 17 07 a1 01 6e 43 42 50 00 50 01 00 53 28 45 00 53 29 c0 04 01 a1 01 71"},
	{"attach a coordinator", &wire.Attach{Name: "n", Role: false, SndSettleMode: amqp.SenderSettleModeMixed, Coordinator: &wire.Coordinator{Capabilities: symbols[:1]},
		InitialDeliveryCount: wire.Some(uint32(0))}, "00 53 12 c0 18 0a a1 01 6e 43 42 40 40 40 00 53 30 c0 07 01 e0 04 01 a3 01 61 40 42 43"},
	{"attach with all", &wire.Attach{Name: "n", Unsettled: map[string]*wire.State{"\x00\xff": wire.Accepted, "": nil}, IncompleteUnsettled: true,
		MaxMessageSize: 1 << 40, OfferedCapabilities: symbols, DesiredCapabilities: symbols, Properties: fields{"p": []byte{1}}}, ""},
	{"flow of a session", &wire.Flow{IncomingWindow: 1, NextOutgoingID: 2, OutgoingWindow: 3}, "00 53 13 c0 08 04 40 52 01 52 02 52 03"},
	{"flow of a link", &wire.Flow{NextIncomingID: wire.Some(uint32(0)), Handle: wire.Some(uint32(0)), DeliveryCount: wire.Some(uint32(1)),
		LinkCredit: wire.Some(uint32(300)), Available: wire.Some(uint32(0)), Drain: true, Echo: true},
		"00 53 13 c0 10 0a 43 43 43 43 43 52 01 70 00 00 01 2c 43 41 41"},
	{"flow with all", &wire.Flow{Properties: fields{"a": "b"}}, "00 53 13 c0 14 0b 40 43 43 43 40 40 40 40 42 42 c1 07 02 a3 01 61 a1 01 62"},
	{"transfer", &wire.Transfer{Handle: 1, DeliveryID: wire.Some(uint32(0)), DeliveryTag: []byte{1}, MessageFormat: wire.Some(uint32(0)), Settled: wire.Some(false),
		More: true}, "00 53 14 c0 0a 06 52 01 43 a0 01 01 43 42 41"},
	{"transfer with least", &wire.Transfer{}, "00 53 14 c0 02 01 43"},
	{"transfer with all", &wire.Transfer{RcvSettleMode: wire.Some(amqp.ReceiverSettleModeSecond), State: &wire.State{Code: wire.CodeTransactionalState, TxnID: []byte{7}},
		Resume: true, Aborted: true, Batchable: true}, "00 53 14 c0 15 0b 43 40 40 40 40 42 50 01 00 53 34 c0 04 01 a0 01 07 41 41 41"},
	{"disposition", &wire.Disposition{Role: true, First: 1, Last: wire.Some(uint32(2)), Settled: true, State: wire.Accepted, Batchable: true},
		"00 53 15 c0 0c 06 41 52 01 52 02 41 00 53 24 45 41"},
	{"disposition with least", &wire.Disposition{}, "00 53 15 c0 03 02 42 43"},
	{"detach", &wire.Detach{Handle: 1, Closed: true, Error: failure}, ""},
	{"detach with least", &wire.Detach{}, "00 53 16 c0 02 01 43"},
	{"end", &wire.End{Error: &amqp.Error{Condition: "c", Info: fields{"a": nil}}}, "00 53 17 c0 12 01 00 53 1d c0 0c 03 a3 01 63 40 c1 05 02 a3 01 61 40"},
	{"end with least", &wire.End{}, "00 53 17 45"},
	{"close", &wire.Close{Error: &amqp.Error{Condition: "c", Description: "d"}}, "00 53 18 c0 0d 01 00 53 1d c0 07 02 a3 01 63 a1 01 64"},
	{"source with all", &wire.Source{Address: ptr(""), Durable: amqp.DurabilityUnsettledState, ExpiryPolicy: amqp.ExpiryPolicyNever, Timeout: 1, Dynamic: true,
		DynamicNodeProperties: fields{"lifetime-policy": wire.Described{Descriptor: wire.CodeDeleteOnClose, Value: []any{}}}, DistributionMode: "copy",
		Filter: fields{"selector": wire.Described{Descriptor: uint64(0x468C00000004), Value: "a = 1"}}, DefaultOutcome: &amqp.StateReleased{},
		Outcomes: symbols, Capabilities: symbols[:1]}, ""},
	{"target with all", &wire.Target{Address: ptr("a"), Durable: 1, ExpiryPolicy: amqp.ExpiryPolicyLinkDetach, Timeout: 1, Dynamic: true,
		DynamicNodeProperties: fields{"a": int32(1)}, Capabilities: symbols}, ""},
	{"coordinator", &wire.Coordinator{}, "00 53 30 45"},
	{"declare", &wire.Declare{}, "00 53 31 45"},
	{"declare with all", &wire.Declare{GlobalID: wire.Described{Descriptor: "x", Value: []byte{1}}}, ""},
	{"discharge", &wire.Discharge{TxnID: []byte{1, 2}, Fail: true}, "00 53 32 c0 06 02 a0 02 01 02 41"},
	{"sasl-mechanisms", &wire.SASLMechanisms{Mechanisms: []amqp.Symbol{"PLAIN"}}, "00 53 40 c0 0b 01 e0 08 01 a3 05 50 4c 41 49 4e"},
	{"sasl-mechanisms with none", &wire.SASLMechanisms{}, "00 53 40 c0 05 01 e0 02 00 a3"},
	{"sasl-init", &wire.SASLInit{Mechanism: "PLAIN", InitialResponse: []byte{}, Hostname: "h"}, "00 53 41 c0 0d 03 a3 05 50 4c 41 49 4e a0 00 a1 01 68"},
	{"sasl-init with least", &wire.SASLInit{Mechanism: "X"}, "00 53 41 c0 04 01 a3 01 58"},
	{"sasl-challenge", &wire.SASLChallenge{Challenge: []byte{1}}, "00 53 42 c0 04 01 a0 01 01"},
	{"sasl-response", &wire.SASLResponse{Response: []byte{}}, "00 53 43 c0 03 01 a0 00"},
	{"sasl-outcome", &wire.SASLOutcome{Code: 1, AdditionalData: []byte{9}}, "00 53 44 c0 06 02 50 01 a0 01 09"},
}

func TestPerformatives(t *testing.T) {
	for _, v := range performatives {
		t.Run(v.name, func(t *testing.T) {
			b, err := v.p.Append(nil)
			require.NoError(t, err)
			if v.hex != "" {
				require.Equal(t, unhex(v.hex), b, "%x", b)
			}
			d := wire.NewDecoder(b)
			got := newPerformative(d.Descriptor())
			got.Decode(&d)
			require.NoError(t, d.Err())
			require.Zero(t, d.Len())
			require.Equal(t, canon(v.p), canon(got))

			for n := range b {
				d := wire.NewDecoder(b[:n])
				if p := newPerformative(d.Descriptor()); p != nil {
					p.Decode(&d)
				}
				require.ErrorIs(t, d.Err(), wire.ErrShort, "%d bytes", n)
			}
		})
	}
}

func TestDecodeSetsEveryField(t *testing.T) {
	for _, v := range performatives {
		b, err := v.p.Append(nil)
		require.NoError(t, err)
		for _, used := range performatives {
			b2, err := used.p.Append(nil)
			require.NoError(t, err)
			if b[2] != b2[2] {
				continue
			}
			d := wire.NewDecoder(b2)
			p := newPerformative(d.Descriptor())
			p.Decode(&d)
			d = wire.NewDecoder(b)
			d.Descriptor()
			p.Decode(&d)
			require.NoError(t, d.Err())
			require.Equal(t, canon(v.p), canon(p), "%s after %s", v.name, used.name)
		}
	}
}

func TestOtherEncodings(t *testing.T) {
	for _, v := range []struct {
		name string
		want performative
		hex  string
	}{
		{"list32 and wide values", &wire.Close{}, "00 80 00 00 00 00 00 00 00 18 d0 00 00 00 05 00 00 00 01 40"},
		{"symbolic descriptor", &wire.Close{}, "00 a3 0f 61 6d 71 70 3a 63 6c 6f 73 65 3a 6c 69 73 74 45"},
		{"one symbol for many", &wire.SASLMechanisms{Mechanisms: []amqp.Symbol{"X"}}, "00 53 40 c0 04 01 a3 01 58"},
		{"nulls for defaults", &wire.Open{ContainerID: "c", MaxFrameSize: 4294967295, ChannelMax: 65535}, "00 53 10 c0 0d 0a a1 01 63 40 40 40 40 40 40 40 40 40"},
		{"a string for a symbol", &wire.SASLInit{Mechanism: "X"}, "00 53 41 c0 04 01 a1 01 58"},
		{"an address of a symbol", &wire.Target{Address: ptr("q")}, "00 53 29 c0 04 01 a3 01 71"},
		{"unsettled by string", &wire.Attach{Name: "", SndSettleMode: 2, Unsettled: map[string]*wire.State{"t": wire.Released}},
			"00 53 12 c0 13 08 a1 00 43 42 40 40 40 40 c1 08 02 a1 01 74 00 53 26 45"},
	} {
		t.Run(v.name, func(t *testing.T) {
			d := wire.NewDecoder(unhex(v.hex))
			p := newPerformative(d.Descriptor())
			p.Decode(&d)
			require.NoError(t, d.Err())
			require.Equal(t, canon(v.want), canon(p))
		})
	}
}

func TestPerformativeErrors(t *testing.T) {
	for _, v := range []struct {
		name   string
		hex    string
		reason error
		what   string
	}{
		{"mandatory field absent", "00 53 10 45", wire.ErrField, "open container-id"},
		{"mandatory field null", "00 53 14 c0 02 01 40", wire.ErrField, "transfer handle"},
		{"field too many", "00 53 18 c0 03 02 40 40", wire.ErrField, "close"},
		{"not a list", "00 53 18 40", wire.ErrType, "close"},
		{"count of more than the bytes", "00 53 18 c0 02 02 40", wire.ErrSize, "close"},
		{"bytes of more than the count", "00 53 18 c0 03 01 40 40", wire.ErrSize, "close"},
		{"size of less than the count takes", "00 53 18 c0 00 00", wire.ErrSize, "close"},
		{"size past the buffer", "00 53 18 c0 05 01 40", wire.ErrShort, "close"},
		{"field past the list", "00 53 14 c0 02 01 70 00 00 00 01", wire.ErrSize, "uint"},
		{"source for a target", "00 53 12 c0 0c 07 a1 00 43 42 40 40 40 00 53 28 45", wire.ErrType, "target"},
		{"address of a number", "00 53 29 c0 03 01 52 01", wire.ErrType, "string"},
		{"settle mode that is none", "00 53 12 c0 07 04 a1 00 43 42 50 03", wire.ErrValue, "attach snd-settle-mode"},
		{"state that is none", "00 53 15 c0 09 05 42 43 40 42 00 53 10 45", wire.ErrType, "delivery state"},
		{"transaction in a transaction", "00 53 15 c0 11 05 42 43 40 42 00 53 34 c0 07 02 a0 00 00 53 34 45", wire.ErrType, "transactional-state outcome"},
		{"accepted with fields", "00 53 15 c0 0c 05 42 43 40 42 00 53 24 c0 02 01 40", wire.ErrField, "accepted"},
		{"unknown descriptor", "00 a3 01 61 45", wire.ErrValue, "descriptor"},
		{"no descriptor", "53 10 45", wire.ErrType, "descriptor"},
		{"properties with an odd count", "00 53 13 c0 0e 0b 40 43 43 43 40 40 40 40 42 42 c1 02 01 40", wire.ErrSize, "fields"},
		{"error without a condition", "00 53 17 c0 05 01 00 53 1d 45", wire.ErrField, "error condition"},
	} {
		t.Run(v.name, func(t *testing.T) {
			d := wire.NewDecoder(unhex(v.hex))
			if p := newPerformative(d.Descriptor()); p != nil {
				p.Decode(&d)
			}
			require.ErrorIs(t, d.Err(), v.reason)
			var e *wire.DecodeError
			require.ErrorAs(t, d.Err(), &e)
			require.Equal(t, v.what, e.What)
			require.Contains(t, e.Error(), v.what)
		})
	}
}

func TestPerformativesThatCannotBeEncoded(t *testing.T) {
	for _, p := range []performative{
		&wire.Open{ContainerID: "\xff"},
		&wire.Open{Properties: fields{"é": 1}},
		&wire.Attach{Source: &wire.Source{Outcomes: []amqp.Symbol{"é"}}},
		&wire.Attach{Unsettled: map[string]*wire.State{"": {Code: 1}}},
		&wire.Transfer{State: &wire.State{Code: wire.CodeTransactionalState, Outcome: &wire.State{Code: wire.CodeTransactionalState}}},
		&wire.Close{Error: &amqp.Error{Condition: "c", Description: "\xff"}},
	} {
		dst, err := p.Append([]byte{1})
		require.ErrorIs(t, err, wire.ErrValue)
		require.Equal(t, []byte{1}, dst)
	}
}

func TestPerformativeAllocations(t *testing.T) {
	for _, p := range []performative{
		&wire.Transfer{Handle: 1, DeliveryID: wire.Some(uint32(7)), DeliveryTag: []byte{1, 2, 3, 4}, Settled: wire.Some(true), State: wire.Released},
		&wire.Disposition{First: 1, Last: wire.Some(uint32(9)), State: wire.Accepted},
		&wire.Flow{Handle: wire.Some(uint32(1)), LinkCredit: wire.Some(uint32(1000))},
	} {
		b, err := p.Append(nil)
		require.NoError(t, err)
		require.Zero(t, testing.AllocsPerRun(100, func() { b, _ = p.Append(b[:0]) }), "%T", p)
		again := newPerformative(uint64(b[2]))
		var d wire.Decoder
		require.Zero(t, testing.AllocsPerRun(100, func() {
			d = wire.NewDecoder(b)
			d.Descriptor()
			again.Decode(&d)
		}), "%T", p)
		require.NoError(t, d.Err())
	}
}

// FuzzPerformative: what decodes encodes again, to what decodes to the same.
func FuzzPerformative(f *testing.F) {
	for _, v := range performatives {
		b, err := v.p.Append(nil)
		require.NoError(f, err)
		f.Add(b)
	}
	for _, v := range states {
		b, err := (&wire.Disposition{State: v}).Append(nil)
		require.NoError(f, err)
		f.Add(b)
	}
	// What servers sent: the frames after the protocol header, each less its frame header.
	for _, b := range amqptest.Corpus(f, "connections") {
		for len(b) > 8 {
			if string(b[:4]) == "AMQP" {
				b = b[8:]
				continue
			}
			h := wire.ParseFrameHeader(b)
			if h.Size < wire.FrameHeaderSize || uint64(h.Size) > uint64(len(b)) {
				break
			}
			f.Add(b[wire.FrameHeaderSize:h.Size])
			b = b[h.Size:]
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d := wire.NewDecoder(b)
		p := newPerformative(d.Descriptor())
		if p == nil {
			return
		}
		p.Decode(&d)
		if d.Err() != nil {
			return
		}
		encoded, err := p.Append(nil)
		require.NoError(t, err, "%s", canon(p))
		d = wire.NewDecoder(encoded)
		again := newPerformative(d.Descriptor())
		again.Decode(&d)
		require.NoError(t, d.Err(), "%x", encoded)
		require.Equal(t, canon(p), canon(again))
	})
}
