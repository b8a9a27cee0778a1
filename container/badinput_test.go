package container_test

import (
	"encoding/binary"
	"runtime"
	"strings"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/receiver"
)

// rawFrame is a frame whose header says what the test wants.
func rawFrame(size uint32, doff, typ byte, body string) []byte {
	b := binary.BigEndian.AppendUint32(nil, size)
	return append(append(b, doff, typ, 0, 0), body...)
}

// body is an AMQP frame around bytes that need not be a body.
func body(b string) []byte { return rawFrame(uint32(8+len(b)), 2, 0, b) }

// allocated returns all that was ever allocated, in bytes.
func allocated() uint64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.TotalAlloc
}

// badInput is a listener under attack, and a client of it that is not to notice.
type badInput struct {
	t    *testing.T
	node *node
	send func()
}

func newBadInput(t *testing.T) *badInput {
	n := listen(t, &handler.Funcs{
		LinkOpening: func(e *handler.Event) {
			if e.Receiver() != nil {
				_ = e.Receiver().Open(receiver.Credit(2), receiver.ManualAccept())
			}
		},
		Message:  func(e *handler.Event) { _ = e.Delivery().Accept() },
		Sendable: func(e *handler.Event) { _, _ = e.Sender().Send(text("for a peer that misbehaves")) },
	})
	ctx, session := goamqpSession(t, n, nil)
	sender, err := session.NewSender(ctx, "q", nil)
	require.NoError(t, err)
	return &badInput{t, n, func() {
		t.Helper()
		require.NoError(t, sender.Send(ctx, text("the neighbour's"), nil), "the neighbour goes on")
	}}
}

// attack has a scripted peer do its worst, and checks that memory, log and neighbour are well afterwards.
func (a *badInput) attack(says string, script func(p *amqptest.Peer)) {
	a.t.Helper()
	a.send()
	before := allocated()
	p := a.node.dial()
	script(p)
	p.ExpectEOF("nothing more is said")
	require.Less(a.t, allocated()-before, uint64(8<<20), "bytes allocated")
	me := p.Conn().LocalAddr().String()
	p.Close()
	a.node.log.wait(a.t, "connection="+me)
	for _, line := range strings.Split(a.node.log.String(), "\n") {
		if strings.Contains(line, "connection="+me) {
			require.Contains(a.t, line, "level=ERROR")
			require.Contains(a.t, line, says, "the log says what was seen")
		}
	}
	a.send()
}

func TestBadInputBeforeTheHeader(t *testing.T) {
	for name, c := range map[string]struct {
		sent   string
		answer amqptest.Header
		says   string
	}{
		"garbage":                {"\x00\x01\x02garbage", amqptest.HeaderAMQP, `protocol header \"\\x00\\x01\\x02garba\"`},
		"HTTP":                   {"GET / HTTP/1.1\r\n\r\n", amqptest.HeaderAMQP, "GET / HT"},
		"a short line":           {"hi\n", amqptest.HeaderAMQP, `\"hi\\n\"`},
		"AMQP 0-9-1":             {"AMQP\x00\x00\x09\x01", amqptest.HeaderAMQP, `AMQP\\x00\\x00\\t\\x01`},
		"AMQP 1.1":               {"AMQP\x00\x01\x01\x00", amqptest.HeaderAMQP, "not an AMQP 1.0 peer"},
		"a TLS header":           {string(amqptest.HeaderTLS), amqptest.HeaderAMQP, `AMQP\\x02`},
		"a TLS client hello":     {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", amqptest.HeaderAMQP, "not an AMQP 1.0 peer"},
		"garbage, and much more": {strings.Repeat("garbage ", 1<<17), amqptest.HeaderAMQP, "garbage"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newBadInput(t)
			a.attack(c.says, func(p *amqptest.Peer) {
				go func() { _, _ = p.Conn().Write([]byte(c.sent)) }() // it may be cut off in the midst of it
				p.ExpectHeader(c.answer)
			})
		})
	}
}

