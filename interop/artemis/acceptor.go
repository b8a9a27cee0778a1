package artemis

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync/atomic"
)

// Acceptor is one of the ports that a broker listens on. Each also takes AMQP over WebSocket, with the subprotocol
// "amqp".
type Acceptor string

const (
	// AMQP is in the clear and offers PLAIN and ANONYMOUS. It takes connections without SASL too.
	AMQP Acceptor = "amqp"
	// TLS is as AMQP, over TLS.
	TLS Acceptor = "tls"
	// MutualTLS demands a client certificate and offers EXTERNAL only.
	MutualTLS Acceptor = "mutual-tls"
	// SCRAM is in the clear and offers SCRAM-SHA-512 and SCRAM-SHA-256 only.
	SCRAM Acceptor = "scram"
)

// acceptors is what each acceptor's URI asks of Artemis, after the address.
var acceptors = map[Acceptor]string{
	// CORE is what the two brokers of a pair speak with each other.
	AMQP: "protocols=AMQP,CORE;saslMechanisms=PLAIN,ANONYMOUS",
	TLS:  "protocols=AMQP;saslMechanisms=PLAIN,ANONYMOUS;" + keyStore,
	MutualTLS: "protocols=AMQP;saslMechanisms=EXTERNAL;" + keyStore + ";needClientAuth=true" +
		";trustStorePath=${hadron.certificates}/" + trustFile + ";trustStoreType=PKCS12;trustStorePassword=" + storePassword,
	SCRAM: "protocols=AMQP;saslMechanisms=SCRAM-SHA-512,SCRAM-SHA-256;saslLoginConfigScope=scram-secrets;securityDomain=scram-users",
}

const keyStore = "sslEnabled=true;keyStorePath=${hadron.certificates}/" + storeFile +
	";keyStoreType=PKCS12;keyStorePassword=" + storePassword

const loopback = "127.0.0.1"

// The ports of brokers: a broker that is started again must find its ports free again, so they are none of those that
// systems give to outgoing connections. A client that keeps dialing while the broker is away could else be given the
// very port that it dials, and be connected to itself.
const (
	firstPort = 20000
	portCount = 12000
)

// nextPort counts on from somewhere, so that neither two brokers of one test binary nor, most likely, those of two
// binaries try the same port.
var nextPort = func() *atomic.Uint32 {
	var port atomic.Uint32
	port.Store(rand.Uint32N(portCount))
	return &port
}()

// freeAddresses gives each acceptor a free port.
func freeAddresses() (map[Acceptor]string, error) {
	addresses := make(map[Acceptor]string, len(acceptors))
	for acceptor := range acceptors {
		address, err := freeAddress()
		if err != nil {
			return nil, fmt.Errorf("artemis: finding a port for %s: %w", acceptor, err)
		}
		addresses[acceptor] = address
	}
	return addresses, nil
}

func freeAddress() (string, error) {
	var failure error
	for range portCount {
		port := firstPort + nextPort.Add(1)%portCount
		address := net.JoinHostPort(loopback, strconv.FormatUint(uint64(port), 10))
		listener, err := net.Listen("tcp", address)
		if err != nil {
			failure = err
			continue
		}
		return address, listener.Close()
	}
	return "", failure
}
