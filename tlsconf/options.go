package tlsconf

import (
	"crypto/tls"
	"errors"
	"log/slog"
)

// Option says one thing about a Config.
type Option func(*settings) error

// settings are all options taken together.
type settings struct {
	roots      []source[*roots]
	identities []source[*tls.Certificate]
	serverName string
	verify     verification
	clientAuth tls.ClientAuthType
	minVersion uint16
	logger     *slog.Logger
}

// verification is what a client asks of the server's certificate.
type verification uint8

const (
	verifyName verification = iota // chain and name
	verifyPeer                     // chain only
	verifyNone
)

func newSettings(opts []Option) (*settings, error) {
	s := &settings{minVersion: tls.VersionTLS12, logger: slog.Default()}
	for _, o := range opts {
		if o == nil {
			continue
		}
		if err := o(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// CA trusts the certificates in a PEM file, and no others: a client for
// servers, in place of the roots of the system; a server for clients. It may be
// given several times.
func CA(path string) Option {
	return addRoots(rootsFile(path))
}

// CAPEM is CA from bytes.
func CAPEM(pem []byte) Option {
	return addRoots(source[*roots]{load: func() (*roots, error) { return parseRoots(pem) }})
}

// PKCS12CA is CA from the certificates of a PKCS#12 file that holds no key, also
// known as a trust store.
func PKCS12CA(path, password string) Option {
	return addRoots(rootsPKCS12(path, password))
}

// CertAndKey is the own certificate, with what else its chain needs behind it,
// and the private key, from PEM files, which may be one and the same. Given
// several times, each handshake uses the first that suits the peer: on a server,
// by the name that the client asks for (SNI).
func CertAndKey(cert, key string) Option {
	return addIdentity(identityFiles(cert, key))
}

// CertAndKeyPEM is CertAndKey from bytes.
func CertAndKeyPEM(cert, key []byte) Option {
	return addIdentity(source[*tls.Certificate]{load: func() (*tls.Certificate, error) {
		c, err := tls.X509KeyPair(cert, key)
		return &c, err
	}})
}

// PKCS12 is CertAndKey from a PKCS#12 file. Other certificates in it are sent
// behind the own one, and not trusted.
func PKCS12(path, password string) Option {
	return addIdentity(identityPKCS12(path, password))
}

func addRoots(s source[*roots]) Option {
	return func(all *settings) error { all.roots = append(all.roots, s); return nil }
}

func addIdentity(s source[*tls.Certificate]) Option {
	return func(all *settings) error { all.identities = append(all.identities, s); return nil }
}

// ServerName is the name that a client asks for (SNI) and verifies, in place of
// the one that it dials.
func ServerName(name string) Option {
	return func(s *settings) error {
		if name == "" {
			return errors.New("tlsconf: the server name is empty")
		}
		s.serverName = name
		return nil
	}
}

// VerifyPeerOnly makes a client verify that the server's certificate is issued
// by a trusted root, but not that it is issued for the server's name.
func VerifyPeerOnly() Option {
	return func(s *settings) error { s.verify = verifyPeer; return nil }
}

// VerifyNone makes a client take any certificate, so that anybody can pose as
// the server. It says so, as a warning, in the log; nil is the default logger.
func VerifyNone(logger *slog.Logger) Option {
	return func(s *settings) error {
		s.verify = verifyNone
		return Logger(logger)(s)
	}
}

// MinVersion is the lowest version of TLS, such as tls.VersionTLS13. The default
// is TLS 1.2.
func MinVersion(version uint16) Option {
	return func(s *settings) error {
		if version < tls.VersionTLS10 || version > tls.VersionTLS13 {
			return errors.New("tlsconf: unknown minimum version " + tls.VersionName(version))
		}
		s.minVersion = version
		return nil
	}
}

// RequestClientCert makes a server ask clients for a certificate. One that is
// given must verify against CA; to give none is allowed.
func RequestClientCert() Option {
	return func(s *settings) error { s.clientAuth = tls.VerifyClientCertIfGiven; return nil }
}

// RequireClientCert makes a server refuse clients without a certificate that
// verifies against CA.
func RequireClientCert() Option {
	return func(s *settings) error { s.clientAuth = tls.RequireAndVerifyClientCert; return nil }
}

// Logger is where it is said that a changed file could not be read. The default,
// and nil, is slog.Default().
func Logger(logger *slog.Logger) Option {
	return func(s *settings) error {
		if logger != nil {
			s.logger = logger
		}
		return nil
	}
}
