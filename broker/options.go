package broker

import (
	"log/slog"

	"github.com/hadron-mq/hadron/connection"
)

// Option sets one thing about a broker.
type Option func(*options)

type options struct {
	id          string
	log         *slog.Logger
	queueLimit  int
	queueBytes  int
	nodeLimit   int
	connections []connection.Option
}

// Defaults of the options.
const (
	DefaultQueueLimit = 100_000
	DefaultQueueBytes = 256 << 20
	DefaultNodeLimit  = 10_000
)

func newOptions(opts []Option) *options {
	o := &options{queueLimit: DefaultQueueLimit, queueBytes: DefaultQueueBytes, nodeLimit: DefaultNodeLimit}
	for _, opt := range opts {
		if opt != nil {
			opt(o)
		}
	}
	if o.log == nil {
		o.log = slog.Default()
	}
	return o
}

// ID names the broker's container. Default: a UUID.
func ID(id string) Option { return func(o *options) { o.id = id } }

// Logger sets where the broker logs. Default: slog.Default().
func Logger(log *slog.Logger) Option { return func(o *options) { o.log = log } }

// QueueLimit sets how many messages a queue holds, those that consumers have not settled among them. Producers are given credit for what
// there is space for, so a full queue stops them. A producer that comes when all space is promised to others is promised one
// message beyond it. Default: 100,000.
func QueueLimit(messages int) Option {
	return func(o *options) { o.queueLimit = max(messages, 1) }
}

// QueueBytes sets how many bytes of messages a queue holds. Credit counts messages, whose size nobody knows before they come, so
// it is given by the size of those that came before; a message that would make it more than twice as many bytes is rejected with
// amqp:resource-limit-exceeded. It is the largest message that is taken, too, up to 128 MiB. Default: 256 MiB.
func QueueBytes(bytes int) Option {
	return func(o *options) { o.queueBytes = max(bytes, 1) }
}

// NodeLimit sets how many queues there may be, temporary ones among them: a link that needs one more is refused with
// amqp:resource-limit-exceeded. Default: 10,000.
func NodeLimit(n int) Option { return func(o *options) { o.nodeLimit = max(n, 1) } }

// Connections sets options for the connections that the broker takes, such as connection.Authenticate.
func Connections(opts ...connection.Option) Option {
	return func(o *options) { o.connections = append(o.connections, opts...) }
}
