package settings

import (
	"slices"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/internal/wire"
)

// Node is what a source and a target have in common, of the end of the link that is at a node: a client asks for it, a listener's end says what
// is so.
type Node struct {
	Durable      *amqp.Durability
	ExpiryPolicy *amqp.ExpiryPolicy
	Timeout      *uint32 // seconds
	Dynamic      *bool
	Properties   *map[string]any // of a dynamic node
	Capabilities *[]amqp.Symbol
}

// Node returns the terminus at the node, made where there is none.
func (o *Link) Node() Node {
	if o.sourceIsNode {
		s := o.Source()
		return Node{&s.Durable, &s.ExpiryPolicy, &s.Timeout, &s.Dynamic, &s.DynamicNodeProperties, &s.Capabilities}
	}
	t := o.Target()
	return Node{&t.Durable, &t.ExpiryPolicy, &t.Timeout, &t.Dynamic, &t.DynamicNodeProperties, &t.Capabilities}
}

// SetProperties gives a dynamic node properties beside those that it has.
func (n Node) SetProperties(set func(map[string]any)) {
	if *n.Properties == nil {
		*n.Properties = make(map[string]any)
	}
	set(*n.Properties)
}

// GrantSource returns the source that a listener's end says it has, when it was asked for one and was told no more: what is not granted is not
// echoed (§3.5.3).
func GrantSource(asked *wire.Source) *wire.Source {
	if asked == nil {
		return nil
	}
	granted := &wire.Source{Address: asked.Address, Dynamic: asked.Dynamic, DefaultOutcome: asked.DefaultOutcome, Outcomes: engine.Outcomes}
	known := slices.DeleteFunc(slices.Clone(asked.Outcomes), func(o amqp.Symbol) bool { return !slices.Contains(engine.Outcomes, o) })
	if len(known) > 0 {
		granted.Outcomes = known
	}
	return granted
}

// GrantTarget is GrantSource for targets (§3.5.4).
func GrantTarget(asked *wire.Target) *wire.Target {
	if asked == nil {
		return nil
	}
	return &wire.Target{Address: asked.Address, Dynamic: asked.Dynamic}
}
