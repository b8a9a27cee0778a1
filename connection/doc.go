// Package connection is one connection to a peer and its sessions: how it is addressed, what it says of itself, what it
// allows its peer, and how it logs in.
//
// What lives here: [Connection], [Session], their options, URLs, and [Listener]. What does not: the sockets and the loop that drives
// them (see container), and links (see sender and receiver).
package connection
