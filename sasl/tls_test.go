package sasl

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/xdg-go/scram"

	"github.com/hadron-mq/hadron/internal/wire"
)

// selfSigned is a certificate of a name, and its own root.
func selfSigned(t *testing.T, name string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: name},
		DNSNames:     []string{"broker.example"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// handshake returns what the two ends of a TLS connection know of each other.
func handshake(t *testing.T, version uint16, client, server tls.Certificate, auth tls.ClientAuthType) (clientPeer, serverPeer Peer) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(server.Leaf)
	clients := x509.NewCertPool()
	clients.AddCert(client.Leaf)
	a, b := net.Pipe()
	near := tls.Client(a, &tls.Config{
		RootCAs: roots, ServerName: "broker.example", Certificates: []tls.Certificate{client},
		MinVersion: version, MaxVersion: version,
	})
	far := tls.Server(b, &tls.Config{
		ClientCAs: clients, ClientAuth: auth, Certificates: []tls.Certificate{server},
		MinVersion: version, MaxVersion: version, SessionTicketsDisabled: true,
	})
	failed := make(chan error, 1)
	go func() { failed <- far.Handshake() }()
	require.NoError(t, near.Handshake())
	require.NoError(t, <-failed)
	require.NoError(t, a.Close())
	require.NoError(t, b.Close())
	state := func(c *tls.Conn) *tls.ConnectionState { s := c.ConnectionState(); return &s }
	return Peer{Host: "broker.example", TLS: state(near)}, Peer{TLS: state(far), Certificate: server.Leaf}
}

func TestScramIsBoundToTheChannel(t *testing.T) {
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			me, broker := selfSigned(t, "alice"), selfSigned(t, "broker")
			clientPeer, serverPeer := handshake(t, version, me, broker, tls.NoClientCert)
			for hash, m := range map[Hash]Mechanism{
				SHA1: ScramSHA1Plus("alice", "secret"), SHA256: ScramSHA256Plus("alice", "secret"), SHA512: ScramSHA512Plus("alice", "secret"),
			} {
				client := NewClientLayer("broker.example", offersOf(t, clientPeer, m))
				server := NewServerLayer([]ServerMechanism{ScramPlusServer(hash, alices(hash))}, serverPeer)
				clientErr, serverErr := pump(client, server)
				require.NoError(t, clientErr)
				require.NoError(t, serverErr)
				assert.Equal(t, m.Name(), client.Mechanism())
				assert.Equal(t, "alice", server.Identity())
			}

			// Somebody in between has a connection with each of the two.
			_, otherPeer := handshake(t, version, me, broker, tls.NoClientCert)
			client := NewClientLayer("broker.example", offersOf(t, clientPeer, ScramSHA256Plus("alice", "secret")))
			server := NewServerLayer([]ServerMechanism{ScramPlusServer(SHA256, alices(SHA256))}, otherPeer)
			clientErr, serverErr := pump(client, server)
			require.ErrorIs(t, clientErr, ErrAuthentication)
			require.ErrorIs(t, serverErr, ErrAuthentication)
		})
	}
}

func TestTheServersCertificateBindsToo(t *testing.T) {
	me, broker := selfSigned(t, "alice"), selfSigned(t, "broker")
	clientPeer, serverPeer := handshake(t, tls.VersionTLS12, me, broker, tls.NoClientCert)
	clientPeer.TLS.TLSUnique = nil // as after a resumption without an extended master secret
	plus := []ServerMechanism{ScramPlusServer(SHA256, alices(SHA256))}
	clientErr, serverErr := pump(
		NewClientLayer("", offersOf(t, clientPeer, ScramSHA256Plus("alice", "secret"))), NewServerLayer(plus, serverPeer))
	require.NoError(t, clientErr)
	require.NoError(t, serverErr)

	serverPeer.Certificate = nil
	_, serverErr = pump(
		NewClientLayer("", offersOf(t, clientPeer, ScramSHA256Plus("alice", "secret"))), NewServerLayer(plus, serverPeer))
	require.ErrorContains(t, serverErr, `no channel binding of type "tls-server-end-point"`)
}

