package handler

// Funcs is a handler made of functions, for the small case. Where a function is nil, the event is passed on.
type Funcs struct {
	Start             func(e *Event)
	Stop              func(e *Event)
	Timer             func(e *Event)
	ConnectionOpening func(e *Event)
	ConnectionOpened  func(e *Event)
	ConnectionClosing func(e *Event)
	ConnectionClosed  func(e *Event)
	ConnectionError   func(e *Event)
	TransportError    func(e *Event)
	Disconnected      func(e *Event)
	Reconnected       func(e *Event)
	SessionOpening    func(e *Event)
	SessionOpened     func(e *Event)
	SessionClosing    func(e *Event)
	SessionClosed     func(e *Event)
	SessionError      func(e *Event)
	LinkOpening       func(e *Event)
	LinkOpened        func(e *Event)
	LinkClosing       func(e *Event)
	LinkClosed        func(e *Event)
	LinkError         func(e *Event)
	Sendable          func(e *Event)
	Message           func(e *Event)
	Accepted          func(e *Event)
	Rejected          func(e *Event)
	Released          func(e *Event)
	Modified          func(e *Event)
	Settled           func(e *Event)
	Aborted           func(e *Event)
	Drained           func(e *Event)
}

func call(f func(*Event), e *Event) {
	if f == nil {
		e.Pass()
		return
	}
	f(e)
}

// OnStart calls Start.
func (f *Funcs) OnStart(e *Event) { call(f.Start, e) }

// OnStop calls Stop.
func (f *Funcs) OnStop(e *Event) { call(f.Stop, e) }

// OnTimer calls Timer.
func (f *Funcs) OnTimer(e *Event) { call(f.Timer, e) }

// OnConnectionOpening calls ConnectionOpening.
func (f *Funcs) OnConnectionOpening(e *Event) { call(f.ConnectionOpening, e) }

// OnConnectionOpened calls ConnectionOpened.
func (f *Funcs) OnConnectionOpened(e *Event) { call(f.ConnectionOpened, e) }

// OnConnectionClosing calls ConnectionClosing.
func (f *Funcs) OnConnectionClosing(e *Event) { call(f.ConnectionClosing, e) }

// OnConnectionClosed calls ConnectionClosed.
func (f *Funcs) OnConnectionClosed(e *Event) { call(f.ConnectionClosed, e) }

// OnConnectionError calls ConnectionError.
func (f *Funcs) OnConnectionError(e *Event) { call(f.ConnectionError, e) }

// OnTransportError calls TransportError.
func (f *Funcs) OnTransportError(e *Event) { call(f.TransportError, e) }

// OnDisconnected calls Disconnected.
func (f *Funcs) OnDisconnected(e *Event) { call(f.Disconnected, e) }

// OnReconnected calls Reconnected.
func (f *Funcs) OnReconnected(e *Event) { call(f.Reconnected, e) }

// OnSessionOpening calls SessionOpening.
func (f *Funcs) OnSessionOpening(e *Event) { call(f.SessionOpening, e) }

// OnSessionOpened calls SessionOpened.
func (f *Funcs) OnSessionOpened(e *Event) { call(f.SessionOpened, e) }

// OnSessionClosing calls SessionClosing.
func (f *Funcs) OnSessionClosing(e *Event) { call(f.SessionClosing, e) }

// OnSessionClosed calls SessionClosed.
func (f *Funcs) OnSessionClosed(e *Event) { call(f.SessionClosed, e) }

// OnSessionError calls SessionError.
func (f *Funcs) OnSessionError(e *Event) { call(f.SessionError, e) }

// OnLinkOpening calls LinkOpening.
func (f *Funcs) OnLinkOpening(e *Event) { call(f.LinkOpening, e) }

// OnLinkOpened calls LinkOpened.
func (f *Funcs) OnLinkOpened(e *Event) { call(f.LinkOpened, e) }

// OnLinkClosing calls LinkClosing.
func (f *Funcs) OnLinkClosing(e *Event) { call(f.LinkClosing, e) }

// OnLinkClosed calls LinkClosed.
func (f *Funcs) OnLinkClosed(e *Event) { call(f.LinkClosed, e) }

// OnLinkError calls LinkError.
func (f *Funcs) OnLinkError(e *Event) { call(f.LinkError, e) }

// OnSendable calls Sendable.
func (f *Funcs) OnSendable(e *Event) { call(f.Sendable, e) }

// OnMessage calls Message.
func (f *Funcs) OnMessage(e *Event) { call(f.Message, e) }

// OnAccepted calls Accepted.
func (f *Funcs) OnAccepted(e *Event) { call(f.Accepted, e) }

// OnRejected calls Rejected.
func (f *Funcs) OnRejected(e *Event) { call(f.Rejected, e) }

// OnReleased calls Released.
func (f *Funcs) OnReleased(e *Event) { call(f.Released, e) }

// OnModified calls Modified.
func (f *Funcs) OnModified(e *Event) { call(f.Modified, e) }

// OnSettled calls Settled.
func (f *Funcs) OnSettled(e *Event) { call(f.Settled, e) }

// OnAborted calls Aborted.
func (f *Funcs) OnAborted(e *Event) { call(f.Aborted, e) }

// OnDrained calls Drained.
func (f *Funcs) OnDrained(e *Event) { call(f.Drained, e) }
