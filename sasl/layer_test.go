package sasl

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/wire"
)

// offersOf starts the client's exchanges.
func offersOf(t *testing.T, peer Peer, mechs ...Mechanism) []Offer {
	t.Helper()
	offers, err := Offers(context.Background(), peer, mechs)
	require.NoError(t, err)
	return offers
}

// pump carries bytes between two layers until both are silent, and returns
// their errors.
func pump(client, server *Layer) (clientErr, serverErr error) {
	var toServer, toClient []byte
	for {
		toServer = client.AppendOutput(toServer)
		toClient = server.AppendOutput(toClient)
		n, err := feed(server, toServer)
		toServer, serverErr = toServer[n:], err
		m, err := feed(client, toClient)
		toClient, clientErr = toClient[m:], err
		if n == 0 && m == 0 {
			return clientErr, serverErr
		}
	}
}

// feed is Layer.Feed, with the work done at once.
func feed(l *Layer, in []byte) (consumed int, err error) {
	consumed, err = l.Feed(in)
	for w := l.Work(); w != nil; w = l.Work() {
		w.Run()
		w.Resume(nil)
		var n int
		n, err = l.Feed(in[consumed:])
		consumed += n
	}
	return consumed, err
}

// login runs one mechanism against one server mechanism.
func login(t *testing.T, m Mechanism, s ServerMechanism) (client, server *Layer, clientErr, serverErr error) {
	t.Helper()
	client = NewClientLayer("broker.example", offersOf(t, Peer{Host: "broker.example"}, m))
	server = NewServerLayer([]ServerMechanism{s}, Peer{})
	clientErr, serverErr = pump(client, server)
	return client, server, clientErr, serverErr
}

func checkAlice(user, password string) error {
	if user == "alice" && password == "secret" {
		return nil
	}
	return errors.New("wrong user name or password")
}

func aliceToken(token string) (string, error) {
	if token == "good.token" {
		return "alice", nil
	}
	return "", errors.New("token not known")
}

func token(s string) TokenSource {
	return func(context.Context) (string, error) { return s, nil }
}

func TestLoginsThatSucceed(t *testing.T) {
	for _, c := range []struct {
		m        Mechanism
		s        ServerMechanism
		identity string
	}{
		{Anonymous(), AnonymousServer(), "anonymous"},
		{Plain("alice", "secret"), PlainServer(checkAlice), "alice"},
		{ScramSHA1("alice", "secret"), ScramServer(SHA1, alices(SHA1)), "alice"},
		{ScramSHA256("alice", "secret"), ScramServer(SHA256, alices(SHA256)), "alice"},
		{ScramSHA512("alice", "secret"), ScramServer(SHA512, alices(SHA512)), "alice"},
		{OAuthBearer("", token("good.token")), OAuthBearerServer(aliceToken), "alice"},
		{OAuthBearer("alice", token("good.token")), OAuthBearerServer(aliceToken), "alice"},
		{XOAuth2("alice", token("good.token")), XOAuth2Server(aliceToken), "alice"},
	} {
		t.Run(c.m.Name(), func(t *testing.T) {
			client, server, clientErr, serverErr := login(t, c.m, c.s)
			require.NoError(t, clientErr)
			require.NoError(t, serverErr)
			assert.True(t, client.Done())
			assert.True(t, server.Done())
			assert.Equal(t, c.identity, server.Identity())
			assert.Equal(t, c.m.Name(), client.Mechanism())
			assert.Equal(t, c.m.Name(), server.Mechanism())
			assert.Equal(t, []string{c.m.Name()}, client.Offered())
		})
	}
}

