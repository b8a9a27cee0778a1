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

func TestViolations(t *testing.T) {
	tx := func(fields m) []byte {
		all := m{"handle": 9, "delivery-id": 0, "delivery-tag": "t"}
		for name, v := range fields {
			all[name] = v
		}
		return f(0, "transfer", all).Bytes()
	}
	nested := []byte{0, 0x53, 0x10}
	for range 100 {
		nested = append(nested, 0xc0, 0xff, 1)
	}
	for name, c := range map[string]struct {
		sent      []byte
		condition amqp.ErrCond
		says      string
	}{
		"frame shorter than its header": {raw(7, 2, 0, ""), amqp.ErrCondFramingError, "frame size of 7"},
		"frame beyond the limit":        {raw(131073, 2, 0, ""), amqp.ErrCondFramingError, "frame size of 131073"},
		"frame of 4 GiB":                {raw(1<<32-1, 2, 0, ""), amqp.ErrCondFramingError, "frame size of 4294967295"},
		"data offset too small":         {raw(8, 1, 0, ""), amqp.ErrCondFramingError, "data offset of 1"},
		"data offset beyond the frame":  {raw(8, 3, 0, ""), amqp.ErrCondFramingError, "data offset of 3"},
		"frame type":                    {raw(8, 2, 1, ""), amqp.ErrCondFramingError, "frame type 1"},
		"body without descriptor":       {raw(9, 2, 0, "\x40"), amqp.ErrCondDecodeError, "frame body"},
		"unknown performative":          {raw(12, 2, 0, "\x00\x53\x66\x45"), amqp.ErrCondNotImplemented, "performative 0x66"},
		"symbolic unknown performative": {raw(14, 2, 0, "\x00\xa3\x02xy\x45"), amqp.ErrCondDecodeError, "frame body"},
		"body cut short":                {raw(13, 2, 0, "\x00\x53\x12\xc0\xff"), amqp.ErrCondDecodeError, "attach frame"},
		"deeply nested":                 {raw(uint32(8+len(nested)), 2, 0, string(nested)), amqp.ErrCondDecodeError, "open frame"},
		"second open":                   {f(0, "open", m{"container-id": "x"}).Bytes(), amqp.ErrCondIllegalState, "second open"},
		"unknown channel":               {f(5, "flow", m{"incoming-window": 1, "next-outgoing-id": 1, "outgoing-window": 1}).Bytes(), amqp.ErrCondNotFound, "flow frame on channel 5"},
		"end of an unknown channel":     {f(5, "end", nil).Bytes(), amqp.ErrCondNotFound, "end frame on channel 5"},
		"channel in use":                {f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 1, "outgoing-window": 1}).Bytes(), amqp.ErrCondIllegalState, "channel 0, which has a session"},
		"channel beyond channel-max":    {f(1024, "begin", m{"next-outgoing-id": 0, "incoming-window": 1, "outgoing-window": 1}).Bytes(), amqp.ErrCondNotAllowed, "channel-max of 1023"},
		"answer nobody asked for":       {f(4, "begin", m{"remote-channel": 77, "next-outgoing-id": 0, "incoming-window": 1, "outgoing-window": 1}).Bytes(), amqp.ErrCondNotFound, "answers channel 77"},
		"begin without its windows":     {f(4, "begin", m{"next-outgoing-id": 0}).Bytes(), amqp.ErrCondDecodeError, "incoming-window"},
		"handle in use":                 {f(0, "attach", m{"name": "x", "handle": 9, "role": true}).Bytes(), amqp.ErrCondHandleInUse, `handle 9 is in use by link "in"`},
		"handle beyond handle-max":      {f(0, "attach", m{"name": "x", "handle": 16384, "role": true}).Bytes(), amqp.ErrCondFramingError, "handle-max of 16383"},
		"sender without a count":        {f(0, "attach", m{"name": "x", "handle": 4, "role": false}).Bytes(), amqp.ErrCondInvalidField, "initial-delivery-count"},
		"flow for an unknown handle":    {f(0, "flow", m{"incoming-window": 1, "next-outgoing-id": 1, "outgoing-window": 1, "handle": 4}).Bytes(), amqp.ErrCondUnattachedHandle, "handle 4"},
		"flow from the future":          {f(0, "flow", m{"next-incoming-id": 5, "incoming-window": 1, "next-outgoing-id": 1, "outgoing-window": 1}).Bytes(), amqp.ErrCondInvalidField, "next-incoming-id of 5"},
		"transfer on an unknown handle": {tx(m{"handle": 4}), amqp.ErrCondUnattachedHandle, "handle 4"},
		"transfer to a sender":          {tx(m{"handle": 7}), amqp.ErrCondNotAllowed, "the peer is the receiver"},
		"transfer without an id":        {tx(m{"delivery-id": nil}), amqp.ErrCondInvalidField, "no delivery-id"},
		"transfer without a tag":        {tx(m{"delivery-tag": nil}), amqp.ErrCondInvalidField, "delivery-tag of 0 bytes"},
		"transfer with a long tag":      {tx(m{"delivery-tag": make([]byte, 33)}), amqp.ErrCondInvalidField, "delivery-tag of 33 bytes"},
		"transfer beyond the credit":    {append(append(tx(nil), tx(m{"delivery-id": 1})...), tx(m{"delivery-id": 2})...), amqp.ErrCondTransferLimitExceeded, "delivery 2"},
		"delivery id used again":        {append(tx(nil), tx(nil)...), amqp.ErrCondInvalidField, "delivery 0 after delivery 0"},
		"another delivery amid one":     {append(tx(m{"more": true}), tx(m{"delivery-id": 1})...), amqp.ErrCondInvalidField, "delivery 1 amid delivery 0"},
		"disposition of what was never sent": {f(0, "disposition", m{"role": true, "first": 0, "last": uint32(1<<32 - 1)}).Bytes(),
			amqp.ErrCondInvalidField, "deliveries 0 to 4294967295"},
		"disposition of the next":        {f(0, "disposition", m{"role": true, "first": 1}).Bytes(), amqp.ErrCondInvalidField, "deliveries 1 to 1"},
		"disposition backwards":          {f(0, "disposition", m{"role": true, "first": 5, "last": 2}).Bytes(), amqp.ErrCondInvalidField, "deliveries 5 to 2"},
		"disposition of what never came": {f(0, "disposition", m{"role": false, "first": 0}).Bytes(), amqp.ErrCondInvalidField, "deliveries 0 to 0"},
		"disposition with a wrong state": {f(0, "disposition", m{"role": true, "first": 0, "state": amqptest.D{Name: "source"}}).Bytes(), amqp.ErrCondDecodeError, "disposition frame"},
		"detach of an unknown handle":    {f(0, "detach", m{"handle": 4}).Bytes(), amqp.ErrCondUnattachedHandle, "handle 4"},
		"trailing fields":                {raw(15, 2, 0, "\x00\x53\x17\xc0\x02\x02\x40"), amqp.ErrCondDecodeError, "end frame"},
	} {
		t.Run(name, func(t *testing.T) {
			k := clientTalk(t, Config{}, nil)
			s := k.session(nil)
			l := k.sender(s, 1, nil)
			_, err := l.Send(amqp.NewMessage(nil), false) // delivery 0 is sent
			require.NoError(t, err)
			k.receiver2(s, 2)
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

func TestTransfersBeyondTheWindow(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	s := k.session(nil)
	l := k.receiver(s, 0)
	l.AddCredit(100)
	k.settle()
	s.window.incoming = 1 // as if it were nearly used up
	var b []byte
	for i := range 2 {
		b = append(b, f(0, "transfer", m{"handle": 9, "delivery-id": i, "delivery-tag": "t"}).Bytes()...)
	}
	k.frames = nil
	k.hearBytes(b)
	k.wantViolation(amqp.ErrCondWindowViolation, "incoming window")
}

func TestUnfinishedMessagesAreBounded(t *testing.T) {
	k := clientTalk(t, Config{MaxPartial: 100}, nil)
	s := k.session(nil)
	k.receiver(s, 10)
	k.transfer(0, m{"more": true}, string(make([]byte, 60)))
	k.hear(f(0, "transfer", m{"handle": 9, "more": true}, make([]byte, 60)))
	k.wantViolation(amqp.ErrCondResourceLimitExceeded, "more than 100 bytes")
}

func TestLinksAreBounded(t *testing.T) {
	k := serverTalk(t, Config{MaxLinks: 2})
	k.hear(f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 10, "outgoing-window": 10}))
	for i := range 3 {
		k.hear(f(0, "attach", m{"name": string(rune('a' + i)), "handle": i, "role": true}))
	}
	k.wantViolation(amqp.ErrCondResourceLimitExceeded, "limit of 2")
}
