package proton_test

import (
	"context"
	"errors"
	"os/exec"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/interop/peer"
	"github.com/hadron-mq/hadron/sasl"
	"github.com/hadron-mq/hadron/sasl/gssapi"
)

// server is a listener of ours that keeps what it is sent, and sends it to who asks.
type server struct {
	url    string
	logins chan string // the mechanism and the user of each connection
}

func serve(t *testing.T, mechs ...sasl.ServerMechanism) *server {
	t.Helper()
	s := &server{logins: make(chan string, 100)}
	var kept []*amqp.Message
	c := container.New(&handler.Funcs{
		ConnectionOpened: func(e *handler.Event) { s.logins <- e.Connection().Mechanism() + " " + e.Connection().User() },
		Message:          func(e *handler.Event) { kept = append(kept, e.Message()) },
		Sendable: func(e *handler.Event) {
			for len(kept) > 0 && e.Sender().Credit() > 0 {
				_, err := e.Sender().Send(kept[0])
				assert.NoError(t, err)
				kept = kept[1:]
			}
		},
		TransportError: func(e *handler.Event) { t.Log(e.Err()) },
	}, container.Logger(quiet))
	l, err := c.Listen("amqp://127.0.0.1:0", connection.Authenticate(mechs...))
	require.NoError(t, err)
	s.url = "amqp://" + l.Addr().String()
	ended := make(chan error, 1)
	go func() { ended <- c.Run(context.Background()) }()
	t.Cleanup(func() {
		c.Stop()
		assert.NoError(t, <-ended)
	})
	return s
}

// requireLogin says that a client logs in, sends and receives.
func (s *server) requireLogin(t *testing.T, login string, command func(*testing.T) *exec.Cmd, args ...string) {
	t.Helper()
	args = append(args, "url="+s.url, "address=anything", "count=50", "size=1000", "settle=accept")
	requireSays(t, "accepted 50 rejected 0 released 0 modified 0", command(t), append(args, "do=send")...)
	require.Equal(t, login, <-s.logins)
	requireSays(t, "received 50 bytes 50000 count 0", command(t), append(args, "do=receive")...)
	require.Equal(t, login, <-s.logins)
}

// requireRefusal says that a client is not let in.
func (s *server) requireRefusal(t *testing.T, command func(*testing.T) *exec.Cmd, args ...string) {
	t.Helper()
	says, err := run(t, command(t), append(args, "url="+s.url, "do=send", "address=anything", "count=1")...)
	require.Error(t, err, says)
	assert.Contains(t, says, "error ")
	assert.Empty(t, s.logins)
}

// authenticators are the ways to log in by name and password, which know one user.
func authenticators(t *testing.T, password string) []sasl.ServerMechanism {
	t.Helper()
	mechs := []sasl.ServerMechanism{sasl.PlainServer(func(u, p string) error {
		if u != user || p != password {
			return errors.New("wrong name or password")
		}
		return nil
	})}
	for _, hash := range []sasl.Hash{sasl.SHA1, sasl.SHA256, sasl.SHA512} {
		verifier, err := sasl.NewVerifier(hash, password, 0)
		require.NoError(t, err)
		mechs = append(mechs, sasl.ScramServer(hash, func(u string) (sasl.Verifier, error) {
			if u != user {
				return sasl.Verifier{}, sasl.ErrUnknownUser
			}
			return verifier, nil
		}))
	}
	return mechs
}

// TestLoginOfCyrus logs Proton C++ with Cyrus SASL in at Hadron, by each mechanism that both have.
func TestLoginOfCyrus(t *testing.T) {
	command := clients[0].command
	s := serve(t, authenticators(t, password)...)
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		t.Run(mechanism, func(t *testing.T) {
			s.requireLogin(t, mechanism+" "+user, command, "mechs="+mechanism, "user="+user, "password="+password)
		})
		t.Run(mechanism+", wrong password", func(t *testing.T) {
			s.requireRefusal(t, command, "mechs="+mechanism, "user="+user, "password=wrong")
		})
		t.Run(mechanism+", unknown user", func(t *testing.T) {
			s.requireRefusal(t, command, "mechs="+mechanism, "user=bob", "password="+password)
		})
	}
	t.Run("none in common", func(t *testing.T) { s.requireRefusal(t, command, "mechs=ANONYMOUS") })
}

func TestAnonymousOfCyrus(t *testing.T) {
	s := serve(t, sasl.AnonymousServer())
	s.requireLogin(t, "ANONYMOUS anonymous", clients[0].command)
}

// TestKerberosOfCyrus logs Proton C++ with Cyrus SASL and MIT Kerberos in at Hadron.
func TestKerberosOfCyrus(t *testing.T) {
	kdc := peer.StartKDC(t)
	mechanism, err := gssapi.NewServer(kdc.Keytab)
	require.NoError(t, err)
	s := serve(t, mechanism)
	command := func(t *testing.T) *exec.Cmd {
		cmd := clients[0].command(t)
		cmd.Env = kdc.Env
		return cmd
	}
	t.Run("no ticket", func(t *testing.T) { s.requireRefusal(t, command, "mechs=GSSAPI", "host="+peer.ServiceHost) })
	kdc.Login(t)
	t.Run("ticket", func(t *testing.T) {
		s.requireLogin(t, "GSSAPI alice@"+peer.Realm, command, "mechs=GSSAPI", "host="+peer.ServiceHost)
	})
}

// TestLoginOfOthers logs the other clients in, which have a SASL of their own.
func TestLoginOfOthers(t *testing.T) {
	const plain = "secret" // rhea cuts a password short that is not ASCII
	s := serve(t, authenticators(t, plain)...)
	anyone := serve(t, sasl.AnonymousServer())
	for _, c := range clients[1:] {
		t.Run(c.name, func(t *testing.T) {
			s.requireLogin(t, "PLAIN "+user, c.command, "mechs=PLAIN", "user="+user, "password="+plain)
			s.requireRefusal(t, c.command, "mechs=PLAIN", "user="+user, "password=wrong")
			anyone.requireLogin(t, "ANONYMOUS anonymous", c.command, "mechs=ANONYMOUS", "user=anonymous")
		})
	}
}
