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
//	c.StartClient(now, layer) // the transport is up: a client has bytes to send at once
//	c.Feed(now, chunk)        // bytes that were read
//	c.Grant(work)             // a turn begins: how much may be done in it
//	for e := c.Next(); e != nil; e = c.Next() {
//		...                   // one frame is parsed at a time: what the driver does about an event
//	}                             // takes effect before the next frame is looked at
//	c.Flush()                 // the end of the turn: dispositions and flows are sent as ranges, once
//	out := c.TakeOutput(now, nil) // to be written; out.Done() gives the buffer back
//	next := c.Tick(now)       // heartbeats and idle time-outs; call again at next at the latest
//
// A turn is bounded in work: a frame costs 1, whether or not it makes an event, an event costs 1, and so does each link or delivery that the engine
// visits on behalf of the peer. What is left when the work is spent is done in later turns, in order: a frame is not parsed before
// all that the frames before it have caused is done. So a driver looks at [Connection.Pending] after Flush and TakeOutput: where it holds,
// the connection wants another turn without any further input, after the other connections have had theirs. Handlers take time, which the engine does
// not count: a driver may stop calling Next whenever it likes, and goes on in another turn. A driver that never calls Grant gets all
// the work done at once.
//
// While [Connection.Unparsed] is not 0, the chunk is in use, and there is no point in feeding another; [Connection.KeepInput] copies what is left of it for
// a driver that needs its buffer.
// What Delivery.Encoded returns is a view of the input: it is valid until the following call of Next, Feed or KeepInput.
//
// [Driver].Wake asks for a turn when an endpoint is used outside of one, once until the next Flush. What Flush itself writes asks for
// none, as the driver takes the output next.
//
// When a peer breaks the protocol, Next returns one TransportFailed event whose error names the condition and what was
// seen; the close frame that tells the peer is in the output, and all further input is ignored.
//
// Endpoints outlive transports. [Connection.Open], [Connection.NewSession] and [Session.NewLink] only note what the
// application wants; the frames are written when a transport is there to carry them.
package engine
