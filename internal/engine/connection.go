package engine

import (
	"maps"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/turn"
	"github.com/hadron-mq/hadron/internal/wire"
	"github.com/hadron-mq/hadron/sasl"
)

// State is how far one side of an endpoint is: every connection, session and link has a local and a remote one.
type State uint8

// The states, in the order in which an endpoint goes through them.
const (
	Uninitialized State = iota
	Active
	Detached // links only: suspended without being closed (§2.6.4)
	Closed
)

// Connection is one end of an AMQP connection: its endpoints, and the transport state of the moment.
// Its methods are for the goroutine that drives it.
type Connection struct {
	cfg    Config
	driver Driver

	local, remote State
	remoteOpen    wire.Open
	main          *Session
	touched       bool // the driver was asked for a turn
	budget        budget
	epoch         int // how many transports were lost on which the peer had opened
	restoring     int // how many endpoints the peer has not answered for since
	keeper        keeper
	suspicion     suspicion
	ends          int // bytes of the endpoints, and of what is kept of their peers' frames
	told          int // bytes that the driver knows to be held

	sessions []*Session            // those that are in use locally, in the order of their making
	names    index[linkKey, *Link] // attached links by name and role, for finding the counterpart of an attach
	links    int                   // how many the sessions have together
	hand     *Delivery             // that a handler is being shown: see Hand
	meant    *wire.State           // what becomes of it unless the handler says otherwise

	transport
}

// transport is what ends with the socket; Reset makes it new.
type transport struct {
	phase   phase
	server  bool
	layer   *sasl.Layer
	require bool // a bare AMQP header is refused: the peer must log in

	channels       table[Session] // by the peer's channel number
	localChannels  table[Session]
	maxFrameOut    int // the largest frame that the peer takes
	maxTransferOut int // the largest that a message is cut into: no single one is much of the output's bound
	wroteHeader    bool
	wroteOpen      bool
	wroteClose     bool
	worked         bool // a transfer or a disposition has come
	decided        bool // an outcome of what we sent has come
	overruns       bool // the peer is known to send beyond its credit
	failure        error

	input    input
	events   queue
	out      []byte
	pieces   []piece // of messages that are written from where they lie, amid out
	gathered int     // bytes of those
	taken    uint32  // how often output was taken
	fed      uint32  // how often input came
	partial  int     // bytes of buffers for messages that have not arrived whole

	heeding  heeding        // what is left to do of the last disposition frame
	reopened fifo[*Session] // with senders to be resumed, because the peer has opened its window

	sweeps        fifo[*unsettled] // that have deliveries of links that are no more
	dirtySessions fifo[*Session]
	dirtyLinks    fifo[*Link]
	starved       fifo[*Link] // senders that have credit but found the output full

	clock clock

	transfer    wire.Transfer // reused for each frame of its kind
	flow        wire.Flow
	disposition wire.Disposition
	outTransfer wire.Transfer
}

// phase is what the next bytes of input are.
type phase uint8

const (
	phaseIdle   phase = iota // no transport yet
	phaseSASL                // the SASL layer's headers and frames
	phaseHeader              // the AMQP protocol header
	phaseFrames
	phaseDead // failed, or closed on both sides
)

// NewConnection returns a connection that waits for its transport.
func NewConnection(cfg Config) *Connection {
	cfg.setDefaults()
	return &Connection{cfg: cfg}
}

// Config returns what the connection was made with.
func (c *Connection) Config() *Config { return &c.cfg }

// Turn returns the lock of the connection's loop, which the engine itself never takes.
func (c *Connection) Turn() *turn.Lock { return c.driver.Turn }

// Driver returns what the connection's driver keeps with it.
func (c *Connection) Driver() *Driver { return &c.driver }

// StartClient begins a client's side of a new transport: its protocol header and, where the application has opened the
// connection, all its endpoints are in the output. layer is nil where SASL is off.
func (c *Connection) StartClient(now time.Time, layer *sasl.Layer) {
	c.startTransport(now)
	c.layer = layer
	if layer != nil {
		c.phase = phaseSASL
		c.out = layer.AppendOutput(c.out)
		return
	}
	c.phase = phaseHeader
	c.writeHeader()
}

// StartServer begins a listener's side of a new transport. layer is nil where no logins are offered; require refuses
// peers that do not log in.
func (c *Connection) StartServer(now time.Time, layer *sasl.Layer, require bool) {
	c.startTransport(now)
	c.server, c.layer, c.require = true, layer, require && layer != nil
	c.phase = phaseHeader
}

func (c *Connection) startTransport(now time.Time) {
	c.limitFrames(wire.MinMaxFrameSize) // until the peer's open says more (§2.4.1)
	c.clock.start(now)
}

