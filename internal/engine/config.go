package engine

import (
	"time"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

// Config is what a connection tells its peer, and what it allows the peer. The zero value of a field means its default.
type Config struct {
	ContainerID string
	Hostname    string // open.hostname: the name of the virtual host, not necessarily of the machine (§2.7.1)
	Properties  map[string]any

	OfferedCapabilities []amqp.Symbol
	DesiredCapabilities []amqp.Symbol

	MaxFrameSize uint32        // largest frame taken, in bytes; default 128 KiB
	MaxSessions  int           // sessions at a time, up to 65,536; default 1,024
	MaxHandles   int           // link handles of a session; default 16,384
	MaxLinks     int           // links on all sessions together; default 16,384
	IdleTimeout  time.Duration // the connection ends when nothing is received for so long; 0 = never
	MaxPartial   int           // bytes of messages that have not arrived whole yet, all links together; default 256 MiB

	MaxHeld int // bytes of links with what was said of them, and of deliveries that are not settled; default 64 MiB

	Resend bool // keep what is sent and not settled, to send it again on the next transport

	OutputLimit int // bytes of output beyond which senders wait for the writer; default 256 KiB
}

const (
	defaultMaxFrameSize = 128 << 10
	defaultMaxSessions  = 1024
	defaultMaxLinks     = 16384
	defaultMaxPartial   = 256 << 20
	defaultMaxHeld      = 64 << 20 // 16,384 links of 4 KiB each, or half a million deliveries
	defaultOutputLimit  = 256 << 10

	// DefaultMaxMessageSize bounds what one incoming message may take, in bytes.
	DefaultMaxMessageSize = 128 << 20
	// DefaultQueueLimit bounds the messages of one sender that wait for credit.
	DefaultQueueLimit = 1024

	// maxFrameSize bounds frames both ways, in bytes, so that their sizes are ints everywhere.
	maxFrameSize = 1 << 30

	// sessionWindow is the incoming window of a session in frames. Frames are handled as they arrive and what is
	// partial is bounded by MaxPartial, so the window only keeps a peer from running ahead without end.
	sessionWindow = 8192
	// outgoingWindow is what a session announces as its own; nothing is kept for sending again at frame level.
	outgoingWindow = 1<<31 - 1

	// earlyOutput is how much output a turn gathers before the driver may take it: the peer need not wait for the whole of a
	// long turn.
	earlyOutput = 16 << 10

	// minIdleTimeout is the shortest idle-time-out that a peer may ask for. There is no need to support short ones (§2.4.5), and each costs a
	// heartbeat in half of it: a thousand connections that ask for the shortest make 20,000 a second. Peers ask for seconds, and their
	// tests for some hundred milliseconds.
	minIdleTimeout = 100 * time.Millisecond

	// maxOpen is the largest frame that is taken before the peer's open was, in bytes. The specification has 512 (§2.4.1), which
	// peers pass that have much to say about themselves.
	maxOpen = 16 << 10
)

func (c *Config) setDefaults() {
	set := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	if c.MaxFrameSize == 0 {
		c.MaxFrameSize = defaultMaxFrameSize
	}
	c.MaxFrameSize = min(c.MaxFrameSize, maxFrameSize)
	set(&c.MaxSessions, defaultMaxSessions)
	set(&c.MaxHandles, defaultMaxLinks)
	set(&c.MaxLinks, defaultMaxLinks)
	set(&c.MaxPartial, defaultMaxPartial)
	set(&c.MaxHeld, defaultMaxHeld)
	set(&c.OutputLimit, defaultOutputLimit)
}

// channelMax and handleMax are the highest numbers of a channel and of a link's handle that are taken (§2.7.1, §2.7.2).
func (c *Config) channelMax() uint16 { return uint16(c.MaxSessions - 1) }
func (c *Config) handleMax() uint32  { return uint32(c.MaxHandles - 1) }

// Check says why there can be no open frame of this (§2.7.1).
func (c *Config) Check() error {
	_, err := c.open().Append(nil)
	return err
}

// open is the frame that tells the peer.
func (c *Config) open() *wire.Open {
	open := &wire.Open{
		ContainerID:         c.ContainerID,
		Hostname:            c.Hostname,
		MaxFrameSize:        c.MaxFrameSize,
		ChannelMax:          c.channelMax(),
		OfferedCapabilities: c.OfferedCapabilities,
		DesiredCapabilities: c.DesiredCapabilities,
		Properties:          c.Properties,
	}
	if c.IdleTimeout > 0 {
		// Half of what is acted upon, so that a peer that beats exactly at the announced time is in time (§2.4.5).
		open.IdleTimeOut = uint32(max(c.IdleTimeout.Milliseconds()/2, 1))
	}
	return open
}
