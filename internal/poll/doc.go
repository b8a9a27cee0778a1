// Package poll lets one goroutine wait for many sockets, and read and write them without ever waiting for one of them.
//
// It takes sockets from Go's own poller, so that no goroutine is needed for each, and none is woken for what comes. A Poller and its sockets are
// used by one goroutine, but for Poller.Wake. Readiness is told once, when it comes: see Socket.Readable and Socket.Writable.
//
// It is for Linux, by epoll. Elsewhere New says errors.ErrUnsupported.
package poll
