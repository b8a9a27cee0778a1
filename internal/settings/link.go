package settings

import (
	"github.com/google/uuid"

	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/internal/wire"
)

// Link is what the options of one link come to.
type Link struct {
	Check
	Config *engine.LinkConfig
	Name   string // empty for a UUID

	sourceIsNode bool // the node is where messages come from
}

// Configure applies options to a link before it is attached. A link of our own gets its name here; one of the peer's has it. The error says
// what an option cannot take: a link of our own is gone then, and one of the peer's is as it was.
func Configure[O ~func(*Link)](l *engine.Link, opts []O) error {
	was := *l.Config()
	// The node is at the listener's end: a client's receiver has it in its source, and so has a listener's sender.
	o := Link{Config: l.Config(), sourceIsNode: (l.Role() == engine.RoleReceiver) == (l.Peer() == nil)}
	for _, opt := range opts {
		if opt != nil {
			opt(&o)
		}
	}
	switch {
	case o.Err() != nil && l.Peer() != nil:
		*l.Config() = was
		return o.Err()
	case o.Err() != nil:
		l.Discard()
		return o.Err()
	case l.Peer() != nil:
		return nil
	}
	if o.Name == "" {
		o.Name = uuid.NewString()
	}
	l.SetName(o.Name)
	return nil
}

// Target returns the target, made where there is none.
func (o *Link) Target() *wire.Target {
	if o.Config.Target == nil {
		o.Config.Target = new(wire.Target)
	}
	return o.Config.Target
}

// Source returns the source, made where there is none.
func (o *Link) Source() *wire.Source {
	if o.Config.Source == nil {
		o.Config.Source = new(wire.Source)
	}
	return o.Config.Source
}

// Extensions returns what few links say in their attach, made where there is nothing.
func (o *Link) Extensions() *engine.Extensions {
	if o.Config.Extensions == nil {
		o.Config.Extensions = new(engine.Extensions)
	}
	return o.Config.Extensions
}
