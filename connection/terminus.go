package connection

import (
	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

// Source is the node that a link's messages come from (§3.5.3).
type Source struct {
	Address               *string // nil for none, or for one that the peer is to make up
	Durable               amqp.Durability
	ExpiryPolicy          amqp.ExpiryPolicy // empty means session-end
	Timeout               uint32            // seconds
	Dynamic               bool              // the peer makes a node up and says its address
	DynamicNodeProperties map[string]any
	DistributionMode      amqp.Symbol // move or copy; empty means as the node sees fit
	Filter                map[string]any
	DefaultOutcome        amqp.DeliveryState // what becomes of a message that is settled without an outcome; nil for none
	Outcomes              []amqp.Symbol
	Capabilities          []amqp.Symbol
}

// LifetimePolicy returns how long a node lives that is made up for the link.
func (s *Source) LifetimePolicy() LifetimePolicy { return lifetimePolicy(s.DynamicNodeProperties) }

// Target is the node that a link's messages go to (§3.5.4). A nil address is the anonymous terminus: each message says where it goes.
type Target struct {
	Address               *string
	Durable               amqp.Durability
	ExpiryPolicy          amqp.ExpiryPolicy
	Timeout               uint32
	Dynamic               bool
	DynamicNodeProperties map[string]any
	Capabilities          []amqp.Symbol
}

// LifetimePolicy returns how long a node lives that is made up for the link.
func (t *Target) LifetimePolicy() LifetimePolicy { return lifetimePolicy(t.DynamicNodeProperties) }

// LifetimePolicy says when a node that was made up for a link is deleted (§3.5.10 to §3.5.13). It is never before that link is closed.
type LifetimePolicy uint64

// The lifetime policies. The zero value says nothing.
const (
	DeleteOnClose             LifetimePolicy = LifetimePolicy(wire.CodeDeleteOnClose)             // with the link that it was made for
	DeleteOnNoLinks           LifetimePolicy = LifetimePolicy(wire.CodeDeleteOnNoLinks)           // when no link is left
	DeleteOnNoMessages        LifetimePolicy = LifetimePolicy(wire.CodeDeleteOnNoMessages)        // when that link is closed and no message is left
	DeleteOnNoLinksOrMessages LifetimePolicy = LifetimePolicy(wire.CodeDeleteOnNoLinksOrMessages) // when neither is left
)

func lifetimePolicy(properties map[string]any) LifetimePolicy {
	code, _ := wire.LifetimePolicy(properties)
	return LifetimePolicy(code)
}
