package broker

import (
	"slices"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sender"
)

// browser is a link that looks at the messages of a queue (§3.5.7): it gets a copy of each that waits when the browser comes to
// its place, in order and once. What it makes of them is of no consequence.
type browser struct {
	handler.Base
	peer   *peer
	queue  *queue
	sender *sender.Sender
	next   uint64 // the place to look at next
	left   bool
}

// OnSendable shows what was not seen yet.
func (b *browser) OnSendable(*handler.Event) { b.browse() }

func (b *browser) browse() {
	for !b.left {
		m := b.queue.from(b.next)
		if m == nil || b.sender.Credit() == 0 {
			return
		}
		b.next = m.seq + 1
		if m.expired() {
			continue
		}
		n := b.queue.nodes
		if _, err := b.sender.SendEncoded(n.outgoing(m), m.format); err != nil { // larger than this browser takes
			n.log.Warn("broker: a message cannot be sent", "queue", b.queue.address, "link", b.sender.Name(), "error", err)
		}
	}
}

// OnAccepted and the other outcomes are taken and mean nothing.
func (b *browser) OnAccepted(*handler.Event) {}
func (b *browser) OnRejected(*handler.Event) {}
func (b *browser) OnReleased(*handler.Event) {}
func (b *browser) OnModified(*handler.Event) {}

// OnLinkClosed ends the browser's part in the queue.
func (b *browser) OnLinkClosed(*handler.Event) { b.leave() }

func (b *browser) leave() {
	if b.left {
		return
	}
	b.left = true
	b.peer.forget(b)
	q := b.queue
	q.browsers = slices.DeleteFunc(q.browsers, func(x *browser) bool { return x == b })
	q.leave(b)
}

func (b *browser) refuse(err *amqp.Error) { b.sender.CloseWithError(err) }
