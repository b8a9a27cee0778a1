package tlsconf_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log"
	"math/big"
	"net"
	"time"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/tlsconf"
)

// The listener shows a certificate, and the client trusts the authority that issued it, which is the certificate itself here. With files it
// would be tlsconf.CertAndKey and tlsconf.CA.
func Example() {
	certificate, key := selfSigned()
	b, err := broker.Start("amqps://127.0.0.1:0", broker.Connections(connection.TLS(tlsconf.CertAndKeyPEM(certificate, key))))
	if err != nil {
		log.Fatal(err)
	}
	defer b.Stop()
	err = container.New(&handler.Funcs{
		Start: func(e *handler.Event) {
			if _, err := e.Container().Connect(b.URL(), connection.TLS(tlsconf.CAPEM(certificate))); err != nil {
				log.Fatal(err)
			}
		},
		ConnectionOpened: func(e *handler.Event) {
			fmt.Println("connected by TLS")
			e.Connection().Close()
		},
	}).Run(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	// Output: connected by TLS
}

// selfSigned makes a certificate for the loopback, and its key, in PEM.
func selfSigned() (certificate, key []byte) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		log.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		log.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
}
