// Package engine is the AMQP 1.0 protocol without its input and output: protocol headers, the SASL phase,
// connections, session windows, links, credit, deliveries, outcomes and idle timers, for both ends of a connection.
//
// What lives here: everything that AMQP says a peer must do, as plain objects that one goroutine owns.
// What does not: sockets, goroutines, clocks, locks and logs. Time is an argument; bytes and time go in, events and
// bytes come out. A test keeps it so (see the floors test in the module's root).
//
// # The driver's contract
//
// A driver owns a [Connection] and calls it from one goroutine at a time:
//
//	c.Start(now)              // the transport is up: a client has bytes to send at once
//	c.Feed(now, chunk)        // bytes that were read; chunk must stay untouched until Next says nil
//	for e := c.Next(); e != nil; e = c.Next() {
//		...                   // one frame is parsed at a time: what the driver does about an event
//	}                             // takes effect before the next frame is looked at
//	c.Flush()                 // the end of the turn: dispositions and flows are sent as ranges, once
//	buf = c.TakeOutput(now, buf[:0])
//	next := c.Tick(now)       // heartbeats and idle time-outs; call again at next at the latest
//
// Flush may make new events (links that can send again), so a driver runs another turn when [Connection.Pending] says so.
// What Delivery.Encoded returns is a view of the input: it is valid until the following call of Next.
//
// When a peer breaks the protocol, Next returns one TransportFailed event whose error names the condition and what was
// seen; the close frame that tells the peer is in the output, and all further input is ignored.
//
// Endpoints outlive transports. [Connection.Open], [Connection.NewSession] and [Session.NewLink] only note what the
// application wants; the frames are written when a transport is there to carry them.
package engine
