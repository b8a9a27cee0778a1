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
	DefaultOutcome        *wire.State
	Outcomes              []amqp.Symbol
	Capabilities          []amqp.Symbol
}

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
