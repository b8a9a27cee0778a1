package receiver

import (
	"maps"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/internal/settings"
	"github.com/hadron-mq/hadron/internal/wire"
)

// Option sets one thing about a receiver.
type Option func(*options)

type options = settings.Link

// DefaultCredit is the window of a receiver that names none, in messages.
const DefaultCredit = 10

// MaxCredit is the largest window, in messages.
const MaxCredit = 1 << 30

// newLink makes the link that the options ask for.
func newLink(s *engine.Session, opts []Option) (*engine.Link, error) {
	l := s.NewLink("", engine.RoleReceiver)
	cfg := l.Config()
	cfg.Window = DefaultCredit
	cfg.SndSettleMode = amqp.SenderSettleModeMixed
	return l, settings.Configure(l, opts)
}

// Name sets the link's name, which is to be the only one of its direction between the two containers (§2.6.1). Default: a UUID.
func Name(name string) Option {
	return func(o *options) {
		o.Text("Name", "name", name)
		o.Name = name
	}
}

// Credit sets how many messages may be on their way or unsettled at a time: the window is topped up as messages are settled.
// 0 leaves credit to the handler, as ManualCredit does. Default: 10.
func Credit(n int) Option {
	return func(o *options) {
		settings.Within(&o.Check, "Credit", n, 0, MaxCredit)
		o.Config.Window = uint32(n)
	}
}

// ManualCredit leaves credit to the handler: no message comes before Receiver.AddCredit.
func ManualCredit() Option { return Credit(0) }

// ManualAccept leaves it to the application to settle each message, in the callback or later, from any goroutine. Default: a message whose handler returned without settling it
// is accepted.
func ManualAccept() Option { return func(o *options) { o.Config.ManualAccept = true } }

// Encoded leaves messages encoded: Event.Message returns nil, and Delivery.Encoded the bytes. It is for programs that pass messages on.
func Encoded() Option { return func(o *options) { o.Config.LeaveEncoded = true } }

// Borrowed lends messages to the handler: Event.Message, all that it points to, and a delivery that is settled when the handler returns are valid
// until then, and their memory is used for what comes next. A receiver of small messages allocates nothing for them, and spares the garbage
// collector most of its work. What a handler keeps, it copies. A program that keeps what it was lent is told so by the race detector.
// Default: messages and deliveries are the handler's to keep.
func Borrowed() Option { return func(o *options) { o.Config.Borrowed = true } }

// MaxMessageSize sets the largest message that is taken, in bytes; the link is closed over a larger one. 0 leaves only the
// connection's bound, MaxPartial. Default: 128 MiB.
func MaxMessageSize(bytes uint64) Option {
	return func(o *options) { o.Config.MaxMessageSize = bytes }
}

// SettleMode sets whether this end settles first, or second, after the sender (§2.8.3). Default: first.
func SettleMode(m amqp.ReceiverSettleMode) Option {
	return func(o *options) {
		o.ReceiverMode("SettleMode", m)
		o.Config.RcvSettleMode = m
	}
}

// SenderSettleMode asks the sender to send settled, unsettled or either (§2.8.2). Default: mixed, which is whatever it likes.
func SenderSettleMode(m amqp.SenderSettleMode) Option {
	return func(o *options) {
		o.SenderMode("SenderSettleMode", m)
		o.Config.SndSettleMode = m
	}
}

// AtMostOnce asks for messages that are settled as they are sent.
func AtMostOnce() Option { return SenderSettleMode(amqp.SenderSettleModeSettled) }

// Dynamic asks the peer for a node made up for this link; Address says what it is called once the link is open (§3.5.3). The address that the
// receiver is made with is not looked at.
func Dynamic() Option { return func(o *options) { o.Source().Dynamic = true } }

// Browse asks for copies: the messages stay where they are (§3.5.7).
func Browse() Option { return func(o *options) { o.Source().DistributionMode = "copy" } }

// DefaultOutcome asks the source to take a message for this when it is settled and nothing was said of it, as by Delivery.Settle (§3.5.3).
func DefaultOutcome(outcome amqp.DeliveryState) Option {
	return func(o *options) { o.Source().DefaultOutcome = outcome }
}

// Capabilities asks for a source that has them (§3.5.3), such as "shared". Queue and Topic are options of their own. On a listener's end it says which of them
// the target has: without it, none.
func Capabilities(c ...amqp.Symbol) Option {
	return func(o *options) {
		o.Symbols("Capabilities", c)
		n := o.Node()
		*n.Capabilities = append(*n.Capabilities, c...)
	}
}

// NodeProperties asks that a dynamic node have these properties (§3.5.9). On a listener's end it says which of them the node has.
func NodeProperties(p map[string]any) Option {
	return func(o *options) { o.Node().SetProperties(func(have map[string]any) { maps.Copy(have, p) }) }
}

