// Command tls sends a message over TLS and receives it back, as both ends or as one of them.
//
//	tls                                                          both ends, with certificates made on the spot
//	tls -make DIR                                                only makes certificates: ca.pem, server.pem, client.pem
//	tls -listen -a URL -cert FILE [-key FILE] [-ca FILE]         a broker; with -ca clients must have a certificate
//	tls -a URL/ADDRESS [-ca FILE] [-cert FILE [-key FILE]]       a client; without -ca it trusts what the system trusts
//
// The certificates of -make are for 127.0.0.1, ::1 and localhost, and have their keys in the same files.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/sasl"
	"github.com/hadron-mq/hadron/tlsconf"
)

// files are where an end finds its certificate, and whom it trusts.
type files struct {
	ca, cert, key string
}

// options turns files into TLS. They are read again when they change, so a certificate is renewed without a restart.
func (f files) options() []tlsconf.Option {
	var opts []tlsconf.Option
	if f.ca != "" {
		opts = append(opts, tlsconf.CA(f.ca))
	}
	if f.cert != "" {
		key := f.key
		if key == "" {
			key = f.cert
		}
		opts = append(opts, tlsconf.CertAndKey(f.cert, key))
	}
	return opts
}

// listen starts a broker that speaks TLS. With a CA to verify them by it refuses clients without a certificate, and logs the others
// in by its name (EXTERNAL).
func listen(at string, f files) (*broker.Broker, error) {
	opts := f.options()
	if f.ca == "" {
		return broker.Start(at, broker.Connections(connection.TLS(opts...)))
	}
	opts = append(opts, tlsconf.RequireClientCert())
	return broker.Start(at, broker.Connections(connection.TLS(opts...), connection.Authenticate(sasl.ExternalServer(nil))))
}

func main() {
	dir := flag.String("make", "", "make certificates in `DIR`, and do no more")
	listening := flag.Bool("listen", false, "be the broker")
	at := flag.String("a", "", "where to listen, or where to send, as `URL/ADDRESS`; empty is both ends at a free port")
	var f files
	flag.StringVar(&f.ca, "ca", "", "trust the certificates in `FILE`")
	flag.StringVar(&f.cert, "cert", "", "the own certificate: `FILE`")
	flag.StringVar(&f.key, "key", "", "its key: `FILE`; empty is the same file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	switch {
	case *dir != "":
		err = makeCertificates(*dir)
	case *listening:
		err = serve(ctx, *at, f)
	case *at == "":
		err = both(ctx)
	default:
		err = hello(ctx, *at, f)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// serve is the broker by itself.
func serve(ctx context.Context, at string, f files) error {
	if at == "" || f.cert == "" {
		return errors.New("tls: -listen needs -a and -cert")
	}
	b, err := listen(at, f)
	if err != nil {
		return err
	}
	fmt.Println("listening at", b.URL())
	return b.Wait(ctx)
}

// both is both ends: a broker, and a client that shows a certificate of its own.
func both(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "hadron-tls-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := makeCertificates(dir); err != nil {
		return err
	}
	b, err := listen("amqps://127.0.0.1:0", files{ca: path(dir, "ca"), cert: path(dir, "server")})
	if err != nil {
		return err
	}
	defer b.Stop()
	return hello(ctx, b.URL()+"/examples", files{ca: path(dir, "ca"), cert: path(dir, "client")})
}