func TestLoginsThatFail(t *testing.T) {
	for name, c := range map[string]struct {
		m Mechanism
		s ServerMechanism
	}{
		"PLAIN, wrong password":      {Plain("alice", "wrong"), PlainServer(checkAlice)},
		"PLAIN, unknown user":        {Plain("mallory", "secret"), PlainServer(checkAlice)},
		"SCRAM, wrong password":      {ScramSHA256("alice", "wrong"), ScramServer(SHA256, alices(SHA256))},
		"SCRAM, unknown user":        {ScramSHA256("mallory", "secret"), ScramServer(SHA256, alices(SHA256))},
		"OAUTHBEARER, wrong token":   {OAuthBearer("", token("bad")), OAuthBearerServer(aliceToken)},
		"OAUTHBEARER, another user":  {OAuthBearer("bob", token("good.token")), OAuthBearerServer(aliceToken)},
		"XOAUTH2, wrong token":       {XOAuth2("alice", token("bad")), XOAuth2Server(aliceToken)},
		"XOAUTH2, another user":      {XOAuth2("bob", token("good.token")), XOAuth2Server(aliceToken)},
		"EXTERNAL-like, other authz": {raw{"PLAIN", []byte("bob\x00alice\x00secret")}, PlainServer(checkAlice)},
		"PLAIN, malformed":           {raw{"PLAIN", []byte("alice")}, PlainServer(checkAlice)},
		"SCRAM, malformed":           {raw{"SCRAM-SHA-256", []byte("nonsense")}, ScramServer(SHA256, alices(SHA256))},
		"SCRAM, empty":               {raw{"SCRAM-SHA-256", []byte{}}, ScramServer(SHA256, alices(SHA256))},
		"OAUTHBEARER, malformed":     {raw{"OAUTHBEARER", []byte("n,,\x01auth=Basic x\x01\x01")}, OAuthBearerServer(aliceToken)},
		"XOAUTH2, malformed":         {raw{"XOAUTH2", []byte("user=alice")}, XOAuth2Server(aliceToken)},
	} {
		t.Run(name, func(t *testing.T) {
			client, server, clientErr, serverErr := login(t, c.m, c.s)
			for _, err := range []error{clientErr, serverErr} {
				var auth *AuthError
				require.ErrorAs(t, err, &auth)
				require.ErrorIs(t, err, ErrAuthentication)
				assert.Equal(t, uint8(1), auth.Code)
				assert.Equal(t, c.m.Name(), auth.Mechanism)
				for _, secret := range []string{"secret", "wrong\x00", "good.token"} {
					assert.NotContains(t, err.Error(), secret)
				}
			}
			assert.False(t, client.Done())
			assert.False(t, server.Done())
			assert.Empty(t, server.Identity())
			_, again := client.Feed(nil)
			assert.Equal(t, clientErr, again, "an error stays")
		})
	}
}

// raw is a client that says one thing, whatever it is asked.
type raw struct {
	name    string
	initial []byte
}

func (r raw) Name() string                                 { return r.name }
func (r raw) Client(context.Context, Peer) (Client, error) { return r, nil }
func (r raw) Start() ([]byte, error)                       { return r.initial, nil }
func (r raw) Next([]byte) ([]byte, error)                  { return r.initial, nil }
func (r raw) Finish([]byte) error                          { return nil }

func TestServersTroubleIsNotARefusal(t *testing.T) {
	down := fmt.Errorf("directory is away: %w", ErrTemporary)
	for _, c := range []struct {
		m Mechanism
		s ServerMechanism
	}{
		{Plain("alice", "secret"), PlainServer(func(string, string) error { return down })},
		{ScramSHA256("alice", "secret"), ScramServer(SHA256, func(string) (Verifier, error) { return Verifier{}, down })},
		{OAuthBearer("", token("t")), OAuthBearerServer(func(string) (string, error) { return "", down })},
	} {
		t.Run(c.m.Name(), func(t *testing.T) {
			_, _, clientErr, serverErr := login(t, c.m, c.s)
			require.ErrorIs(t, clientErr, ErrTemporary)
			require.NotErrorIs(t, clientErr, ErrAuthentication)
			require.ErrorIs(t, serverErr, down)
		})
	}
}

