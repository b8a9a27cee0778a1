// Package sender is the sending end of a link.
//
// What lives here: [Sender], [Create] and the options of senders. What does not: what becomes of a message (see delivery), and the
// callbacks that say when to send (see handler).
package sender
