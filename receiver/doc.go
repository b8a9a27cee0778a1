// Package receiver is the receiving end of a link.
//
// What lives here: [Receiver], [Create] and the options of receivers: credit, filters, durability. What does not: the messages
// themselves, which come to OnMessage (see handler), and their outcomes (see delivery).
package receiver
