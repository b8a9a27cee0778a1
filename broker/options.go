package broker

import (
	"log/slog"
	"runtime"

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
	memoryLimit int
	loops       int
	connections []connection.Option
}

// Defaults of the options.
const (
	DefaultMemoryLimit = 80 << 20
	DefaultQueueBytes  = DefaultMemoryLimit
	DefaultQueueLimit  = 100_000
	DefaultNodeLimit   = 10_000
)

func newOptions(opts []Option) *options {
	o := &options{queueLimit: DefaultQueueLimit, nodeLimit: DefaultNodeLimit, loops: runtime.GOMAXPROCS(0)}
	for _, opt := range opts {
		if opt != nil {
			opt(o)
		}
	}
	if o.log == nil {
		o.log = slog.Default()
	}
	if o.memoryLimit == 0 {
		o.memoryLimit = max(DefaultMemoryLimit, 2*o.queueBytes)
	}
	if o.queueBytes == 0 {
		o.queueBytes = o.memoryLimit
	}
	return o
}

// ID names the broker's container. Default: a UUID.
func ID(id string) Option { return func(o *options) { o.id = id } }

// Logger sets where the broker logs. Default: slog.Default().
func Logger(log *slog.Logger) Option { return func(o *options) { o.log = log } }

// Loops sets how many goroutines share the broker's connections. Queues are for all of them: one that is busy, or stands still, holds up no
// queue. Default: runtime.GOMAXPROCS(0), a loop for each processor.
func Loops(n int) Option { return func(o *options) { o.loops = max(n, 1) } }

// MemoryLimit sets how many bytes the messages of all queues may take, with some 256 bytes of what each takes beyond its own. Producers are given
// credit for what there is space for, so they are slowed as it is used up; a message that comes nevertheless is rejected with
// amqp:resource-limit-exceeded. No user has more of the memory than is free, and neither has a connection whose peer has not logged in: one alone has
// half at most, of two each a third, and so there is always some for another. The process takes two to three times as much, because of Go's garbage
// collector. Default: 80 MiB, or twice QueueBytes where that is set to more.
func MemoryLimit(bytes int) Option {
	return func(o *options) { o.memoryLimit = max(bytes, 1) }
}

// QueueLimit sets how many messages a queue holds, those that consumers have not settled among them. Producers are given credit for what
// there is space for, so a full queue stops them; a producer that sends more is given more, up to 1,000 messages at a time. One that comes when
// all space is promised to others is promised one message beyond it. Default: 100,000.
func QueueLimit(messages int) Option {
	return func(o *options) { o.queueLimit = max(messages, 1) }
}

// QueueBytes sets how many bytes of messages a queue holds. Credit counts messages, whose size nobody knows before they come, so
// it is given by the size of those that came before; a message that would make it more than twice as many bytes is rejected with
// amqp:resource-limit-exceeded. Default: as many as MemoryLimit has.
func QueueBytes(bytes int) Option {
	return func(o *options) { o.queueBytes = max(bytes, 1) }
}

// NodeLimit sets how many queues there may be, temporary ones among them. No user makes more than are left, and neither does a connection whose peer
// has not logged in, so that nobody has all the names; eight they may make in any case, where there are as many. A link that needs one more is refused
// with amqp:resource-limit-exceeded. Default: 10,000.
func NodeLimit(n int) Option { return func(o *options) { o.nodeLimit = max(n, 1) } }

// Connections sets options for the connections that the broker takes, such as connection.Authenticate.
func Connections(opts ...connection.Option) Option {
	return func(o *options) { o.connections = append(o.connections, opts...) }
}
