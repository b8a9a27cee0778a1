package broker

import (
	"sync"
	"time"

	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/sender"
)

// keptScratch is the largest scratch buffer that is kept, in bytes.
const keptScratch = 64 << 10

// scratches are buffers for messages whose head changes on the way.
var scratches = sync.Pool{New: func() any { return new([]byte) }}

// send sends a message as it is to be sent now.
func (p *peer) send(l *sender.Sender, m *message) (*delivery.Delivery, error) {
	head, rest := m.parts()
	return p.sendParts(l, head, rest, m.format)
}

// unchanged tells whether the message is sent as it is kept.
func (m *message) unchanged() bool {
	return m.format != amqpFormat || !m.acquired && m.expires == 0
}

// parts returns the message as it is to be sent now, in two parts: its head, with the count of its failed deliveries, what is left of its time
// to live (§3.2.1) and what consumers have added, and the rest, which stays as it came. Neither changes later.
func (m *message) parts() (head, rest []byte) {
	if m.unchanged() {
		return nil, m.encoded
	}
	header, _, err := delivery.SplitHeader(m.encoded)
	if err != nil || header == nil { // newMessage wrote one
		return nil, m.encoded
	}
	header.FirstAcquirer = !m.acquired
	header.DeliveryCount += m.failed
	if m.expires != 0 {
		header.TTL = max(time.Until(time.Unix(0, m.expires)), time.Millisecond)
	}
	head = delivery.AppendHeader(nil, header)
	if m.changed == nil {
		return head, m.encoded[m.at.Annotations:]
	}
	return append(head, m.changed.merged(m)...), m.encoded[m.at.Bare:]
}

// sendParts sends a message that lies in two parts. The rest of a large one is nobody else's even when the message is gone, and need not be copied: not
// for each of many browsers, and not each time that a consumer gives it back.
func (p *peer) sendParts(l *sender.Sender, head, rest []byte, format uint32) (*delivery.Delivery, error) {
	if len(rest) > keptBytes {
		return l.SendShared(head, rest, format)
	}
	if len(head) == 0 {
		return l.SendEncoded(rest, format)
	}
	buf := scratches.Get().(*[]byte)
	defer scratches.Put(buf)
	whole := append(append((*buf)[:0], head...), rest...)
	d, err := l.SendEncoded(whole, format)
	if *buf = whole; cap(whole) > keptScratch {
		*buf = nil
	}
	return d, err
}
