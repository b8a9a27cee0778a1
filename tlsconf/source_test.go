package tlsconf

import (
	"bytes"
	"crypto/x509"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"software.sslmate.com/src/go-pkcs12"
)

func TestChangedCertificatesAreReadAgain(t *testing.T) {
	root := issue(t, "root", nil)
	dir := t.TempDir()
	var log bytes.Buffer
	first, second := issue(t, "broker.example", root), issue(t, "broker.example", root)
	srv := server(t, first.files(t, dir), Logger(slog.New(slog.NewTextHandler(&log, nil))))
	cli := client(t, CAPEM(root.certPEM()))
	// shown is the certificate that the server has now.
	shown := func() *x509.Certificate {
		near, _, nearErr, farErr := handshake(t, cli, srv)
		require.NoError(t, nearErr)
		require.NoError(t, farErr)
		return near.PeerCertificates[0]
	}
	assert.Equal(t, first.cert, shown())

	write(t, filepath.Join(dir, "cert.pem"), second.certPEM())
	assert.Equal(t, first.cert, shown(), "the key is still that of the first")
	assert.Contains(t, log.String(), "the old content stays in use")
	assert.Contains(t, log.String(), "cert.pem and ")
	said := log.Len()
	assert.Equal(t, first.cert, shown())
	assert.Equal(t, said, log.Len(), "said once for each change")

	write(t, filepath.Join(dir, "key.pem"), second.keyPEM(t))
	assert.Equal(t, second.cert, shown())

	require.NoError(t, os.Remove(filepath.Join(dir, "key.pem")))
	assert.Equal(t, second.cert, shown())
	assert.Greater(t, log.Len(), said)
	assert.NotContains(t, log.String(), "PRIVATE KEY")

	first.files(t, dir)
	assert.Equal(t, first.cert, shown())
}

func TestAClientsChangedCertificateIsReadAgain(t *testing.T) {
	root := issue(t, "root", nil)
	dir := t.TempDir()
	srv := server(t, issue(t, "broker.example", root).bytes(t), CAPEM(root.certPEM()), RequireClientCert())
	cli := client(t, CAPEM(root.certPEM()), issue(t, "alice", root).files(t, dir))
	for _, name := range []string{"alice", "bob"} {
		issue(t, name, root).files(t, dir)
		_, far, nearErr, farErr := handshake(t, cli, srv)
		require.NoError(t, nearErr)
		require.NoError(t, farErr)
		assert.Equal(t, name, far.PeerCertificates[0].Subject.CommonName)
	}
}

func TestAServersChangedRootsAreReadAgain(t *testing.T) {
	root, next := issue(t, "root", nil), issue(t, "next", nil)
	path := write(t, filepath.Join(t.TempDir(), "ca.pem"), root.certPEM())
	srv := server(t, issue(t, "broker.example", root).bytes(t), CA(path), RequireClientCert(), Logger(slog.New(slog.DiscardHandler)))
	old := client(t, CAPEM(root.certPEM()), issue(t, "alice", root).bytes(t))
	young := client(t, CAPEM(root.certPEM()), issue(t, "alice", next).bytes(t))
	enters := func(wantOld, wantYoung bool) {
		t.Helper()
		_, _, _, err := handshake(t, old, srv)
		assert.Equal(t, wantOld, err == nil, err)
		_, _, _, err = handshake(t, young, srv)
		assert.Equal(t, wantYoung, err == nil, err)
	}
	enters(true, false)
	write(t, path, append(root.certPEM(), next.certPEM()...))
	enters(true, true)
	write(t, path, next.certPEM())
	enters(false, true)
	write(t, path, []byte("half of a fi"))
	enters(false, true)
}

func TestConfigurationsThatCannotBe(t *testing.T) {
	root := issue(t, "root", nil)
	broker, other := issue(t, "broker.example", root), issue(t, "other.example", root)
	dir := t.TempDir()
	missing := filepath.Join(dir, "missing.pem")
	junk := write(t, filepath.Join(dir, "junk"), []byte("junk"))
	p12, err := pkcs12.Modern.Encode(broker.key, broker.cert, nil, "changeit")
	require.NoError(t, err)
	bundle := write(t, filepath.Join(dir, "broker.p12"), p12)
	large := filepath.Join(dir, "large")
	require.NoError(t, os.WriteFile(large, nil, 0o600))
	require.NoError(t, os.Truncate(large, maxFileSize+1))
	malformed := bytes.Replace(root.certPEM(), []byte("\nM"), []byte("\nA"), 1)

	for want, opts := range map[string][]Option{
		"missing.pem: no such file":           {CA(missing)},
		"junk: no PEM certificate in it":      {CA(junk)},
		"loading: no PEM certificate in it":   {CAPEM(nil)},
		"certificate 1: x509":                 {CAPEM(malformed)},
		"bytes are more than":                 {CA(large)},
		"cert.pem: no such file":              {CertAndKey(filepath.Join(dir, "cert.pem"), missing)},
		"private key does not match":          {CertAndKeyPEM(broker.certPEM(), other.keyPEM(t))},
		"broker.p12: pkcs12: decryption pass": {PKCS12(bundle, "wrong")},
		"loading " + junk:                     {PKCS12(junk, "changeit")},
		"loading " + bundle:                   {PKCS12CA(bundle, "changeit")},
		"server name is empty":                {ServerName("")},
		"unknown minimum version":             {MinVersion(7)},
		"a client asks for no client":         {RequireClientCert()},
	} {
		_, err := Client(opts...)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "tlsconf: ")
		assert.NotContains(t, err.Error(), "changeit")
	}
	for want, opts := range map[string][]Option{
		"needs a certificate and a key": {},
		"no CA is trusted":              {broker.bytes(t), RequireClientCert()},
		"no server name":                {broker.bytes(t), ServerName("broker.example")},
		"or certificate to verify":      {broker.bytes(t), VerifyPeerOnly()},
		"no such file":                  {broker.bytes(t), CA(missing)},
		"does not match":                {CertAndKeyPEM(broker.certPEM(), other.keyPEM(t))},
		"name is empty":                 {ServerName("")},
	} {
		_, err := Server(opts...)
		require.ErrorContains(t, err, want)
	}
}
