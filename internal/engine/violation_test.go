package engine

import (
	"encoding/binary"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
)

// raw is a frame with a header of the test's own.
func raw(size uint32, doff, typ byte, body string) []byte {
	b := binary.BigEndian.AppendUint32(nil, size)
	return append(append(b, doff, typ, 0, 0), body...)
}

// violation is what a peer does wrong, and what it is told.
type violation struct {
	sent      []byte
	condition amqp.ErrCond
	says      string
}

// tx is a transfer to the engine's receiver, but for some fields.
func tx(fields m) []byte {
	all := m{"handle": 9, "delivery-id": 0, "delivery-tag": "t"}
	for name, v := range fields {
		all[name] = v
	}
	return f(0, "transfer", all).Bytes()
}

// linked is a conversation in which the engine has a sender with handle 7, which has sent delivery 0, and a receiver with handle 9 and credit for two.
func linked(t *testing.T) (k *talk, s *Session, out, in *Link) {
	k = clientTalk(t, Config{}, nil)
	s = k.session(nil)
	out = k.sender(s, 1, nil)
	_, err := out.Send(amqp.NewMessage(nil), false)
	require.NoError(t, err)
	return k, s, out, k.receiver2(s, 2)
}

// What breaks the connection closes it.
func TestViolations(t *testing.T) {
	nested := []byte{0, 0x53, 0x10}
	for range 100 {
		nested = append(nested, 0xc0, 0xff, 1)
	}
	for name, c := range map[string]violation{
		"frame shorter than its header":  {raw(7, 2, 0, ""), amqp.ErrCondFramingError, "frame size of 7"},
		"frame beyond the limit":         {raw(131073, 2, 0, ""), amqp.ErrCondFramingError, "frame size of 131073"},
		"frame of 4 GiB":                 {raw(1<<32-1, 2, 0, ""), amqp.ErrCondFramingError, "frame size of 4294967295"},
		"data offset too small":          {raw(8, 1, 0, ""), amqp.ErrCondFramingError, "data offset of 1"},
		"data offset beyond the frame":   {raw(8, 3, 0, ""), amqp.ErrCondFramingError, "data offset of 3"},
		"frame type":                     {raw(8, 2, 1, ""), amqp.ErrCondFramingError, "frame type 1"},
		"body without descriptor":        {raw(9, 2, 0, "\x40"), amqp.ErrCondDecodeError, "frame body"},
		"unknown performative":           {raw(12, 2, 0, "\x00\x53\x66\x45"), amqp.ErrCondNotImplemented, "performative 0x66"},
		"symbolic unknown performative":  {raw(14, 2, 0, "\x00\xa3\x02xy\x45"), amqp.ErrCondDecodeError, "frame body"},
		"body cut short":                 {raw(13, 2, 0, "\x00\x53\x12\xc0\xff"), amqp.ErrCondDecodeError, "attach frame"},
		"deeply nested":                  {raw(uint32(8+len(nested)), 2, 0, string(nested)), amqp.ErrCondDecodeError, "open frame"},
		"second open":                    {f(0, "open", m{"container-id": "x"}).Bytes(), amqp.ErrCondIllegalState, "second open"},
		"unknown channel":                {f(5, "flow", m{"incoming-window": 1, "next-outgoing-id": 1, "outgoing-window": 1}).Bytes(), amqp.ErrCondNotFound, "flow frame on channel 5"},
		"end of an unknown channel":      {f(5, "end", nil).Bytes(), amqp.ErrCondNotFound, "end frame on channel 5"},
		"channel beyond channel-max":     {f(1024, "begin", m{"next-outgoing-id": 0, "incoming-window": 1, "outgoing-window": 1}).Bytes(), amqp.ErrCondFramingError, "channel-max of 1023"},
		"answer nobody asked for":        {f(4, "begin", m{"remote-channel": 77, "next-outgoing-id": 0, "incoming-window": 1, "outgoing-window": 1}).Bytes(), amqp.ErrCondNotFound, "answers channel 77"},
		"begin without its windows":      {f(4, "begin", m{"next-outgoing-id": 0}).Bytes(), amqp.ErrCondDecodeError, "incoming-window"},
		"handle beyond handle-max":       {f(0, "attach", m{"name": "x", "handle": 16384, "role": true}).Bytes(), amqp.ErrCondFramingError, "handle-max of 16383"},
		"disposition with a wrong state": {f(0, "disposition", m{"role": true, "first": 0, "state": amqptest.D{Name: "source"}}).Bytes(), amqp.ErrCondDecodeError, "disposition frame"},
		"trailing fields":                {raw(15, 2, 0, "\x00\x53\x17\xc0\x02\x02\x40"), amqp.ErrCondDecodeError, "end frame"},
		"open on another channel":        {f(1, "open", m{"container-id": "x"}).Bytes(), amqp.ErrCondFramingError, "channel 1"},
	} {
		t.Run(name, func(t *testing.T) {
			k, _, _, _ := linked(t)
			k.hearBytes(c.sent)
			k.wantViolation(c.condition, c.says)
		})
	}
}

// receiver2 is receiver, with whatever was written before it let go.
func (k *talk) receiver2(s *Session, window uint32) *Link {
	k.settle()
	k.frames, k.events = nil, nil
	return k.receiver(s, window)
}

func TestViolationsBeforeTheOpen(t *testing.T) {
	for name, c := range map[string]struct {
		sent      amqptest.Frame
		condition amqp.ErrCond
		says      string
	}{
		"begin first":         {f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 1, "outgoing-window": 1}), amqp.ErrCondIllegalState, "before open"},
		"frames of 511 bytes": {f(0, "open", m{"container-id": "x", "max-frame-size": 511}), amqp.ErrCondInvalidField, "max-frame-size of 511"},
		"open without a name": {f(0, "open", m{"hostname": "x"}), amqp.ErrCondDecodeError, "container-id"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newTalk(t, Config{})
			k.c.StartServer(k.now, nil, false)
			k.hear(amqptest.HeaderAMQP.Frame())
			k.hear(c.sent)
			k.wantHeader(amqptest.HeaderAMQP)
			k.want("a close follows an open", "open", nil)
			k.wantViolation(c.condition, c.says)
		})
	}
}
