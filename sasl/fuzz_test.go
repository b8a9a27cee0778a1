package sasl

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"testing"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

// FuzzLayer gives arbitrary bytes to both roles. Nothing panics, nothing grows
// beyond what the bounds allow, and only whole units are consumed.
func FuzzLayer(f *testing.F) {
	header := wire.HeaderSASL[:]
	f.Add(false, after(header, frame(f, &wire.SASLMechanisms{Mechanisms: []amqp.Symbol{"PLAIN", "ANONYMOUS"}}), frame(f, &wire.SASLOutcome{})))
	f.Add(false, after(header, frame(f, &wire.SASLMechanisms{Mechanisms: []amqp.Symbol{"SCRAM-SHA-256"}}),
		frame(f, &wire.SASLChallenge{Challenge: []byte("r=x,s=QSXCR+Q6sek8bf92,i=4096")}), frame(f, &wire.SASLOutcome{AdditionalData: []byte("v=rmF9")})))
	f.Add(false, after(header, frame(f, &wire.SASLMechanisms{Mechanisms: []amqp.Symbol{"OAUTHBEARER"}}), frame(f, &wire.SASLOutcome{Code: 4})))
	for name, response := range map[amqp.Symbol]string{
		"PLAIN":         "\x00alice\x00secret",
		"EXTERNAL":      "",
		"SCRAM-SHA-256": "n,,n=alice,r=nonce",
		"OAUTHBEARER":   "n,a=alice,\x01auth=Bearer good.token\x01\x01",
		"XOAUTH2":       "user=alice\x01auth=Bearer good.token\x01\x01",
	} {
		f.Add(true, after(header, frame(f, &wire.SASLInit{Mechanism: name, InitialResponse: []byte(response), Hostname: "h"}),
			frame(f, &wire.SASLResponse{Response: []byte("c=biws,r=nonce,p=AAAA")})))
	}
	alice := alices(SHA256)
	peer := Peer{TLS: &tls.ConnectionState{
		VerifiedChains:   [][]*x509.Certificate{{}},
		PeerCertificates: []*x509.Certificate{{Subject: pkix.Name{CommonName: "alice"}}},
		TLSUnique:        []byte("unique"),
	}}
	servers := []ServerMechanism{
		AnonymousServer(), PlainServer(checkAlice), ExternalServer(nil), ScramServer(SHA256, alice),
		ScramPlusServer(SHA256, alice), OAuthBearerServer(aliceToken), XOAuth2Server(aliceToken),
	}
	clients := []Mechanism{
		ScramSHA256("alice", "secret"), OAuthBearer("", token("t")), Plain("alice", "secret"), Anonymous(),
	}
	f.Fuzz(func(t *testing.T, listening bool, in []byte) {
		var l *Layer
		if listening {
			l = NewServerLayer(servers, peer)
		} else {
			offers, err := Offers(t.Context(), Peer{}, clients)
			if err != nil {
				t.Fatal(err)
			}
			l = NewClientLayer("broker.example", offers)
		}
		n, err := feed(l, in)
		if n < 0 || n > len(in) {
			t.Fatalf("consumed %d of %d bytes", n, len(in))
		}
		if err != nil && l.Done() {
			t.Fatalf("done in spite of %v", err)
		}
		if out := l.AppendOutput(nil); len(out) > (MaxRounds+2)*MaxFrameSize {
			t.Fatalf("%d bytes of output", len(out))
		}
		if m, again := feed(l, in[n:]); m != 0 || !errors.Is(again, err) {
			t.Fatalf("what was left is not incomplete: %d more bytes, %v", m, again)
		}
	})
}