func TestPlusThatWasTakenOutOfTheOffer(t *testing.T) {
	clientPeer, serverPeer := handshake(t, tls.VersionTLS13, selfSigned(t, "alice"), selfSigned(t, "broker"), tls.NoClientCert)
	both := []Mechanism{ScramSHA256Plus("alice", "secret"), ScramSHA256("alice", "secret")}
	plain := ScramServer(SHA256, alices(SHA256))
	plus := ScramPlusServer(SHA256, alices(SHA256))

	t.Run("by nobody: the server has none", func(t *testing.T) {
		client := NewClientLayer("", offersOf(t, clientPeer, both...))
		clientErr, serverErr := pump(client, NewServerLayer([]ServerMechanism{plain}, serverPeer))
		require.NoError(t, clientErr)
		require.NoError(t, serverErr)
		assert.Equal(t, "SCRAM-SHA-256", client.Mechanism())
	})
	t.Run("by nobody: the client wants none", func(t *testing.T) {
		client := NewClientLayer("", offersOf(t, clientPeer, both[1]))
		clientErr, serverErr := pump(client, NewServerLayer([]ServerMechanism{plus, plain}, serverPeer))
		require.NoError(t, clientErr)
		require.NoError(t, serverErr)
	})
	t.Run("by somebody in between", func(t *testing.T) {
		client := NewClientLayer("", offersOf(t, clientPeer, both...))
		server := NewServerLayer([]ServerMechanism{plus, plain}, serverPeer)
		_, err := feed(server, client.AppendOutput(nil))
		require.NoError(t, err)
		offer := server.AppendOutput(nil)
		require.Contains(t, string(offer), "SCRAM-SHA-256-PLUS")
		_, err = feed(client, after(offer[:8], frame(t, &wire.SASLMechanisms{Mechanisms: []amqp.Symbol{"SCRAM-SHA-256"}})))
		require.NoError(t, err)
		_, serverErr := pump(client, server)
		require.ErrorContains(t, serverErr, "the offer of SCRAM-SHA-256-PLUS was lost")
	})
	t.Run("a -PLUS exchange without binding", func(t *testing.T) {
		for _, first := range []string{"n,,n=alice,r=x", "y,,n=alice,r=x", "p=tls-unique,,n=alice,r=x", "p=other,,n=alice,r=x", ""} {
			_, _, err := plus.Server(serverPeer).Next([]byte(first))
			require.ErrorIs(t, err, ErrAuthentication)
		}
		_, _, err := plain.Server(serverPeer).Next([]byte("p=" + string(scram.ChannelBindingTLSExporter) + ",,n=alice,r=x"))
		require.ErrorIs(t, err, ErrAuthentication)
	})
	assert.Nil(t, plus.Server(Peer{}), "not offered in the clear")
}

func TestExternal(t *testing.T) {
	me, broker := selfSigned(t, "alice"), selfSigned(t, "broker")
	clientPeer, verified := handshake(t, tls.VersionTLS13, me, broker, tls.RequireAndVerifyClientCert)
	_, unverified := handshake(t, tls.VersionTLS13, me, broker, tls.RequireAnyClientCert)
	_, without := handshake(t, tls.VersionTLS13, me, broker, tls.NoClientCert)

	byName := func(c *x509.Certificate) (string, error) {
		if c.Subject.CommonName != "alice" {
			return "", errors.New("not on the list")
		}
		return "user-7", nil
	}
	for name, c := range map[string]struct {
		authzid  string
		identity func(*x509.Certificate) (string, error)
		want     string // empty if refused
	}{
		"the common name":          {"", nil, "alice"},
		"as oneself":               {"alice", nil, "alice"},
		"as another":               {"bob", nil, ""},
		"a function of the user's": {"", byName, "user-7"},
		"not on the list":          {"", func(*x509.Certificate) (string, error) { return "", errors.New("no") }, ""},
		"no name":                  {"", func(*x509.Certificate) (string, error) { return "", nil }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			client := NewClientLayer("", offersOf(t, clientPeer, External(c.authzid)))
			server := NewServerLayer([]ServerMechanism{ExternalServer(c.identity)}, verified)
			clientErr, serverErr := pump(client, server)
			assert.Equal(t, c.want, server.Identity())
			if c.want == "" {
				require.ErrorIs(t, clientErr, ErrAuthentication)
				require.ErrorIs(t, serverErr, ErrAuthentication)
				return
			}
			require.NoError(t, clientErr)
			require.NoError(t, serverErr)
		})
	}
	for name, peer := range map[string]Peer{"unverified": unverified, "no certificate": without, "no TLS": {}} {
		l := NewServerLayer([]ServerMechanism{ExternalServer(nil), AnonymousServer()}, peer)
		assert.Equal(t, []string{"ANONYMOUS"}, l.Offered(), name)
	}
}
