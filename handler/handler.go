package handler

// MessagingHandler is what an application implements, by embedding [Base] and writing the methods that it needs. All calls for one
// connection come from one goroutine, one after the other. An event is valid during its call.
type MessagingHandler interface {
	// The container.

	// OnStart: the container runs: the place to connect and to listen.
	OnStart(e *Event)
	// OnStop: the container is about to end, because Stop was called, its context is done, or nothing is left to do; connections are closed after
	// it, and none can be made. It comes once for each OnStart, but where a handler panics.
	OnStop(e *Event)
	// OnTimer: a timer of Schedule is due: Event.Timer says which.
	OnTimer(e *Event)

	// Connections.

	// OnConnectionOpening: the peer opened a connection to a listener; it is opened after the call unless it was closed.
	OnConnectionOpening(e *Event)
	// OnConnectionOpened: both ends have opened. It comes once: that a connection which was lost is open again is told by OnReconnected.
	OnConnectionOpened(e *Event)
	// OnConnectionClosing: the peer closes the connection; it is closed after the call.
	OnConnectionClosing(e *Event)
	// OnConnectionClosed: both ends have closed.
	OnConnectionClosed(e *Event)
	// OnConnectionError: the peer closes the connection and says why: Event.Err. It comes in place of OnConnectionClosing.
	OnConnectionError(e *Event)
	// OnTransportError: an attempt to connect failed, or a connection broke that is not made again: Event.Err, a
	// *connection.TransportError on the side that connects.
	OnTransportError(e *Event)
	// OnDisconnected: the connection's socket is gone, for whatever reason: Event.Err, nil after a close.
	OnDisconnected(e *Event)
	// OnReconnected: a connection that was lost is back, and the peer has answered for all its sessions and links; or a link that the peer had
	// detached is attached again.
	OnReconnected(e *Event)

	// Sessions.

	// OnSessionOpening: the peer began a session; it is begun after the call unless it was closed.
	OnSessionOpening(e *Event)
	// OnSessionOpened: both ends have begun.
	OnSessionOpened(e *Event)
	// OnSessionClosing: the peer ends the session; it is ended after the call.
	OnSessionClosing(e *Event)
	// OnSessionClosed: both ends have ended.
	OnSessionClosed(e *Event)
	// OnSessionError: the peer ends the session and says why: Event.Err. It comes in place of OnSessionClosing. Or the peer broke the protocol on
	// the session, and it was ended for that: Event.Err wraps connection.ErrViolation.
	OnSessionError(e *Event)

	// Links.

	// OnLinkOpening: the peer attached a link; it is opened after the call, as the peer asked, unless it was opened or closed.
	OnLinkOpening(e *Event)
	// OnLinkOpened: both ends have attached. It comes once: see OnReconnected.
	OnLinkOpened(e *Event)
	// OnLinkClosing: the peer detaches the link; it is detached after the call.
	OnLinkClosing(e *Event)
	// OnLinkClosed: both ends have detached.
	OnLinkClosed(e *Event)
	// OnLinkError: the peer detaches the link and says why: Event.Err. It comes in place of OnLinkClosing. Or the peer broke the protocol on
	// the link or its session, and it was closed for that: Event.Err wraps connection.ErrViolation.
	OnLinkError(e *Event)

	// Messages.

	// OnSendable: the sender has credit and room: when it could not send before, and again after each turn in which it sent and
	// some is left.
	OnSendable(e *Event)
	// OnMessage: a message came: Event.Message. It is accepted after the call unless it was settled, or the receiver has
	// ManualAccept.
	OnMessage(e *Event)
	// OnAccepted: the receiver took a message that was sent.
	OnAccepted(e *Event)
	// OnRejected: the receiver found a message that was sent not fit to process; Delivery.RemoteState may say why.
	OnRejected(e *Event)
	// OnReleased: the receiver did not look at a message that was sent, or it never left.
	OnReleased(e *Event)
	// OnModified: the receiver gave a message that was sent back, changed.
	OnModified(e *Event)
	// OnSettled: the peer has settled a delivery, after the call for its outcome.
	OnSettled(e *Event)
	// OnAborted: the sender gave up a message that had begun to come.
	OnAborted(e *Event)
	// OnDrained: a receiver's drain has ended: no credit is left.
	OnDrained(e *Event)
}