func TestTheStrongestInCommonIsUsed(t *testing.T) {
	mechs, err := Choose([]Mechanism{Anonymous(), Plain("alice", "secret"), ScramSHA256("alice", "secret")}, "", false, true)
	require.NoError(t, err)
	for _, c := range []struct {
		offered []ServerMechanism
		want    string
	}{
		{[]ServerMechanism{AnonymousServer(), PlainServer(checkAlice), ScramServer(SHA256, alices(SHA256))}, "SCRAM-SHA-256"},
		{[]ServerMechanism{AnonymousServer(), PlainServer(checkAlice)}, "PLAIN"},
		{[]ServerMechanism{AnonymousServer()}, "ANONYMOUS"},
	} {
		client := NewClientLayer("", offersOf(t, Peer{}, mechs...))
		server := NewServerLayer(c.offered, Peer{})
		clientErr, serverErr := pump(client, server)
		require.NoError(t, clientErr)
		require.NoError(t, serverErr)
		assert.Equal(t, c.want, client.Mechanism())
	}
}

func TestNothingInCommon(t *testing.T) {
	client := NewClientLayer("", offersOf(t, Peer{}, ScramSHA256("alice", "secret")))
	server := NewServerLayer([]ServerMechanism{PlainServer(checkAlice)}, Peer{})
	err, _ := pump(client, server)
	require.ErrorIs(t, err, ErrNoMechanism)
	var auth *AuthError
	require.ErrorAs(t, err, &auth)
	assert.Equal(t, []string{"PLAIN"}, auth.Offered)
	assert.Equal(t, `sasl: logging in: no mechanism in common; the server offers "PLAIN"`, err.Error())
	assert.Empty(t, client.AppendOutput(nil), "a mechanism that was not offered is never sent")
}

// frame is a SASL frame of a performative.
func frame(t testing.TB, p performative) []byte {
	t.Helper()
	b, err := p.Append(wire.AppendFrameHeader(nil, wire.FrameTypeSASL, 0))
	require.NoError(t, err)
	wire.FinishFrame(b, 0)
	return b
}

// after is what came before a frame that is under test.
func after(header []byte, frames ...[]byte) []byte {
	return append(append([]byte{}, header...), []byte(strings.Join(stringsOf(frames), ""))...)
}

func stringsOf(frames [][]byte) (s []string) {
	for _, f := range frames {
		s = append(s, string(f))
	}
	return s
}

func TestMalformedPeers(t *testing.T) {
	header := wire.HeaderSASL[:]
	mechanisms := frame(t, &wire.SASLMechanisms{Mechanisms: []amqp.Symbol{"PLAIN"}})
	init := frame(t, &wire.SASLInit{Mechanism: "PLAIN"})
	response := frame(t, &wire.SASLResponse{Response: []byte("x")})
	challenge := frame(t, &wire.SASLChallenge{Challenge: []byte("x")})
	ok := frame(t, &wire.SASLOutcome{})
	amqpFrame := append([]byte{}, ok...)
	amqpFrame[5] = wire.FrameTypeAMQP
	trailing := append(append([]byte{}, ok...), 0x40)
	wire.FinishFrame(trailing, 0)

	for name, c := range map[string]struct {
		listening bool
		in        []byte
		want      string
	}{
		"outcome before an exchange":     {false, after(header, ok), "sasl-outcome where sasl-mechanisms was due"},
		"challenge before an exchange":   {false, after(header, challenge), "sasl-challenge where sasl-mechanisms was due"},
		"mechanisms twice":               {false, after(header, mechanisms, mechanisms), "sasl-mechanisms where sasl-challenge or sasl-outcome was due"},
		"init from a server":             {false, after(header, init), "sasl-init where"},
		"unknown outcome code":           {false, after(header, mechanisms, frame(t, &wire.SASLOutcome{Code: 9})), "unknown outcome code 9"},
		"challenge to PLAIN":             {false, after(header, mechanisms, challenge), "PLAIN has no challenges"},
		"response before init":           {true, after(header, response), "sasl-response where sasl-init was due"},
		"init twice":                     {true, after(header, init, init), "sasl-init where sasl-response was due"},
		"outcome from a client":          {true, after(header, ok), "sasl-outcome where"},
		"unknown frame":                  {true, after(header, []byte{0, 0, 0, 12, 2, 1, 0, 0, 0, 0x53, 0x10, 0x45}), "unknown frame 0x10"},
		"AMQP frame":                     {false, after(header, amqpFrame), "frame of type 0 in place of a SASL frame"},
		"size below the header":          {false, after(header, []byte{0, 0, 0, 7, 2, 1, 0, 0}), "frame of 7 bytes"},
		"size above the bound":           {false, after(header, []byte{0, 0, 2, 1, 2, 1, 0, 0}), "frame of 513 bytes, more than 512"},
		"init above the bound":           {true, after(header, []byte{0, 0, 2, 1, 2, 1, 0, 0}), "frame of 513 bytes, more than 512"},
		"data offset inside the header":  {false, after(header, []byte{0, 0, 0, 12, 1, 1, 0, 0}), "whose body begins at 4"},
		"data offset behind the end":     {false, after(header, []byte{0, 0, 0, 12, 4, 1, 0, 0}), "whose body begins at 16"},
		"empty frame":                    {false, after(header, []byte{0, 0, 0, 8, 2, 1, 0, 0}), "wire: decoding"},
		"body that is no described list": {true, after(header, []byte{0, 0, 0, 9, 2, 1, 0, 0, 0x40}), "wire: decoding"},
		"bytes behind the body":          {false, after(header, mechanisms, trailing), "1 bytes behind the body"},
	} {
		t.Run(name, func(t *testing.T) {
			l := NewClientLayer("", offersOf(t, Peer{}, Plain("alice", "secret")))
			if c.listening {
				l = NewServerLayer([]ServerMechanism{PlainServer(checkAlice)}, Peer{})
			}
			_, err := feed(l, c.in)
			require.ErrorIs(t, err, ErrProtocol)
			require.ErrorContains(t, err, c.want)
			assert.False(t, l.Done())
		})
	}
}

