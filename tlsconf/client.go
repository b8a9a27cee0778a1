package tlsconf

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
)

// Client makes the configuration of a client. Who dials sets its ServerName, on
// a clone, unless the option ServerName did.
func Client(opts ...Option) (*tls.Config, error) {
	s, err := newSettings(opts)
	if err != nil {
		return nil, err
	}
	if s.clientAuth != tls.NoClientCert {
		return nil, errors.New("tlsconf: a client asks for no client certificates")
	}
	cfg := &tls.Config{ServerName: s.serverName, MinVersion: s.minVersion}
	if len(s.roots) > 0 {
		trusted, err := openRoots(s)
		if err != nil {
			return nil, err
		}
		cfg.RootCAs = trusted.current()
	}
	if len(s.identities) > 0 {
		own, err := openIdentities(s)
		if err != nil {
			return nil, err
		}
		cfg.GetClientCertificate = own.forServer
	}
	switch s.verify {
	case verifyPeer:
		// crypto/tls has no such mode: its own check is turned off and the half
		// of it that is wanted is done here, also when a session is resumed.
		cfg.InsecureSkipVerify = true
		cfg.VerifyConnection = verifyChain(cfg.RootCAs)
	case verifyNone:
		cfg.InsecureSkipVerify = true
		s.logger.Warn("tlsconf: certificates of servers are not verified; anybody can pose as the server")
	}
	return cfg, nil
}

// verifyChain checks a server's certificate but for its name. Nil are the roots
// of the system.
func verifyChain(trusted *x509.CertPool) func(tls.ConnectionState) error {
	return func(state tls.ConnectionState) error {
		if len(state.PeerCertificates) == 0 {
			return errors.New("tlsconf: the server showed no certificate")
		}
		others := x509.NewCertPool()
		for _, c := range state.PeerCertificates[1:] {
			others.AddCert(c)
		}
		_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: trusted, Intermediates: others})
		if err != nil {
			return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
		}
		return nil
	}
}
