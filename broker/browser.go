package broker

import (
	"log/slog"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sender"
)

// browser is a link that looks at the messages of a queue (§3.5.7): it gets a copy of each that waits when the browser comes to
// its place, in order and once. What it makes of them is of no consequence.
type browser struct {
	handler.Base
	seat
	sender *sender.Sender

	// The queue's.
	next uint64 // the place to look at next
	turn place[*browser]
}

func newBrowser(p *peer, q *queue, l *sender.Sender) *browser {
	b := &browser{seat: seat{peer: p, queue: q}, sender: l}
	b.turn.of = b
	return b
}

// OnSendable shows what was not seen yet.
func (b *browser) OnSendable(*handler.Event) { b.peer.do(b) }

// copied is a message as a browser gets it.
type copied struct {
	head, rest []byte
	format     uint32
}

// work shows a batch of what was not seen yet.
func (b *browser) work() (more bool) {
	if b.left {
		return false
	}
	credit := b.sender.Credit()
	q := b.queue
	q.mu.Lock()
	b.called = false
	if q.deleted {
		q.unlock()
		b.refuse(q.gone())
		b.leave()
		return false
	}
	batch, more := q.leaf(b, credit)
	q.show()
	q.unlock()
	for _, m := range batch {
		if _, err := b.peer.sendParts(b.sender, m.head, m.rest, m.format); err != nil { // larger than this browser takes
			b.peer.diary.write(slog.LevelWarn, "a message cannot be shown", "queue", quoted(q.address), "link", quoted(b.sender.Name()), "error", err)
		}
	}
	return more
}

// leaf copies messages for a browser with some credit, and says whether there are more. Where there are none it is called when one has come.
func (q *queue) leaf(b *browser, credit int) (batch []copied, more bool) {
	b.turn.leave()
	bytes, looked := 0, 0
	for len(batch) < min(credit, maxBatch) && bytes < batchBytes && looked < maxBatch {
		m := q.shelf.from(b.next)
		if m == nil {
			b.next = q.nextSeq
			q.watching.push(&b.turn)
			return batch, false
		}
		b.next = m.seq + 1
		if looked++; m.expired() {
			continue
		}
		m.browsed = true
		head, rest := m.parts()
		batch = append(batch, copied{head, rest, m.format})
		bytes += m.size()
	}
	return batch, len(batch) < credit
}

// OnAccepted and the other outcomes are taken and mean nothing.
func (b *browser) OnAccepted(*handler.Event) {}
func (b *browser) OnRejected(*handler.Event) {}
func (b *browser) OnReleased(*handler.Event) {}
func (b *browser) OnModified(*handler.Event) {}

// OnLinkClosed ends the browser's part in the queue.
func (b *browser) OnLinkClosed(*handler.Event) {
	b.suspended = b.sender.Suspended()
	b.leave()
}

func (b *browser) leave() {
	if b.left {
		return
	}
	b.left = true
	b.peer.forget(b)
	q := b.queue
	q.mu.Lock()
	b.turn.leave()
	b.peer.suspend(linkName{b.sender.Name(), true}, b.sender.Session(), b)
	q.leave(b)
	q.unlock()
}

func (b *browser) refuse(err *amqp.Error) { b.sender.CloseWithError(err) }
