// Package broker is a message broker to embed: in tests, in examples, and beside an application that wants queues in its own process.
//
//	b, err := broker.Start("amqp://127.0.0.1:0")
//	...
//	defer b.Stop()
//
// and b.URL() is where clients connect.
//
// A queue is made by the first link to or from its address, and lives as long as it has links or messages. Consumers of a queue
// compete: messages go to those with credit in turn. An accepted message is gone, and so is a rejected one; a released one is back
// at its place, and a modified one too, with one more delivery counted where it is said to have failed. What a consumer had not settled
// when its link ended is released. A message is kept as it came: only its header and, where a consumer asks for it, its message
// annotations change on the way (§3.2).
//
// Everything is in memory and ends with the broker, durable or not. The priority of messages, filters, lifetime policies and
// the durability and expiry of termini are not looked at, and there are no transactions. A message that has outlived its time to live
// is dropped when its turn comes.
//
// Connections are spread over Loops, and use each other's queues. What a peer can hold is bounded: see MemoryLimit, QueueLimit, QueueBytes and
// NodeLimit. Who comes near a bound is slowed by credit, and where that is not possible refused with amqp:resource-limit-exceeded.
//
// What lives here: queues, temporary nodes, the relay for messages that say themselves where they go. What does not: the
// protocol. The package is written on the public API alone, and so shows how a server is written on it.
package broker
