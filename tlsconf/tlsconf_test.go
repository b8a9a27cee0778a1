package tlsconf

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"software.sslmate.com/src/go-pkcs12"
)

// issued is a certificate with its key.
type issued struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// issue makes a certificate for a name, by an issuer or, if that is nil, as a
// root. The changes are made before it is signed.
func issue(t *testing.T, name string, issuer *issued, changes ...func(*x509.Certificate)) *issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		BasicConstraintsValid: true,
	}
	by := &issued{template, key}
	if issuer == nil {
		template.IsCA = true
		template.KeyUsage = x509.KeyUsageCertSign
	} else {
		by = issuer
		template.DNSNames = []string{name}
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	}
	for _, change := range changes {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.cert, key.Public(), by.key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return &issued{cert, key}
}

func expired(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Hour)
}

func (i *issued) certPEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.cert.Raw})
}

func (i *issued) keyPEM(t *testing.T) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(i.key)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// write makes a file, newer than any that was there.
func write(t *testing.T, path string, content []byte) string {
	t.Helper()
	var newer time.Time
	if info, err := os.Stat(path); err == nil {
		newer = info.ModTime().Add(time.Second)
	}
	require.NoError(t, os.WriteFile(path, content, 0o600))
	if !newer.IsZero() {
		require.NoError(t, os.Chtimes(path, newer, newer))
	}
	return path
}

// files writes certificate and key of an identity.
func (i *issued) files(t *testing.T, dir string) Option {
	t.Helper()
	return CertAndKey(
		write(t, filepath.Join(dir, "cert.pem"), i.certPEM()),
		write(t, filepath.Join(dir, "key.pem"), i.keyPEM(t)))
}

func (i *issued) bytes(t *testing.T) Option {
	t.Helper()
	return CertAndKeyPEM(i.certPEM(), i.keyPEM(t))
}

// connected is a connection on loopback. (A net.Pipe has no buffer, and both
// ends of a failing handshake may write.)
func connected(t *testing.T) (near, far net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	near, err = net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	far, err = listener.Accept()
	require.NoError(t, err)
	return near, far
}

// handshake connects the two, and returns what each sees of the other, or its
// error.
func handshake(t *testing.T, client, server *tls.Config) (near, far tls.ConnectionState, nearErr, farErr error) {
	t.Helper()
	a, b := connected(t)
	c, s := tls.Client(a, client), tls.Server(b, server)
	done := make(chan error, 1)
	go func() {
		err := s.Handshake()
		if err == nil {
			_, err = s.Write([]byte("x"))
		}
		_ = b.Close()
		done <- err
	}()
	nearErr = c.Handshake()
	if nearErr == nil {
		// In TLS 1.3 a client is told of its refusal by its first read.
		_, nearErr = io.ReadFull(c, make([]byte, 1))
	}
	_ = a.Close()
	farErr = <-done
	return c.ConnectionState(), s.ConnectionState(), nearErr, farErr
}

func client(t *testing.T, opts ...Option) *tls.Config {
	t.Helper()
	cfg, err := Client(opts...)
	require.NoError(t, err)
	if cfg.ServerName == "" {
		cfg = cfg.Clone()
		cfg.ServerName = "broker.example" // as who dials does
	}
	return cfg
}

func server(t *testing.T, opts ...Option) *tls.Config {
	t.Helper()
	cfg, err := Server(opts...)
	require.NoError(t, err)
	return cfg
}

