package engine

import (
	"fmt"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

// onOpen takes the peer's open (§2.7.1).
func (c *Connection) onOpen(channel uint16, p *wire.Open) {
	switch {
	case channel != 0: // §2.4.1
		c.fail(amqp.ErrCondFramingError, fmt.Sprintf("open frame on channel %d, not 0", channel))
		return
	case c.remote != Uninitialized:
		c.fail(amqp.ErrCondIllegalState, "second open frame")
		return
	case p.MaxFrameSize < wire.MinMaxFrameSize:
		c.fail(amqp.ErrCondInvalidField, fmt.Sprintf("open frame: max-frame-size of %d, less than %d", p.MaxFrameSize, wire.MinMaxFrameSize))
		return
	}
	if idle := time.Duration(p.IdleTimeOut) * time.Millisecond; idle > 0 && idle < minIdleTimeout {
		// §2.4.5: who cannot support an idle time-out closes and says why
		c.fail(amqp.ErrCondInvalidField, fmt.Sprintf("open frame: idle-time-out of %s, less than the %s that are supported", idle, minIdleTimeout))
		return
	}
	c.remote = Active
	c.remoteOpen = *p
	c.overruns = overruns(p)
	c.limitFrames(int(min(p.MaxFrameSize, maxFrameSize)))
	c.clock.heed(p.IdleTimeOut)
	c.emit(Event{Kind: ConnectionRemoteOpen})
	for _, s := range c.sessions { // those that waited to see whom they talk to
		s.replay()
		for l := range s.links.all {
			l.replay()
		}
	}
	if c.epoch > 0 && c.restoring == 0 {
		c.emit(Event{Kind: ConnectionRestored})
	}
}

// onClose takes the peer's close (§2.7.9).
func (c *Connection) onClose(p *wire.Close) {
	c.remote = Closed
	c.emit(Event{Kind: ConnectionRemoteClose, Err: remoteError("connection", p.Error)})
	c.ended()
}