func TestAnotherProtocol(t *testing.T) {
	for _, listening := range []bool{false, true} {
		l := NewClientLayer("", offersOf(t, Peer{}, Anonymous()))
		if listening {
			l = NewServerLayer([]ServerMechanism{AnonymousServer()}, Peer{})
		}
		n, err := l.Feed([]byte("HTTP/1.1 400 Bad Request"))
		assert.Equal(t, 8, n)
		var header *HeaderError
		require.ErrorAs(t, err, &header)
		require.ErrorIs(t, err, ErrProtocol)
		assert.Equal(t, "HTTP/1.1", string(header.Header[:]))
		assert.Equal(t, wire.HeaderSASL[:], l.AppendOutput(nil), "the client's own header, or the server's answer")
	}
}

func TestOneByteAtATimeAndNotOnePast(t *testing.T) {
	client := NewClientLayer("broker.example", offersOf(t, Peer{}, ScramSHA256("alice", "secret")))
	server := NewServerLayer([]ServerMechanism{ScramServer(SHA256, alices(SHA256))}, Peer{})
	// trickle gives a layer its input in growing prefixes, as a slow network would.
	trickle := func(l *Layer, in []byte) []byte {
		end := 0
		for end < len(in) {
			end++
			n, err := feed(l, in[:end])
			require.NoError(t, err)
			in, end = in[n:], end-n
			if l.Done() {
				break
			}
		}
		return in
	}
	for !client.Done() {
		require.Empty(t, trickle(server, client.AppendOutput(nil)))
		out := server.AppendOutput(nil)
		if server.Done() {
			out = append(out, wire.HeaderAMQP[:]...)
			assert.Equal(t, wire.HeaderAMQP[:], trickle(client, out), "what follows the outcome stays")
			continue
		}
		require.Empty(t, trickle(client, out))
	}
	n, err := client.Feed(wire.HeaderAMQP[:])
	assert.Zero(t, n)
	assert.NoError(t, err)
}

func TestALoginMayBePipelined(t *testing.T) {
	server := NewServerLayer([]ServerMechanism{PlainServer(checkAlice)}, Peer{})
	in := after(wire.HeaderSASL[:], frame(t, &wire.SASLInit{Mechanism: "PLAIN", InitialResponse: []byte("\x00alice\x00secret")}), wire.HeaderAMQP[:])
	n, err := feed(server, in)
	require.NoError(t, err)
	assert.Equal(t, len(in)-8, n)
	assert.True(t, server.Done())
}