func TestServersThatVerify(t *testing.T) {
	root := issue(t, "root", nil)
	broker := issue(t, "broker.example", root)
	srv := server(t, broker.bytes(t))
	dir := t.TempDir()
	store, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{root.cert}, "changeit")
	require.NoError(t, err)
	for name, opts := range map[string][]Option{
		"CA from a file":    {CA(write(t, filepath.Join(dir, "ca.pem"), root.certPEM()))},
		"CA from bytes":     {CAPEM(root.certPEM())},
		"CA from PKCS#12":   {PKCS12CA(write(t, filepath.Join(dir, "ca.p12"), store), "changeit")},
		"several CAs":       {CAPEM(issue(t, "other", nil).certPEM()), CAPEM(root.certPEM())},
		"a bundle":          {CAPEM(append(issue(t, "other", nil).certPEM(), root.certPEM()...))},
		"by another name":   {CAPEM(root.certPEM()), ServerName("broker.example")},
		"whatever its name": {CAPEM(root.certPEM()), VerifyPeerOnly(), ServerName("elsewhere.example")},
	} {
		t.Run(name, func(t *testing.T) {
			near, far, nearErr, farErr := handshake(t, client(t, opts...), srv)
			require.NoError(t, nearErr)
			require.NoError(t, farErr)
			assert.GreaterOrEqual(t, near.Version, uint16(tls.VersionTLS12))
			assert.NotEmpty(t, far.ServerName, "SNI")
		})
	}
}

func TestServersThatDoNotVerify(t *testing.T) {
	root := issue(t, "root", nil)
	good := issue(t, "broker.example", root)
	old := issue(t, "broker.example", root, expired)
	misnamed := issue(t, "elsewhere.example", root)
	stranger := issue(t, "broker.example", issue(t, "root", nil))
	isExpired := func(err error) bool {
		var invalid x509.CertificateInvalidError
		return errors.As(err, &invalid) && invalid.Reason == x509.Expired
	}
	isMisnamed := func(err error) bool { return errors.As(err, new(x509.HostnameError)) }
	isUnknown := func(err error) bool { return errors.As(err, new(x509.UnknownAuthorityError)) }

	for name, c := range map[string]struct {
		shown *issued
		opts  []Option
		is    func(error) bool
	}{
		"expired":                  {old, []Option{CAPEM(root.certPEM())}, isExpired},
		"misnamed":                 {misnamed, []Option{CAPEM(root.certPEM())}, isMisnamed},
		"issued by somebody":       {stranger, []Option{CAPEM(root.certPEM())}, isUnknown},
		"not by the system's":      {good, nil, isUnknown},
		"expired, peer only":       {old, []Option{CAPEM(root.certPEM()), VerifyPeerOnly()}, isExpired},
		"by somebody, peer only":   {stranger, []Option{CAPEM(root.certPEM()), VerifyPeerOnly()}, isUnknown},
		"not by system, peer only": {good, []Option{VerifyPeerOnly()}, isUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, nearErr, farErr := handshake(t, client(t, c.opts...), server(t, c.shown.bytes(t)))
			var verification *tls.CertificateVerificationError
			require.ErrorAs(t, nearErr, &verification)
			assert.True(t, c.is(nearErr), nearErr)
			require.Error(t, farErr)
		})
	}
}

func TestVerifyNoneIsSaidAloud(t *testing.T) {
	var log bytes.Buffer
	stranger := issue(t, "elsewhere.example", issue(t, "root", nil), expired)
	cfg := client(t, VerifyNone(slog.New(slog.NewTextHandler(&log, nil))))
	assert.Contains(t, log.String(), "level=WARN")
	assert.Contains(t, log.String(), "certificates of servers are not verified")
	_, _, nearErr, farErr := handshake(t, cfg, server(t, stranger.bytes(t)))
	require.NoError(t, nearErr)
	require.NoError(t, farErr)
}

