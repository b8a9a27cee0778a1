// Package sasl is how an AMQP connection logs in (AMQP 1.0 part 5, §5.3): the
// mechanisms of both ends, the choice among them, and the security layer that
// carries their bytes in SASL frames.
//
// A [Mechanism] is what a client configures: [Anonymous], [Plain], [External],
// [ScramSHA256] and its kin, [XOAuth2], [OAuthBearer], or one of your own. For
// each connection attempt it makes a [Client], one exchange, which maps
// challenges to responses and knows nothing of frames. A listener's
// [ServerMechanism] makes [Server] exchanges in the same way. [Choose] orders
// the mechanisms by strength and drops what must not be used.
//
// [Layer] is the protocol of either role, without IO: bytes in by Feed, bytes
// out by AppendOutput. [Negotiate] drives it over a net.Conn for those who have
// no engine around.
//
// What is not here: Kerberos, which is in sasl/gssapi so that it is linked only
// where it is imported; TLS, which is in tlsconf; and any goroutine or clock.
// Failed logins are answered at once: whoever owns the connection adds delay.
//
// No error, and no value that is printed, holds a password or a token.
package sasl