func TestNoInitialResponseIsAskedFor(t *testing.T) {
	for _, s := range []ServerMechanism{
		PlainServer(checkAlice), ScramServer(SHA1, alices(SHA1)), XOAuth2Server(aliceToken),
	} {
		server := NewServerLayer([]ServerMechanism{s}, Peer{})
		_, err := feed(server, after(wire.HeaderSASL[:], frame(t, &wire.SASLInit{Mechanism: amqp.Symbol(s.Name())})))
		require.NoError(t, err)
		out := server.AppendOutput(nil)
		want := frame(t, &wire.SASLChallenge{})
		assert.Equal(t, want, out[len(out)-len(want):], s.Name())
	}
}

// The response of ANONYMOUS and EXTERNAL may be empty (RFC 4505 §2, RFC 4422 appendix A), so that none at all says as much: nothing is
// asked for.
func TestNoInitialResponseIsTakenAsItIs(t *testing.T) {
	peer := Peer{TLS: &tls.ConnectionState{
		VerifiedChains:   [][]*x509.Certificate{{}},
		PeerCertificates: []*x509.Certificate{{Subject: pkix.Name{CommonName: "alice"}}},
	}}
	for identity, s := range map[string]ServerMechanism{"anonymous": AnonymousServer(), "alice": ExternalServer(nil)} {
		server := NewServerLayer([]ServerMechanism{s}, peer)
		_, err := feed(server, after(wire.HeaderSASL[:], frame(t, &wire.SASLInit{Mechanism: amqp.Symbol(s.Name())})))
		require.NoError(t, err)
		require.True(t, server.Done())
		assert.Equal(t, identity, server.Identity())
		out := server.AppendOutput(nil)
		want := frame(t, &wire.SASLOutcome{})
		assert.Equal(t, want, out[len(out)-len(want):], s.Name())
	}
}

// A SASL frame has no more than 512 bytes (§5.3.1), but where a token or a ticket is in it.
func TestFramesAreAsLargeAsTheirMechanismNeeds(t *testing.T) {
	// init is a frame with an initial response that makes it this large.
	init := func(mechanism amqp.Symbol, size int) []byte {
		empty := frame(t, &wire.SASLInit{Mechanism: mechanism, InitialResponse: make([]byte, 256)})
		b := frame(t, &wire.SASLInit{Mechanism: mechanism, InitialResponse: make([]byte, 256+size-len(empty))})
		require.Len(t, b, size)
		return b
	}
	plain, xoauth2 := PlainServer(checkAlice), XOAuth2Server(aliceToken)
	own := serverMechanism{"OWN", func(Peer) Server { return curious{} }}
	for name, c := range map[string]struct {
		offered   []ServerMechanism
		mechanism amqp.Symbol
		size      int
		taken     bool
	}{
		"PLAIN, at the bound":          {[]ServerMechanism{plain}, "PLAIN", 512, true},
		"PLAIN, above":                 {[]ServerMechanism{plain}, "PLAIN", 513, false},
		"ANONYMOUS, above":             {[]ServerMechanism{AnonymousServer()}, "ANONYMOUS", 513, false},
		"PLAIN, above, beside a token": {[]ServerMechanism{plain, xoauth2}, "PLAIN", 513, false},
		"a token, above":               {[]ServerMechanism{plain, xoauth2}, "XOAUTH2", 4096, true},
		"a token, at its own bound":    {[]ServerMechanism{plain, xoauth2}, "XOAUTH2", MaxFrameSize, true},
		"a mechanism of one's own":     {[]ServerMechanism{own}, "OWN", 4096, true},
	} {
		t.Run(name, func(t *testing.T) {
			server := NewServerLayer(c.offered, Peer{})
			_, err := feed(server, after(wire.HeaderSASL[:], init(c.mechanism, c.size)))
			if c.taken {
				require.NotErrorIs(t, err, ErrProtocol)
				return
			}
			require.ErrorIs(t, err, ErrProtocol)
			require.ErrorContains(t, err, "frame of 513 bytes, more than 512")
		})
	}
	above := []byte{0, 1, 0, 1, 2, 1, 0, 0}
	_, err := feed(NewServerLayer([]ServerMechanism{xoauth2}, Peer{}), after(wire.HeaderSASL[:], above))
	require.ErrorContains(t, err, "frame of 65537 bytes, more than 65536")

	// A client knows the mechanism once it has chosen one.
	large := frame(t, &wire.SASLChallenge{Challenge: make([]byte, 1000)})
	for taken, mechanism := range map[bool]Mechanism{true: XOAuth2("alice", token("t")), false: Plain("alice", "secret")} {
		client := NewClientLayer("", offersOf(t, Peer{}, mechanism))
		_, err := feed(client, after(wire.HeaderSASL[:], frame(t, &wire.SASLMechanisms{Mechanisms: []amqp.Symbol{amqp.Symbol(mechanism.Name())}}), large))
		if taken {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, "more than 512")
	}
}