func TestBadInputInTheLogin(t *testing.T) {
	a := newBadInput(t)
	a.attack("log in", func(p *amqptest.Peer) {
		p.SendHeader(amqptest.HeaderSASL)
		p.ExpectHeader(amqptest.HeaderSASL)
		p.Expect("what there is", f(0, "sasl-mechanisms", nil))
		p.SendBytes(rawFrame(1<<32-1, 2, 1, ""))
	})
	a.attack("log in", func(p *amqptest.Peer) {
		p.SendHeader(amqptest.HeaderSASL)
		p.ExpectHeader(amqptest.HeaderSASL)
		p.Expect("what there is", f(0, "sasl-mechanisms", nil))
		p.Send(f(0, "open", m{"container-id": "in the midst of a login"}))
	})
}

func TestBadInput(t *testing.T) {
	transfer := func(fields m) []byte {
		all := m{"handle": 0, "delivery-id": 0, "delivery-tag": "t"}
		for name, v := range fields {
			all[name] = v
		}
		return f(0, "transfer", all).Bytes()
	}
	nested := "\x00\x53\x10" + strings.Repeat("\xd0\x00\x00\xff\x00\x00\x00\x00\x01", 10_000)
	var credit []byte
	for i := range 4 {
		credit = append(credit, transfer(m{"delivery-id": i})...)
	}
	frames := func(fs ...amqptest.Frame) []byte { return amqptest.Bytes(fs...) }
	type input struct {
		sent      []byte
		condition amqp.ErrCond
		says      string
	}
	attack := func(c input, answer string) func(t *testing.T) {
		return func(t *testing.T) {
			a := newBadInput(t)
			a.attack(c.says, func(p *amqptest.Peer) {
				p.Open(nil)
				p.Send(f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 10, "outgoing-window": 10}),
					f(0, "attach", m{"name": "in", "handle": 0, "role": false, "initial-delivery-count": 0}),
					f(0, "attach", m{"name": "out", "handle": 1, "role": true}))
				p.Await("the credit", f(0, "flow", m{"link-credit": 2}))
				p.SendBytes(c.sent)
				p.Await("the peer is told", f(0, answer, m{"error": amqptest.D{Name: "error", Fields: m{"condition": string(c.condition), "description": amqptest.Any}}}))
				if answer != "close" {
					p.Send(f(0, "close", nil))
					p.Await("the connection is none the worse", f(0, "close", m{"error": nil}))
				}
			})
		}
	}
	for name, c := range map[string]input{
		"frame of 4 GiB":                 {rawFrame(1<<32-1, 2, 0, ""), amqp.ErrCondFramingError, "frame size of 4294967295"},
		"frame beyond the limit":         {rawFrame(131073, 2, 0, ""), amqp.ErrCondFramingError, "more than the limit of 131072"},
		"frame less than its header":     {rawFrame(4, 2, 0, ""), amqp.ErrCondFramingError, "frame size of 4"},
		"data offset in the header":      {rawFrame(8, 0, 0, ""), amqp.ErrCondFramingError, "data offset of 0"},
		"data offset beyond the frame":   {rawFrame(16, 255, 0, "12345678"), amqp.ErrCondFramingError, "data offset of 255"},
		"frame of another type":          {rawFrame(8, 2, 7, ""), amqp.ErrCondFramingError, "frame type 7"},
		"unknown performative":           {body("\x00\x53\x99\x45"), amqp.ErrCondNotImplemented, "performative 0x99"},
		"a body that is no performative": {body("\xa1\x02hi"), amqp.ErrCondDecodeError, "frame body"},
		"deeply nested":                  {body(nested), amqp.ErrCondDecodeError, "open frame"},
		"a list that says 4 GiB":         {body("\x00\x53\x12\xd0\xff\xff\xff\xff\xff\xff\xff\xff"), amqp.ErrCondDecodeError, "attach frame"},
		"a list that says 4 billion":     {body("\x00\x53\x12\xd0\x00\x00\x00\x04\xff\xff\xff\xff"), amqp.ErrCondDecodeError, "attach frame"},
		"a string that says 4 GiB":       {body("\x00\x53\x12\xc0\x0a\x01\xb1\xff\xff\xff\xffabcd"), amqp.ErrCondDecodeError, "attach frame"},
		"an array of 4 billion nothings": {body("\x00\x53\x10\xd0\x00\x00\x00\x1f\x00\x00\x00\x0a\xa1\x01x\x40\x40\x40\x40\x40\x40\x40\x40\xf0\x00\x00\x00\x05\xff\xff\xff\xff\x40"),
			amqp.ErrCondDecodeError, "open frame"},
		"second open":     {frames(f(0, "open", m{"container-id": "again"})), amqp.ErrCondIllegalState, "second open"},
		"unknown channel": {frames(f(7, "flow", m{"incoming-window": 1, "next-outgoing-id": 1, "outgoing-window": 1})), amqp.ErrCondNotFound, "flow frame on channel 7"},
		"highest channel": {frames(f(65535, "begin", m{"next-outgoing-id": 0, "incoming-window": 1, "outgoing-window": 1})), amqp.ErrCondFramingError, "channel 65535"},
		"highest handle":  {frames(f(0, "attach", m{"name": "x", "handle": uint32(1<<32 - 1), "role": true})), amqp.ErrCondFramingError, "handle 4294967295"},
	} {
		t.Run(name, attack(c, "close"))
	}
	for name, c := range map[string]input{
		"unknown handle": {transfer(m{"handle": uint32(1 << 31)}), amqp.ErrCondUnattachedHandle, "handle 2147483648"},
		"all dispositions there are": {frames(f(0, "disposition", m{"role": true, "first": 0, "last": uint32(1<<32 - 1), "settled": true, "state": accepted()})),
			amqp.ErrCondInvalidField, "deliveries 0 to 4294967295"},
		"dispositions of what never came": {frames(f(0, "disposition", m{"role": false, "first": 0, "last": uint32(1<<32 - 1), "settled": true})),
			amqp.ErrCondInvalidField, "deliveries 0 to 4294967295"},
	} {
		t.Run(name, attack(c, "end"))
	}
	for name, c := range map[string]input{
		"beyond the credit":    {credit, amqp.ErrCondTransferLimitExceeded, "no credit"},
		"a tag of 1,000 bytes": {transfer(m{"delivery-tag": make([]byte, 1000)}), amqp.ErrCondInvalidField, "delivery-tag of 1000 bytes"},
	} {
		t.Run(name, attack(c, "detach"))
	}
}

func TestAMessageWithoutEnd(t *testing.T) {
	n := listen(t, &handler.Funcs{
		LinkOpening: func(e *handler.Event) { _ = e.Receiver().Open(receiver.MaxMessageSize(100_000)) },
	})
	p := n.dial()
	p.Open(nil)
	p.Send(f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 10, "outgoing-window": 10}),
		f(0, "attach", m{"name": "in", "handle": 0, "role": false, "initial-delivery-count": 0}))
	p.Await("the credit", f(0, "flow", m{"link-credit": 10}))
	before := allocated()
	chunk := make([]byte, 50_000)
	p.Send(f(0, "transfer", m{"handle": 0, "delivery-id": 0, "delivery-tag": "t", "more": true}, chunk))
	for range 20 {
		p.Send(f(0, "transfer", m{"handle": 0, "more": true}, chunk))
	}
	p.Await("the link is closed over it", f(0, "detach", m{"closed": true,
		"error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:link:message-size-exceeded"}}}))
	require.Less(t, allocated()-before, uint64(16<<20))
	p.Send(f(0, "close", nil))
	p.Await("the connection is none the worse", f(0, "close", m{"error": nil}))
}
