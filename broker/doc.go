// Package broker is a message broker to embed: in tests, in examples, and beside an application that wants queues in its own process.
//
//	b, err := broker.Start("amqp://127.0.0.1:0")
//	...
//	defer b.Stop()
//
// and b.URL() is where clients connect.
//
// # Queues
//
// A queue is made by the first link to or from its address, and lives as long as it has links or messages. Consumers of a queue
// compete: messages go to those with credit in turn. An accepted message is gone, and so is a rejected one; a released one is back
// at its place, and a modified one too, with one more delivery counted where it is said to have failed. One that is undeliverable to a consumer goes to
// the others; a hundred that say so keep it from all that are there, and it waits for another. What a consumer had not settled when its link ended has the
// default outcome of its source (§3.5.3), and is released where that has none. A link with distribution mode copy looks at messages and takes none. A
// message is kept as it came: only its header and, where a consumer asks for it, its message annotations change on the way (§3.2). What is no message is
// rejected with amqp:decode-error.
//
// # Temporary nodes and the relay
//
// A dynamic source or target is a node with an address of its own. It lives as long as its lifetime policy says (§3.5.10 to §3.5.13), by default as long as
// the link that it was made for, be that attached or suspended. That of a source, or with capability temporary-queue, has receivers of the same
// connection only; others are refused with amqp:resource-locked. A target without an address is the anonymous terminus: each message goes where its
// properties say.
//
// # What is reserved
//
// Everything is in memory and ends with the broker, durable or not. There are no topics, filters, priorities and transactions, and an attach says so: it
// grants the capability queue, and temporary-queue where that is so, distribution modes move and copy, and the outcomes of §3.4. Of the rest it grants
// nothing: no durability, no expiry beyond the session's end, no filters. A coordinator is refused with amqp:not-implemented, a null source with
// amqp:not-found. A message that has outlived its time to live is dropped when its turn comes. Addresses that begin with $temporary/ are the broker's.
//
// # Bounds
//
// Connections are spread over Loops, and use each other's queues. What a peer can hold is bounded: see MemoryLimit, QueueLimit, QueueBytes and
// NodeLimit. Who comes near a bound is slowed by credit, and where that is not possible refused with amqp:resource-limit-exceeded. A container
// that asks for sole-connection-for-container has one connection and no other.
//
// What lives here: queues, temporary nodes, the relay for messages that say themselves where they go. What does not: the
// protocol. The package is written on the public API alone, and so shows how a server is written on it.
package broker