func TestAClientThatAsksForWhatIsNotOffered(t *testing.T) {
	server := NewServerLayer([]ServerMechanism{PlainServer(checkAlice)}, Peer{})
	_, err := feed(server, after(wire.HeaderSASL[:], frame(t, &wire.SASLInit{Mechanism: "ANONYMOUS"})))
	require.ErrorIs(t, err, ErrNoMechanism)
	out := server.AppendOutput(nil)
	want := frame(t, &wire.SASLOutcome{Code: 1})
	assert.Equal(t, want, out[len(out)-len(want):])
}

func TestRoundsAreBounded(t *testing.T) {
	endless := NewClientLayer("", []Offer{{"ENDLESS", raw{"ENDLESS", []byte("x")}}})
	_, err := feed(endless, after(wire.HeaderSASL[:], frame(t, &wire.SASLMechanisms{Mechanisms: []amqp.Symbol{"ENDLESS"}})))
	require.NoError(t, err)
	challenge := frame(t, &wire.SASLChallenge{Challenge: []byte("?")})
	for range MaxRounds {
		_, err = feed(endless, challenge)
		require.NoError(t, err)
	}
	_, err = feed(endless, challenge)
	require.ErrorIs(t, err, ErrProtocol)

	client := NewClientLayer("", []Offer{{"ENDLESS", raw{"ENDLESS", []byte("x")}}})
	server := NewServerLayer([]ServerMechanism{serverMechanism{"ENDLESS", func(Peer) Server { return curious{} }}}, Peer{})
	clientErr, serverErr := pump(client, server)
	require.ErrorIs(t, clientErr, ErrAuthentication)
	require.ErrorIs(t, serverErr, ErrProtocol)
}

// curious never has enough.
type curious struct{}

func (curious) Next([]byte) ([]byte, bool, error) { return nil, false, nil }
func (curious) Identity() string                  { return "" }

func TestFramesToSendAreBounded(t *testing.T) {
	client := NewClientLayer("", []Offer{{"BIG", raw{"BIG", make([]byte, MaxFrameSize)}}})
	_, err := feed(client, after(wire.HeaderSASL[:], frame(t, &wire.SASLMechanisms{Mechanisms: []amqp.Symbol{"BIG"}})))
	require.ErrorContains(t, err, "more than 65536")
}

func TestConfigurationsShowNoSecret(t *testing.T) {
	v, err := NewVerifier(SHA256, "secret", MinIterations)
	require.NoError(t, err)
	held := struct{ inside []any }{[]any{
		Plain("alice", "secret"), ScramSHA256("alice", "secret"), XOAuth2("alice", token("secret")), v,
	}}
	for _, format := range []string{"%v", "%+v", "%#v"} {
		assert.NotContains(t, fmt.Sprintf(format, held), "secret")
	}
	assert.NotContains(t, fmt.Sprintf("%v %#v", v, v), string(v.stored.ServerKey))
}
