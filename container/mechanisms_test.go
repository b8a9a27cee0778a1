package container_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/sasl"
)

// RFC 4616 §4: PLAIN is for connections that nobody can listen to. Within a machine nobody else does.
func TestPasswordsAreNotShownOutsideOfThisMachine(t *testing.T) {
	const shown, kept = true, false
	for _, c := range []struct {
		url  string
		want bool
		opts []connection.Option
	}{
		{"amqp://127.0.0.1", shown, nil},
		{"amqp://127.8.9.10:1", shown, nil},
		{"amqp://[::1]", shown, nil},
		{"amqp://[::ffff:127.0.0.1]", shown, nil},
		{"amqp://localhost", shown, nil},
		{"LocalHost", shown, nil},
		{"amqpws://localhost", shown, nil},
		{"unix:///run/amqp.sock", shown, nil},
		{"amqps://broker.example", shown, nil},
		{"amqpwss://broker.example", shown, nil},
		{"amqp://broker.example", kept, nil},
		{"amqpws://broker.example", kept, nil},
		{"amqp://192.0.2.1", kept, nil},
		{"amqp://[2001:db8::1]", kept, nil},
		{"amqp://0.0.0.0", kept, nil},
		{"amqp://localhost.example", kept, nil},
		{"amqp://127.0.0.1.example", kept, nil},
		{"amqp://localhost", kept, []connection.Option{connection.Proxy("http://proxy.example")}},
		{"amqp://broker.example", shown, []connection.Option{connection.AllowInsecureMechs(true)}},
		{"amqp://localhost", shown, []connection.Option{connection.Proxy("http://proxy.example"), connection.AllowInsecureMechs(true)}},
		{"amqp://localhost", kept, []connection.Option{connection.AllowInsecureMechs(false)}},
		{"unix:///run/amqp.sock", kept, []connection.Option{connection.AllowInsecureMechs(false)}},
		{"amqps://broker.example", shown, []connection.Option{connection.AllowInsecureMechs(false)}},
	} {
		// With no other mechanism allowed, Connect knows at once.
		c.opts = append(c.opts, connection.User("alice", "secret"), connection.AllowedMechs("PLAIN"))
		_, err := container.New(nil).Connect(c.url, c.opts...)
		if c.want == shown {
			assert.NoError(t, err, c.url)
			continue
		}
		assert.ErrorIs(t, err, sasl.ErrNoMechanism, c.url)
		assert.ErrorContains(t, err, "PLAIN would show its secret in the clear", c.url)
		assert.NotContains(t, err.Error(), "alice")
	}
	_, err := container.New(nil).Connect("amqp://broker.example", connection.Mechanisms(sasl.XOAuth2("alice", nil)))
	require.ErrorContains(t, err, "XOAUTH2 would show its secret in the clear", "a token is as good as a password")
	_, err = container.New(nil).Connect("amqp://broker.example", connection.User("alice", "secret"))
	require.NoError(t, err, "there is SCRAM")
}

func TestAllowedMechsThatCannotBeMeant(t *testing.T) {
	for list, says := range map[string]string{
		"SCRAM-SHA256":       `option AllowedMechs: unknown mechanism "SCRAM-SHA256"; names are separated by spaces, and known are GSSAPI EXTERNAL `,
		"PLAIN,ANONYMOUS":    `unknown mechanism "PLAIN,ANONYMOUS"`,
		"PLAIN EXTERN":       `unknown mechanism "EXTERN"`,
		"PLAIN plain":        "option AllowedMechs: PLAIN is there twice",
		"GSSAPI":             `option AllowedMechs: there is no mechanism GSSAPI: import "github.com/hadron-mq/hadron/sasl/gssapi" and give connection.Mechanisms(gssapi.New())`,
		"GSSAPI PLAIN":       `there is no mechanism GSSAPI: import`,
		"PLAIN OAUTHBEARER":  "there is no mechanism OAUTHBEARER: give connection.Mechanisms(sasl.OAuthBearer(...))",
		"XOAUTH2":            "there is no mechanism XOAUTH2: give connection.Mechanisms(sasl.XOAuth2(...))",
		"EXTERNAL":           "no mechanism in common: EXTERNAL needs a client certificate",
		"SCRAM-SHA-256-PLUS": "no mechanism in common: SCRAM-SHA-256-PLUS needs TLS",
	} {
		_, err := container.New(nil).Connect("amqp://localhost", connection.User("alice", "secret"), connection.AllowedMechs(list))
		assert.ErrorContains(t, err, says, list)
	}
	_, err := container.New(nil).Connect("amqp://localhost", connection.AllowedMechs("PLAIN"))
	require.ErrorContains(t, err, "no mechanism in common: PLAIN needs a user and a password")
	_, err = container.New(nil).Connect("amqp://localhost", connection.Mechanisms(pensive{}), connection.AllowedMechs("Pensive"))
	require.NoError(t, err, "a name of one's own is known")
}

func TestAnonymousAloneIsForced(t *testing.T) {
	plain, scram, _ := alice(t)
	s := serve(t, "amqp://127.0.0.1:0", connection.Authenticate(plain, scram, sasl.AnonymousServer()))
	require.NoError(t, deliver(t, s.url, nil, connection.User("alice", "secret"), connection.AllowedMechs("anonymous")))
	require.Equal(t, "ANONYMOUS anonymous", s.all()[0])

	// Beside others it is not what one falls back to: the login would be another one than was meant.
	s = serve(t, "amqp://127.0.0.1:0", connection.Authenticate(sasl.AnonymousServer()))
	err := deliver(t, s.url, nil, connection.User("alice", "secret"), connection.AllowedMechs("PLAIN ANONYMOUS"))
	require.ErrorIs(t, err, sasl.ErrNoMechanism)
}
