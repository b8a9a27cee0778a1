package artemis

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
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

const (
	serverName = "localhost"
	storeFile  = "server.p12"
	trustFile  = "trust.p12"

	// storePassword protects the key stores, which live no longer than the test: Java insists on one.
	storePassword = "hadron-store"
)

// Certificates is the TLS material of a broker, made anew for each and valid for a day. The broker's certificate is for
// localhost and the loopback addresses; the client's has the subject CN=client, which the broker knows as the user
// "client".
type Certificates struct {
	Roots  *x509.CertPool  // the authority that signed both
	Client tls.Certificate // for the acceptor MutualTLS

	// The same as PEM files.
	RootsFile, ClientFile, ClientKeyFile string

	folder string
}

// authority signs the certificates of one folder.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// newCertificates makes the material and writes it into a folder.
func newCertificates(folder string) (*Certificates, error) {
	ca, err := newAuthority()
	if err != nil {
		return nil, fmt.Errorf("artemis: making the authority: %w", err)
	}
	server, serverKey, err := ca.issue(&x509.Certificate{
		Subject:     pkix.Name{CommonName: serverName},
		DNSNames:    []string{serverName},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	if err != nil {
		return nil, fmt.Errorf("artemis: making the broker's certificate: %w", err)
	}
	client, clientKey, err := ca.issue(&x509.Certificate{
		Subject:     pkix.Name{CommonName: "client"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return nil, fmt.Errorf("artemis: making the client's certificate: %w", err)
	}
	store, err := pkcs12.Modern.Encode(serverKey, server, []*x509.Certificate{ca.certificate}, storePassword)
	if err != nil {
		return nil, fmt.Errorf("artemis: making the key store: %w", err)
	}
	trust, err := pkcs12.Modern.EncodeTrustStore([]*x509.Certificate{ca.certificate}, storePassword)
	if err != nil {
		return nil, fmt.Errorf("artemis: making the trust store: %w", err)
	}
	encodedKey, err := x509.MarshalPKCS8PrivateKey(clientKey)
	if err != nil {
		return nil, fmt.Errorf("artemis: encoding the client's key: %w", err)
	}

	c := &Certificates{
		Roots:         x509.NewCertPool(),
		Client:        tls.Certificate{Certificate: [][]byte{client.Raw}, PrivateKey: clientKey, Leaf: client},
		RootsFile:     filepath.Join(folder, "roots.pem"),
		ClientFile:    filepath.Join(folder, "client.pem"),
		ClientKeyFile: filepath.Join(folder, "client.key"),
		folder:        folder,
	}
	c.Roots.AddCert(ca.certificate)
	for name, content := range map[string][]byte{
		filepath.Join(folder, storeFile): store,
		filepath.Join(folder, trustFile): trust,
		c.RootsFile:                      pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.certificate.Raw}),
		c.ClientFile:                     pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: client.Raw}),
		c.ClientKeyFile:                  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encodedKey}),
	} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			return nil, fmt.Errorf("artemis: writing the TLS material: %w", err)
		}
	}
	return c, nil
}

func newAuthority() (*authority, error) {
	ca := &authority{}
	var err error
	if ca.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	ca.certificate = &x509.Certificate{
		Subject:               pkix.Name{CommonName: "Hadron test authority"},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	ca.certificate, err = ca.sign(ca.certificate, &ca.key.PublicKey)
	return ca, err
}

// issue gives a certificate to a new key.
func (a *authority) issue(template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	certificate, err := a.sign(template, &key.PublicKey)
	return certificate, key, err
}

func (a *authority) sign(template *x509.Certificate, key *ecdsa.PublicKey) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	template.NotBefore = time.Now().Add(-time.Hour) // clocks of containers differ
	template.NotAfter = time.Now().Add(24 * time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key, a.key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
