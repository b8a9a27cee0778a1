package amqptest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// CA is a certificate authority that lives as long as its test.
type CA struct {
	PEM  []byte // its certificate
	File string // the same, in the test's own directory

	t      testing.TB
	dir    string
	cert   *x509.Certificate
	key    *ecdsa.PrivateKey
	issued int64
}

// Certificate is a certificate with its key, in each of the forms that a
// configuration takes. The files are in the test's own directory.
type Certificate struct {
	TLS      tls.Certificate
	CertPEM  []byte
	KeyPEM   []byte // PKCS #8
	CertFile string
	KeyFile  string
}

// NewCA makes an authority that nothing trusts yet. Two of them do not know
// each other.
func NewCA(t testing.TB) *CA {
	t.Helper()
	ca := &CA{t: t, dir: t.TempDir()}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "amqptest CA"},
		NotBefore:             time.Now().Add(-2 * time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, key := ca.sign(template)
	cert, err := x509.ParseCertificate(der)
	ca.must("parse", err)
	ca.cert, ca.key = cert, key
	ca.PEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	ca.File = ca.write("ca.pem", ca.PEM)
	return ca
}

// Pool holds the authority alone, for RootCAs and ClientCAs of a [tls.Config].
func (ca *CA) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	return pool
}

// Server issues a server's certificate for the names, which are DNS names and
// IP addresses. The first is its common name.
func (ca *CA) Server(names ...string) Certificate {
	ca.t.Helper()
	return ca.issue(serverTemplate(names))
}

// Expired issues a server's certificate for the names that was good until an
// hour ago.
func (ca *CA) Expired(names ...string) Certificate {
	ca.t.Helper()
	template := serverTemplate(names)
	template.NotAfter = time.Now().Add(-time.Hour)
	return ca.issue(template)
}

// Client issues a client's certificate with this common name.
func (ca *CA) Client(commonName string) Certificate {
	ca.t.Helper()
	return ca.issue(leafTemplate(commonName, x509.ExtKeyUsageClientAuth))
}

func serverTemplate(names []string) *x509.Certificate {
	template := leafTemplate("", x509.ExtKeyUsageServerAuth)
	for i, name := range names {
		if i == 0 {
			template.Subject.CommonName = name
		}
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	return template
}

func leafTemplate(commonName string, usage x509.ExtKeyUsage) *x509.Certificate {
	return &x509.Certificate{
		Subject:     pkix.Name{CommonName: commonName},
		NotBefore:   time.Now().Add(-2 * time.Hour),
		NotAfter:    time.Now().Add(24 * time.Hour),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{usage},
	}
}

func (ca *CA) issue(template *x509.Certificate) Certificate {
	ca.t.Helper()
	der, key := ca.sign(template)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	ca.must("marshal a key", err)
	c := Certificate{
		CertPEM: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		KeyPEM:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
	}
	c.TLS, err = tls.X509KeyPair(c.CertPEM, c.KeyPEM)
	ca.must("pair", err)
	c.CertFile = ca.write(fmt.Sprintf("%d-cert.pem", ca.issued), c.CertPEM)
	c.KeyFile = ca.write(fmt.Sprintf("%d-key.pem", ca.issued), c.KeyPEM)
	return c
}

// sign makes a key and signs its certificate; the first one, by itself.
func (ca *CA) sign(template *x509.Certificate) ([]byte, *ecdsa.PrivateKey) {
	ca.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ca.must("make a key", err)
	ca.issued++
	template.SerialNumber = big.NewInt(ca.issued)
	parent, signer := ca.cert, ca.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	ca.must("sign", err)
	return der, key
}

func (ca *CA) write(name string, b []byte) string {
	ca.t.Helper()
	path := filepath.Join(ca.dir, name)
	ca.must("write", os.WriteFile(path, b, 0o600))
	return path
}

func (ca *CA) must(what string, err error) {
	ca.t.Helper()
	if err != nil {
		ca.t.Fatalf("amqptest: certificate: %s: %v", what, err)
	}
}
