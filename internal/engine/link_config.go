package engine

import (
	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

// LinkConfig is what one end of a link asks for, and how its driver treats it.
type LinkConfig struct {
	Source        *wire.Source
	Target        *wire.Target
	Coordinator   *wire.Coordinator // in place of Target, for a link that controls transactions (§4.5.1)
	SndSettleMode amqp.SenderSettleMode
	RcvSettleMode amqp.ReceiverSettleMode
	Extensions    *Extensions // nil for nearly every link

	// Adapt changes our attach to the ways that the peer's open tells of; what it changes it copies first. Such an attach waits for the open.
	Adapt func(peer *wire.Open, attach *wire.Attach)

	MaxMessageSize uint64 // receivers: bytes of one message; 0 = no limit but the connection's
	FailInFlight   bool   // senders: what was on its way when the transport was lost is released, not sent again
	QueueLimit     int    // senders: messages that may wait for credit
	Window         uint32 // receivers: messages kept on their way or unsettled; 0 = credit is the application's affair

	// The driver's own, which the engine never looks at: the link's handler, whether its messages are left to the application
	// to settle, and whether they are left encoded, or lent. UserContext is the application's.
	Handler      any
	ManualAccept bool
	LeaveEncoded bool
	Borrowed     bool
	AnyFilter    bool // receivers: filters that the peer does not confirm are done without
	UserContext  any
	Opened       bool // the application knows that the link is open
}

// Extensions is what few links say in their attach.
type Extensions struct {
	Properties          map[string]any
	OfferedCapabilities []amqp.Symbol
	DesiredCapabilities []amqp.Symbol
}
