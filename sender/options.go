package sender

import (
	"maps"
	"math"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/internal/settings"
	"github.com/hadron-mq/hadron/internal/wire"
)

// Option sets one thing about a sender.
type Option func(*options)

type options = settings.Link

// newLink makes the link that the options ask for.
func newLink(s *engine.Session, opts []Option) (*engine.Link, error) {
	l := s.NewLink("", engine.RoleSender)
	return l, settings.Configure(l, opts)
}

// Name sets the link's name, which is to be the only one of its direction between the two containers (§2.6.1). Default: a UUID.
func Name(name string) Option {
	return func(o *options) {
		o.Text("Name", "name", name)
		o.Name = name
	}
}

// AtLeastOnce sends messages unsettled: each has an outcome. It is the default.
func AtLeastOnce() Option { return SettleMode(amqp.SenderSettleModeUnsettled) }

// AtMostOnce sends messages settled: nobody hears what becomes of them.
func AtMostOnce() Option { return SettleMode(amqp.SenderSettleModeSettled) }

// SettleMode sets whether messages are sent unsettled, settled, or each as it is sent (§2.8.2). Default: unsettled.
func SettleMode(m amqp.SenderSettleMode) Option {
	return func(o *options) {
		o.SenderMode("SettleMode", m)
		o.Config.SndSettleMode = m
	}
}

// ReceiverSettleMode asks the receiver to settle first, or second, after the sender (§2.8.3). Default: first.
func ReceiverSettleMode(m amqp.ReceiverSettleMode) Option {
	return func(o *options) {
		o.ReceiverMode("ReceiverSettleMode", m)
		o.Config.RcvSettleMode = m
	}
}

// FailInFlight reports messages that were on their way when the connection was lost as released, in OnReleased, where nobody knows what became of
// them. Those that never left still wait. Default: they are sent again on the next connection, in order and before all else, and their
// deliveries have their outcomes then; the receiver may see such a message twice.
func FailInFlight() Option { return func(o *options) { o.Config.FailInFlight = true } }

// QueueLimit sets how many messages may wait for credit, or for a connection that is made again. Default: 1,024.
func QueueLimit(n int) Option {
	return func(o *options) {
		settings.Within(&o.Check, "QueueLimit", n, 0, math.MaxInt)
		o.Config.QueueLimit = n
	}
}

// Dynamic asks the peer for a node made up for this link; Address says what it is called once the link is open (§3.5.4). The address that the
// sender is made with is not looked at.
func Dynamic() Option { return func(o *options) { o.Target().Dynamic = true } }

// Capabilities asks for a target that has them (§3.5.4). Queue and Topic are options of their own. On a listener's end it says which of them
// the source has: without it, none.
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

// Queue says that the address is a queue: each message goes to one of those who receive from it. It asks for the capability "queue", by which
// a broker that makes nodes as they are asked for, such as ActiveMQ Artemis, makes a queue and no topic; where the broker tells queues and
// topics apart by a prefix, the address gets it. Default: it is left to the broker. Artemis then takes a new
// address for a topic, and messages that nobody receives are accepted and gone.
func Queue() Option { return node("queue") }

// Topic says that the address is a topic: each message goes to all who receive from it then. It asks for the capability "topic", and is
// else as Queue.
func Topic() Option { return node("topic") }

func node(kind amqp.Symbol) Option {
	return func(o *options) {
		o.Kind(kind, o.Target().Capabilities)
		Capabilities(kind)(o)
		o.Config.Adapt = settings.Addressing(kind)
	}
}

// Durable asks for what of the target outlives the link, and for how long after what: see §3.5.5 and §3.5.6. On a listener's end it says
// what of the source does.
func Durable(d amqp.Durability, expiry amqp.ExpiryPolicy, timeout time.Duration) Option {
	return func(o *options) {
		o.Durability("Durable", d, expiry)
		n := o.Node()
		*n.Durable, *n.ExpiryPolicy, *n.Timeout = d, expiry, o.Seconds("Durable", timeout)
	}
}

// SourceAddress sets the address of the source: on a client a name for where messages come from, on a listener's end the node that they
// leave, such as the one that was made up for a dynamic source.
func SourceAddress(address string) Option {
	return func(o *options) {
		o.Text("SourceAddress", "address", address)
		o.Source().Address = &address
	}
}

// Filters says, on a listener's end, which of the filters that the peer asked for are in place (§3.5.3); nil for none.
func Filters(inPlace map[string]any) Option {
	return func(o *options) { o.Source().Filter = inPlace }
}

// DistributionMode says, on a listener's end, whether messages that leave the node are moved or copied (§3.5.7): "move" or "copy".
func DistributionMode(mode amqp.Symbol) Option {
	return func(o *options) { o.Source().DistributionMode = mode }
}

// Outcomes names the outcomes that the source supports, by their descriptors, such as "amqp:accepted:list" (§3.5.3). Default: on a listener's end the
// four of §3.4, or those of them that the peer named. A client names none: RabbitMQ before 4.0 ends the session over modified.
func Outcomes(descriptors ...amqp.Symbol) Option {
	return func(o *options) { o.Source().Outcomes = descriptors }
}

// DefaultOutcome sets what a message becomes that the receiver settles and says nothing of (§3.5.3). Default: none, on a listener's end the one
// that the peer asked for.
func DefaultOutcome(outcome amqp.DeliveryState) Option {
	return func(o *options) { o.Source().DefaultOutcome = outcome }
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
