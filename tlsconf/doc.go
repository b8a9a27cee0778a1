// Package tlsconf makes a *tls.Config from what an operator has: PEM files, a
// PKCS#12 file, the roots of the system.
//
//	cfg, err := tlsconf.Client(tlsconf.CA("ca.pem"), tlsconf.CertAndKey("client.pem", "client-key.pem"))
//	cfg, err := tlsconf.Server(tlsconf.CertAndKey("server.pem", "server-key.pem"), tlsconf.CA("ca.pem"), tlsconf.RequireClientCert())
//
// With no options a client verifies the server's certificate and name against
// the roots of the system, with TLS 1.2 or later.
//
// A file of the own certificate, and on a server of the trusted roots too, is
// read again when it changes: each handshake looks at its size and modification
// time. When the new content cannot be read, the old one stays in use, and the
// log says so. A client's trusted roots are read once.
//
// What fails to verify is a *tls.CertificateVerificationError, in all modes.
// Dialling, listening and logging in are not here.
package tlsconf
