// Package container runs the event loop: it dials and listens, reads and writes sockets, keeps timers, and calls handlers back.
//
// What lives here: [Container], its loops and the driver of each connection. What does not: the protocol (an engine that does no IO),
// and the interface that applications implement (see handler).
//
// A loop is one goroutine. Each connection has a goroutine that reads and one that writes; they hand chunks of bytes to the
// loop and take them from it, one handoff per read and per turn, never per message. The loop itself never touches a socket.
package container
