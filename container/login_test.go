package container_test

import (
	"context"
	"crypto/tls"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/sasl"
	"github.com/hadron-mq/hadron/tlsconf"
)

// alice is who may log in, by PLAIN and by SCRAM.
func alice(t testing.TB) (plain, scram, plus sasl.ServerMechanism) {
	t.Helper()
	v, err := sasl.NewVerifier(sasl.SHA256, "secret", sasl.MinIterations)
	require.NoError(t, err)
	lookup := func(user string) (sasl.Verifier, error) {
		if user != "alice" {
			return sasl.Verifier{}, sasl.ErrUnknownUser
		}
		return v, nil
	}
	check := func(user, password string) error {
		if user != "alice" || !v.Check(password) {
			return sasl.ErrUnknownUser
		}
		return nil
	}
	return sasl.PlainServer(check), sasl.ScramServer(sasl.SHA256, lookup), sasl.ScramPlusServer(sasl.SHA256, lookup)
}

func TestTheStrongestLoginIsUsed(t *testing.T) {
	plain, scram, plus := alice(t)
	ca := amqptest.NewCA(t)
	trust := tlsconf.CAPEM(ca.PEM)
	server := own(ca.Server("127.0.0.1"), trust, tlsconf.RequestClientCert())
	all := connection.Authenticate(sasl.AnonymousServer(), plain, scram, plus, sasl.ExternalServer(nil))
	plainly, secure := serve(t, "amqp://127.0.0.1:0", all), serve(t, "amqps://127.0.0.1:0", server, all)
	user := connection.User("alice", "secret")
	for _, c := range []struct {
		at   *station
		opts []connection.Option
		want string
	}{
		{plainly, nil, "ANONYMOUS anonymous"},
		{plainly, []connection.Option{user}, "SCRAM-SHA-256 alice"},
		{plainly, []connection.Option{user, connection.AllowInsecureMechs(false)}, "SCRAM-SHA-256 alice"},
		{plainly, []connection.Option{user, connection.AllowedMechs("PLAIN ANONYMOUS")}, "PLAIN alice"},
		{secure, nil, "ANONYMOUS anonymous"},
		{secure, []connection.Option{user}, "SCRAM-SHA-256-PLUS alice"},
		{secure, []connection.Option{user, connection.TLSConfig(&tls.Config{RootCAs: ca.Pool(), MaxVersion: tls.VersionTLS12})}, "SCRAM-SHA-256-PLUS alice"},
		{secure, []connection.Option{user, connection.AllowedMechs("SCRAM-SHA-256")}, "SCRAM-SHA-256 alice"},
		{secure, []connection.Option{user, own(ca.Client("carol"), trust)}, "EXTERNAL carol"},
		{plainly, []connection.Option{user, own(ca.Client("carol"), trust)}, "SCRAM-SHA-256 alice"},
	} {
		opts := append([]connection.Option{connection.TLS(trust)}, c.opts...)
		require.NoError(t, deliver(t, c.at.url, nil, opts...), c.want)
		entries := c.at.all()
		assert.Equal(t, c.want, entries[len(entries)-2])
	}
	// The user of the URL is the user.
	require.NoError(t, deliver(t, "amqp://alice:secret@"+plainly.listener.Addr().String(), nil))
	assert.Equal(t, "SCRAM-SHA-256 alice", plainly.all()[8])
}

func TestAPasswordIsNotShownWhereItMustNotBe(t *testing.T) {
	plain, _, _ := alice(t)
	s := serve(t, "amqp://127.0.0.1:0", connection.Authenticate(plain))
	err := deliver(t, s.url, nil, connection.User("alice", "secret"), connection.AllowInsecureMechs(false))
	require.ErrorIs(t, err, sasl.ErrNoMechanism)
	require.ErrorContains(t, err, "PLAIN", "it says what the server offers")
	assert.NotContains(t, err.Error(), "secret")
	assert.Empty(t, s.all())
}

func TestARefusedLoginHoldsNobodyUpAndSaysNothingSecret(t *testing.T) {
	plain, scram, _ := alice(t)
	s := serve(t, "amqp://127.0.0.1:0", connection.Authenticate(scram, plain))
	conn, err := net.Dial("tcp", s.listener.Addr().String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	guesser := make(chan error, 1)
	go func() {
		_, err := sasl.Negotiate(context.Background(), conn, "broker", sasl.ScramSHA256("alice", "guess"))
		guesser <- err
	}()
	require.NoError(t, deliver(t, s.url, nil, connection.User("alice", "secret")))
	err = within(t, guesser, "the refusal")
	require.ErrorIs(t, err, sasl.ErrAuthentication)
	_ = conn.Close()
	require.ErrorIs(t, deliver(t, s.url, nil, connection.User("alice", "guess")), sasl.ErrAuthentication)
	s.log.wait(t, "logging in by SCRAM-SHA-256: login refused")
	assert.NotContains(t, s.log.String(), "guess")
}

// offered plays a client's side of a login up to the listener's offer (§5.3.2).
func offered(p *amqptest.Peer) {
	p.SendHeader(amqptest.HeaderSASL)
	p.ExpectHeader(amqptest.HeaderSASL)
	p.Expect("the offer", f(0, "sasl-mechanisms", nil))
}

func TestALoginWithoutAnInitialResponse(t *testing.T) {
	n := listen(t, &handler.Funcs{})
	p := n.dial()
	offered(p)
	p.Send(f(0, "sasl-init", m{"mechanism": "ANONYMOUS"}))
	p.Expect("no empty challenge, which some clients cannot answer", f(0, "sasl-outcome", m{"code": 0}))
	p.Open(nil)
}

// A SASL frame has 512 bytes at most (§5.3.1).
func TestALargeLoginIsRefusedBeforeItIsThere(t *testing.T) {
	n := listen(t, &handler.Funcs{})
	p := n.dial()
	offered(p)
	p.SendBytes([]byte{0, 0, 2, 1, 2, 1, 0, 0})
	p.ExpectEOF("nobody waits for the rest of it")
	n.log.wait(t, "frame of 513 bytes, more than 512")
}