func TestClientCertificates(t *testing.T) {
	root := issue(t, "root", nil)
	broker, alice := issue(t, "broker.example", root), issue(t, "alice", root)
	stranger := issue(t, "mallory", issue(t, "other", nil))
	trust := CAPEM(root.certPEM())
	p12, err := pkcs12.Modern.Encode(alice.key, alice.cert, []*x509.Certificate{root.cert}, "changeit")
	require.NoError(t, err)
	fromP12 := PKCS12(write(t, filepath.Join(t.TempDir(), "alice.p12"), p12), "changeit")

	for name, c := range map[string]struct {
		server []Option
		client []Option
		seen   string
		fails  string
	}{
		"not asked for":            {[]Option{}, []Option{alice.bytes(t)}, "", ""},
		"requested and shown":      {[]Option{trust, RequestClientCert()}, []Option{alice.bytes(t)}, "alice", ""},
		"requested, not shown":     {[]Option{trust, RequestClientCert()}, nil, "", ""},
		"required and shown":       {[]Option{trust, RequireClientCert()}, []Option{alice.bytes(t)}, "alice", ""},
		"required, from PKCS#12":   {[]Option{trust, RequireClientCert()}, []Option{fromP12}, "alice", ""},
		"required, the one of two": {[]Option{trust, RequireClientCert()}, []Option{stranger.bytes(t), alice.bytes(t)}, "alice", ""},
		"required, not shown":      {[]Option{trust, RequireClientCert()}, nil, "", "client didn't provide a certificate"},
		"required, a stranger's":   {[]Option{trust, RequireClientCert()}, []Option{stranger.bytes(t)}, "", "client didn't provide a certificate"},
		"required, expired": {
			[]Option{trust, RequireClientCert()},
			[]Option{issue(t, "alice", root, expired).bytes(t)}, "", "expired",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, far, nearErr, farErr := handshake(t,
				client(t, append(c.client, trust)...), server(t, append(c.server, broker.bytes(t))...))
			if c.fails != "" {
				require.ErrorContains(t, farErr, c.fails)
				require.Error(t, nearErr)
				return
			}
			require.NoError(t, nearErr)
			require.NoError(t, farErr)
			if c.seen == "" {
				assert.Empty(t, far.PeerCertificates)
				return
			}
			require.NotEmpty(t, far.VerifiedChains)
			assert.Equal(t, c.seen, far.PeerCertificates[0].Subject.CommonName)
		})
	}
}

func TestAClientCertificateThatTheServersListDoesNotHave(t *testing.T) {
	// A server that lies about whom it trusts gets to see the stranger anyway.
	root := issue(t, "root", nil)
	broker, stranger := issue(t, "broker.example", root), issue(t, "mallory", issue(t, "other", nil))
	cfg := client(t, CAPEM(root.certPEM()))
	pair, err := tls.X509KeyPair(stranger.certPEM(), stranger.keyPEM(t))
	require.NoError(t, err)
	cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	_, _, nearErr, farErr := handshake(t, cfg, server(t, broker.bytes(t), CAPEM(root.certPEM()), RequestClientCert()))
	require.Error(t, nearErr)
	require.ErrorAs(t, farErr, new(x509.UnknownAuthorityError))
}

func TestAServerOfSeveralNames(t *testing.T) {
	root := issue(t, "root", nil)
	one, two := issue(t, "one.example", root), issue(t, "two.example", root)
	srv := server(t, one.bytes(t), two.bytes(t))
	for asked, shown := range map[string]string{"one.example": "one.example", "two.example": "two.example", "three.example": "one.example"} {
		near, _, _, _ := handshake(t, client(t, VerifyNone(slog.New(slog.DiscardHandler)), ServerName(asked)), srv)
		require.NotEmpty(t, near.PeerCertificates)
		assert.Equal(t, shown, near.PeerCertificates[0].Subject.CommonName)
	}
}

func TestTheLowestVersion(t *testing.T) {
	root := issue(t, "root", nil)
	broker := issue(t, "broker.example", root)
	old := client(t, CAPEM(root.certPEM()), MinVersion(tls.VersionTLS11))
	old.MaxVersion = tls.VersionTLS11
	_, _, nearErr, farErr := handshake(t, old, server(t, broker.bytes(t)))
	require.Error(t, nearErr)
	require.ErrorContains(t, farErr, "unsupported versions")
	near, _, nearErr, farErr := handshake(t, old, server(t, broker.bytes(t), MinVersion(tls.VersionTLS11)))
	require.NoError(t, errors.Join(nearErr, farErr))
	assert.Equal(t, uint16(tls.VersionTLS11), near.Version)
	_, _, nearErr, _ = handshake(t, old, server(t, broker.bytes(t), MinVersion(tls.VersionTLS13)))
	require.Error(t, nearErr)
}