// Lifetime asks for a dynamic node that lives for so long (§3.5.10). On a listener's end it says how long it lives.
func Lifetime(p connection.LifetimePolicy) Option {
	return func(o *options) {
		o.Node().SetProperties(func(have map[string]any) { wire.SetLifetimePolicy(have, uint64(p)) })
	}
}

// Filter asks the source for the messages that a filter lets through (§3.5.8). code is the filter's descriptor; with 0
// the name is. Where the peer's attach does not say that the filter is in place (§3.5.3), the link is closed, and OnLinkError tells of
// a *FilterError: see UnconfirmedFilters.
func Filter(name string, code uint64, value any) Option {
	return func(o *options) {
		var descriptor any = amqp.Symbol(name)
		if code != 0 {
			descriptor = code
		}
		o.Symbols("Filter", []amqp.Symbol{amqp.Symbol(name)})
		s := o.Source()
		if s.Filter == nil {
			s.Filter = make(map[string]any)
		}
		if _, twice := s.Filter[name]; twice {
			o.Refuse("Filter", "%q is there twice", name)
		}
		s.Filter[name] = wire.Described{Descriptor: descriptor, Value: value}
	}
}

// Selector asks for the messages that a JMS selector matches, such as "colour = 'red' AND weight > 3".
func Selector(expression string) Option {
	return func(o *options) {
		o.Text("Selector", "expression", expression)
		Filter("apache.org:selector-filter:string", 0x0000468C00000004, expression)(o)
	}
}

// NoLocal leaves out messages that this connection itself sent.
func NoLocal() Option {
	return Filter("apache.org:no-local-filter:list", 0x0000468C00000003, "NoLocalFilter{}")
}

// UnconfirmedFilters takes messages also where the peer does not say that the filters are in place: they may be all that there are. It is for peers
// that filter and do not say so, and for receivers that look at each message themselves.
func UnconfirmedFilters() Option { return func(o *options) { o.Config.AnyFilter = true } }

// Queue says that the address is a queue: its messages are shared out among those who receive from it. It asks for the capability "queue",
// by which a broker that makes nodes as they are asked for, such as ActiveMQ Artemis, makes a queue and no topic; where the broker tells queues
// and topics apart by a prefix, the address gets it. Default: it is left to the broker.
func Queue() Option { return node("queue") }

// Topic says that the address is a topic: all who receive from it get each message, those that are sent while they are there (see
// DurableSubscription for others). It asks for the capability "topic", and is else as Queue.
func Topic() Option { return node("topic") }

func node(kind amqp.Symbol) Option {
	return func(o *options) {
		o.Kind(kind, o.Source().Capabilities)
		Capabilities(kind)(o)
		o.Config.Adapt = settings.Addressing(kind)
	}
}

// Durable asks for what of the source outlives the link, and for how long after what: see §3.5.5 and §3.5.6. On a listener's end it says
// what of the target does.
func Durable(d amqp.Durability, expiry amqp.ExpiryPolicy, timeout time.Duration) Option {
	return func(o *options) {
		o.Durability("Durable", d, expiry)
		n := o.Node()
		*n.Durable, *n.ExpiryPolicy, *n.Timeout = d, expiry, o.Seconds("Durable", timeout)
	}
}

// DurableSubscription asks for a subscription that waits for its receiver: messages that come while it is away are kept. Link name
// and container id together name it; Receiver.Detach leaves it, Receiver.Close ends it.
func DurableSubscription(name string) Option {
	return func(o *options) {
		o.Text("DurableSubscription", "name", name)
		o.Name = name
		Durable(amqp.DurabilityUnsettledState, amqp.ExpiryPolicyNever, 0)(o)
	}
}

// TargetAddress sets the address of the target: on a client a name for where messages end, on a listener's end the node that they
// come to, such as the one that was made up for a dynamic target.
func TargetAddress(address string) Option {
	return func(o *options) {
		o.Text("TargetAddress", "address", address)
		o.Target().Address = &address
	}
}

// Properties sets the properties of the link (§2.7.3).
func Properties(p map[string]any) Option {
	return func(o *options) {
		o.Properties("Properties", p)
		o.Extensions().Properties = p
	}
}

// OfferedCapabilities names extensions that this end supports, DesiredCapabilities those that it would use (§2.7.3).
func OfferedCapabilities(c ...amqp.Symbol) Option {
	return func(o *options) {
		o.Symbols("OfferedCapabilities", c)
		o.Extensions().OfferedCapabilities = c
	}
}

// DesiredCapabilities names extensions that this end would use if the peer has them (§2.7.3).
func DesiredCapabilities(c ...amqp.Symbol) Option {
	return func(o *options) {
		o.Symbols("DesiredCapabilities", c)
		o.Extensions().DesiredCapabilities = c
	}
}