// Open asks for the connection to be opened (§2.4.1).
func (c *Connection) Open() {
	if c.local != Uninitialized {
		return
	}
	c.local = Active
	c.replay()
}

// Close asks for the connection to be closed (§2.4.3). The peer is given err, if it is not nil.
func (c *Connection) Close(err *amqp.Error) {
	if c.local == Closed {
		return
	}
	c.acceptHandBefore(nil, nil, err != nil)
	c.local = Closed
	for _, s := range c.sessions {
		for l := range s.links.all {
			l.queue.releaseAll(c)
		}
	}
	if c.wroteHeader && c.phase == phaseFrames || c.phase == phaseHeader && c.wroteHeader {
		c.flushRanges() // outcomes given before the close belong before it on the wire
		c.writeClose(err)
	}
	c.touch()
}

// replay writes what the application has asked for and this transport has not carried yet.
func (c *Connection) replay() {
	if c.local != Active || !c.wroteHeader || c.wroteOpen {
		return
	}
	c.writeOpen()
	for _, s := range c.sessions {
		s.replay()
	}
}

func (c *Connection) writeHeader() {
	c.out = append(c.out, wire.HeaderAMQP[:]...)
	c.wroteHeader = true
	c.replay()
}

func (c *Connection) writeOpen() {
	c.wroteOpen = true
	c.clock.idle = c.cfg.IdleTimeout
	c.write(0, c.cfg.open())
}

func (c *Connection) writeClose(err *amqp.Error) {
	if c.wroteClose {
		return
	}
	c.wroteClose = true
	if !c.wroteOpen { // a close must follow an open (§2.4.3), even where the open only serves to say why
		if err != nil { // Artemis and Broker-J say it so, and Qpid JMS waits for the close then
			c.cfg.Properties = maps.Clone(c.cfg.Properties)
			if c.cfg.Properties == nil {
				c.cfg.Properties = make(map[string]any)
			}
			c.cfg.Properties["amqp:connection-establishment-failed"] = true
		}
		c.writeOpen()
	}
	c.write(0, &wire.Close{Error: c.fitting(err)})
	c.ended()
}

// ended notes the end of the conversation once both sides have closed.
func (c *Connection) ended() {
	if c.wroteClose && c.remote == Closed && c.phase == phaseFrames {
		c.phase = phaseDead
	}
}

// fail ends the connection because of what the peer did: it is told the condition, the driver gets the event.
func (c *Connection) fail(condition amqp.ErrCond, description string) {
	err := &amqp.Error{Condition: condition, Description: description}
	c.failWith(&Violation{Noun: "connection", Err: err}, err)
}

func (c *Connection) failWith(cause error, tell *amqp.Error) {
	if c.failure != nil || c.phase == phaseDead {
		return
	}
	if tell != nil && (c.phase == phaseFrames || c.wroteHeader) {
		if !c.wroteHeader {
			c.writeHeader()
		}
		c.writeClose(tell)
	}
	c.failure = cause
	c.phase = phaseDead
	c.emit(Event{Kind: TransportFailed, Err: cause})
}

// Finished says that no more input is wanted: the output that is left is all that remains to be done.
func (c *Connection) Finished() bool { return c.phase == phaseDead }

// LocalState and RemoteState tell how far each side is.
func (c *Connection) LocalState() State  { return c.local }
func (c *Connection) RemoteState() State { return c.remote }

// RemoteOpen returns what the peer's open said; its ContainerID is empty before that.
func (c *Connection) RemoteOpen() *wire.Open { return &c.remoteOpen }

// Login returns the mechanism and the identity of the SASL exchange; both are empty where there was none.
func (c *Connection) Login() (mechanism, identity string) {
	if c.layer == nil {
		return "", ""
	}
	return c.layer.Mechanism(), c.layer.Identity()
}

// Sessions returns the sessions that are in use.
func (c *Connection) Sessions() []*Session { return c.sessions }

// NewSession makes a session; Begin asks for it to be begun.
func (c *Connection) NewSession() *Session {
	s := &Session{conn: c}
	c.sessions = append(c.sessions, s)
	c.take(sessionCost)
	return s
}

// DefaultSession returns the session that links share when they name none, and begins it when it is first asked for.
func (c *Connection) DefaultSession() (*Session, error) {
	if c.main == nil || c.main.local == Closed {
		s := c.NewSession()
		if err := s.Begin(); err != nil {
			c.forget(s)
			return nil, err
		}
		c.main = s
	}
	return c.main, nil
}

func (c *Connection) forget(s *Session) {
	for i, have := range c.sessions {
		if have == s {
			c.sessions = append(c.sessions[:i], c.sessions[i+1:]...)
			c.take(-s.cost())
			return
		}
	}
}
