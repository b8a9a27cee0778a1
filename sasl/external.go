package sasl

import (
	"context"
	"crypto/x509"
	"fmt"
)

// External logs in as who the connection already knows the client to be, by its
// TLS certificate (RFC 4422 appendix A). An authzid that is not empty asks to
// act as that user. Configure it only where a client certificate is set.
func External(authzid string) Mechanism {
	return mechanism{"EXTERNAL", func(context.Context, Peer) (Client, error) {
		return &single{name: "EXTERNAL", initial: append([]byte{}, authzid...)}, nil
	}}
}

// ExternalServer lets clients in by a certificate that TLS has verified, and is
// offered only to those who showed one. The identity is what the function makes
// of the certificate; with nil it is the common name of its subject. An error,
// or an empty identity, refuses the login. To act for another user is refused.
func ExternalServer(identity func(*x509.Certificate) (string, error)) ServerMechanism {
	named := identity == nil
	if named {
		identity = func(c *x509.Certificate) (string, error) { return c.Subject.CommonName, nil }
	}
	return serverMechanism{"EXTERNAL", func(peer Peer) Server {
		// A certificate may have been shown that nobody has verified.
		if peer.TLS == nil || len(peer.TLS.VerifiedChains) == 0 {
			return nil
		}
		return &singleServer{optional: true, quick: named, check: func(response []byte) (string, error) {
			user, err := identity(peer.TLS.PeerCertificates[0])
			if err != nil {
				return "", refused(err)
			}
			if user == "" {
				return "", fmt.Errorf("%w: the certificate names no user", ErrAuthentication)
			}
			return actAs(string(response), user)
		}}
	}}
}
