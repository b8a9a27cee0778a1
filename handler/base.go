package handler

// Base is a handler that takes no event: each goes on to the next handler, and in the end to what Hadron does by itself.
type Base struct{}

// OnStart passes the event on.
func (Base) OnStart(e *Event) { e.Pass() }

// OnStop passes the event on.
func (Base) OnStop(e *Event) { e.Pass() }

// OnTimer passes the event on.
func (Base) OnTimer(e *Event) { e.Pass() }

// OnConnectionOpening passes the event on.
func (Base) OnConnectionOpening(e *Event) { e.Pass() }

// OnConnectionOpened passes the event on.
func (Base) OnConnectionOpened(e *Event) { e.Pass() }

// OnConnectionClosing passes the event on.
func (Base) OnConnectionClosing(e *Event) { e.Pass() }

// OnConnectionClosed passes the event on.
func (Base) OnConnectionClosed(e *Event) { e.Pass() }

// OnConnectionError passes the event on.
func (Base) OnConnectionError(e *Event) { e.Pass() }

// OnTransportError passes the event on.
func (Base) OnTransportError(e *Event) { e.Pass() }

// OnDisconnected passes the event on.
func (Base) OnDisconnected(e *Event) { e.Pass() }

// OnReconnected passes the event on.
func (Base) OnReconnected(e *Event) { e.Pass() }

// OnSessionOpening passes the event on.
func (Base) OnSessionOpening(e *Event) { e.Pass() }

// OnSessionOpened passes the event on.
func (Base) OnSessionOpened(e *Event) { e.Pass() }

// OnSessionClosing passes the event on.
func (Base) OnSessionClosing(e *Event) { e.Pass() }

// OnSessionClosed passes the event on.
func (Base) OnSessionClosed(e *Event) { e.Pass() }

// OnSessionError passes the event on.
func (Base) OnSessionError(e *Event) { e.Pass() }

// OnLinkOpening passes the event on.
func (Base) OnLinkOpening(e *Event) { e.Pass() }

// OnLinkOpened passes the event on.
func (Base) OnLinkOpened(e *Event) { e.Pass() }

// OnLinkClosing passes the event on.
func (Base) OnLinkClosing(e *Event) { e.Pass() }

// OnLinkClosed passes the event on.
func (Base) OnLinkClosed(e *Event) { e.Pass() }

// OnLinkError passes the event on.
func (Base) OnLinkError(e *Event) { e.Pass() }

// OnSendable passes the event on.
func (Base) OnSendable(e *Event) { e.Pass() }

// OnMessage passes the event on.
func (Base) OnMessage(e *Event) { e.Pass() }

// OnAccepted passes the event on.
func (Base) OnAccepted(e *Event) { e.Pass() }

// OnRejected passes the event on.
func (Base) OnRejected(e *Event) { e.Pass() }

// OnReleased passes the event on.
func (Base) OnReleased(e *Event) { e.Pass() }

// OnModified passes the event on.
func (Base) OnModified(e *Event) { e.Pass() }

// OnSettled passes the event on.
func (Base) OnSettled(e *Event) { e.Pass() }

// OnAborted passes the event on.
func (Base) OnAborted(e *Event) { e.Pass() }

// OnDrained passes the event on.
func (Base) OnDrained(e *Event) { e.Pass() }
