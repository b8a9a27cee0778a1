// Package container runs the event loop: it dials and listens, reads and writes sockets, keeps timers, and calls handlers back.
//
// What lives here: [Container], its loops and the driver of each connection. What does not: the protocol (an engine that does no IO),
// and the interface that applications implement (see handler).
//
// A loop is one goroutine. Plain sockets it waits for, reads and writes itself, where the system has epoll; all other transports have a goroutine that
// reads, and one that writes while there is something to wait for. Those hand chunks of bytes to the loop and take them from it, one handoff per read
// and per turn, never per message. The loop never waits for a transport.
package container
