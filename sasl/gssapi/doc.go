// Package gssapi is the SASL mechanism GSSAPI, which is Kerberos 5 (RFC 4752),
// for package sasl. It is a package of its own so that Kerberos is linked only
// where it is imported.
//
//	client := gssapi.New() // by the ticket that kinit got
//	client := gssapi.New(gssapi.Keytab("app@EXAMPLE.COM", "app.keytab"))
//	server, err := gssapi.NewServer("broker.keytab")
//
// The client has the server prove itself (mutual authentication). No security
// layer is put around what follows: that is what TLS is for. Encryption types
// are those of AES (RFC 3962, RFC 8009); the tokens of the older ones have
// another form, and are refused.
//
// Kerberos compares clocks: those of both sides may differ by five minutes.
package gssapi
