package broker

import (
	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
)

// temporary is what a node that was made up for a link has beyond others (§3.5.9).
type temporary struct {
	peer   *peer // whose link it was made for
	policy connection.LifetimePolicy
	locked bool // only that connection receives from it

	// The queue's.
	maker link // the link that it was made for, nil while that is suspended
	ended bool // that link has ended
}

func newTemporary(p *peer, policy connection.LifetimePolicy, locked bool) *temporary {
	if policy == 0 {
		policy = connection.DeleteOnClose
	}
	return &temporary{peer: p, policy: policy, locked: locked}
}

// over tells whether the queue's name is to be given up: when nobody uses it and it holds nothing, and of a temporary node when its lifetime
// policy says so (§3.5.10 to §3.5.13).
func (q *queue) over() bool {
	t := q.temporary
	switch {
	case !q.named:
		return false
	case t == nil:
		return len(q.links) == 0 && q.messages == 0
	case !t.ended:
		return false
	}
	links := t.policy == connection.DeleteOnNoLinks || t.policy == connection.DeleteOnNoLinksOrMessages
	messages := t.policy == connection.DeleteOnNoMessages || t.policy == connection.DeleteOnNoLinksOrMessages
	return (!links || len(q.links) == 0) && (!messages || q.messages == 0)
}

// rejoin has the link join a node that waits for it, as the one that it was made for.
func (q *queue) rejoin(join func(*queue) (link, *amqp.Error)) *amqp.Error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.deleted {
		return q.gone()
	}
	l, refusal := join(q)
	q.temporary.maker = l
	return refusal
}

// linkName is what links of a connection are told apart by.
type linkName struct {
	name   string
	source bool // the node is the link's source
}

// suspended is a link whose node waits for it to be attached again. It ends with its session at the latest, as nothing that lasts longer is granted
// (§3.5.6).
type suspended struct {
	session *connection.Session
	queue   *queue
}

// suspend notes a link that was detached and not closed, if there is a node that lives as long as it does; the queue's mutex is held.
func (p *peer) suspend(name linkName, session *connection.Session, l link) {
	q := l.at().queue
	if t := q.temporary; l.at().suspended && t != nil && t.maker == l {
		p.suspended[name] = suspended{session, q}
	}
}

// resume returns the node of a suspended link that is attached again, nil where there is none. address is the one that the peer says, nil where it
// leaves that to us. A link of that name that is attached to another node is another one.
func (p *peer) resume(name linkName, address *string) *queue {
	s, ok := p.suspended[name]
	if !ok {
		return nil
	}
	delete(p.suspended, name)
	if address == nil || *address == s.queue.address {
		return s.queue
	}
	s.queue.end()
	return nil
}

// expire ends the suspended links of a session that has ended, or of all where it is nil.
func (p *peer) expire(session *connection.Session) {
	for name, s := range p.suspended {
		if session == nil || s.session == session {
			delete(p.suspended, name)
			s.queue.end()
		}
	}
}

// end notes that the link has ended for which a temporary node was made.
func (q *queue) end() {
	q.mu.Lock()
	q.temporary.ended = true
	q.unlock()
}
