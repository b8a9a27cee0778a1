package tlsconf

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"sync"
)

// Server makes the configuration of a listener, which needs a certificate of its
// own. By default clients are not asked for one. Where they are, CA must say
// which to trust: the roots of the system vouch for half of the world.
func Server(opts ...Option) (*tls.Config, error) {
	s, err := newSettings(opts)
	switch {
	case err != nil:
		return nil, err
	case len(s.identities) == 0:
		return nil, errors.New("tlsconf: a server needs a certificate and a key")
	case s.serverName != "" || s.verify != verifyName:
		return nil, errors.New("tlsconf: a server has no server name or certificate to verify")
	case s.clientAuth != tls.NoClientCert && len(s.roots) == 0:
		return nil, errors.New("tlsconf: client certificates are asked for, but no CA is trusted to issue them")
	}
	own, err := openIdentities(s)
	if err != nil {
		return nil, err
	}
	cfg := &tls.Config{
		MinVersion:     s.minVersion,
		ClientAuth:     s.clientAuth,
		GetCertificate: own.forClient,
	}
	if len(s.roots) > 0 {
		trusted, err := openRoots(s)
		if err != nil {
			return nil, err
		}
		cfg.ClientCAs = trusted.current()
		cfg.GetConfigForClient = following(cfg, trusted)
	}
	return cfg, nil
}

// following returns the configuration with the roots as they are at a handshake.
func following(base *tls.Config, trusted *rootSet) func(*tls.ClientHelloInfo) (*tls.Config, error) {
	var mu sync.Mutex
	var used *x509.CertPool
	var cfg *tls.Config
	return func(*tls.ClientHelloInfo) (*tls.Config, error) {
		mu.Lock()
		defer mu.Unlock()
		if now := trusted.current(); now != used {
			cfg = base.Clone()
			cfg.GetConfigForClient = nil
			cfg.ClientCAs, used = now, now
		}
		return cfg, nil
	}
}
