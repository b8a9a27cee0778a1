package broker

import (
	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sender"
)

// supply is a link on which messages are to leave a queue, while it is opened: it will be a consumer, or a browser.
type supply struct {
	peer   *peer
	sender *sender.Sender
	source *connection.Source // as the peer asks for it; nil for a link that is looked up
	link   link
	queue  *queue
}

func newSupply(p *peer, l *sender.Sender, source *connection.Source) *supply {
	return &supply{peer: p, sender: l, source: source}
}

// join joins the queue, unless that belongs to another connection; the queue's mutex is held.
func (s *supply) join(q *queue) (link, *amqp.Error) {
	if t := q.temporary; t != nil && t.locked && t.peer != s.peer {
		return nil, &amqp.Error{Condition: amqp.ErrCondResourceLocked, Description: "the temporary node " + q.address + " is that of another connection"}
	}
	s.queue = q
	if s.browses() {
		s.link = newBrowser(s.peer, q, s.sender)
	} else {
		s.link = newConsumer(s.peer, q, s.sender)
	}
	q.join(s.link)
	return s.link, nil
}

func (s *supply) browses() bool { return s.source != nil && s.source.DistributionMode == "copy" } // §3.5.7

// granted is what the source is, of all that was asked for (§3.5.3): what is not granted is not echoed.
func (s *supply) granted() []sender.Option {
	q := s.queue
	opts := []sender.Option{sender.SourceAddress(q.address)}
	if s.browses() {
		opts = append(opts, sender.DistributionMode("copy"), handler.ForSender(s.link.(*browser)))
	} else {
		opts = append(opts, sender.DistributionMode("move"), handler.ForSender(s.link.(*consumer)))
	}
	if s.source == nil {
		return opts
	}
	if c := q.capabilities(s.source.Capabilities); len(c) > 0 {
		opts = append(opts, sender.Capabilities(c...))
	}
	if s.source.Dynamic {
		opts = append(opts, sender.Lifetime(q.temporary.policy))
		if modes := distributionModes(s.source.DynamicNodeProperties); modes != nil {
			opts = append(opts, sender.NodeProperties(modes))
		}
	}
	return opts
}

// opened notes what the link has become.
func (s *supply) opened() {
	c, consumes := s.link.(*consumer)
	if !consumes {
		return
	}
	c.settled = s.sender.SettleMode() == amqp.SenderSettleModeSettled
	if s.source != nil {
		c.byDefault = s.source.DefaultOutcome
	}
}
