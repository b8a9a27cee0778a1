// Package trace shows what goes over a connection as lines, one for each protocol header and frame, in the manner of Qpid Proton:
//
//	[amqp://localhost:5672]: 0 -> @open(16) [container-id="a", hostname="localhost", max-frame-size=131072]
//
// What lives here: cutting one direction's bytes into frames, and their words. What does not: where the bytes and the lines go (see
// package container). Nothing that logs in is shown, and of messages only the size.
package trace
