package proton_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/interop/peer"
	"github.com/hadron-mq/hadron/sasl"
	"github.com/hadron-mq/hadron/sasl/gssapi"
)

const (
	user     = "alice"
	password = "a secret, ä"
)

// configureCyrus writes the configuration of a server of Cyrus SASL, with one user in a database.
func configureCyrus(t *testing.T) (dir, name string) {
	t.Helper()
	dir, name = t.TempDir(), "hadron"
	database := filepath.Join(dir, "users.db")
	add := exec.Command(peer.Program(t, "saslpasswd2", howCyrus), "-f", database, "-c", "-p", user)
	add.Stdin = strings.NewReader(password)
	peer.Run(t, add)
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".conf"), fmt.Appendf(nil,
		"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: %s\n", database), 0o600))
	return dir, name
}

// TestLoginAtCyrus logs Hadron in at Proton C++ with Cyrus SASL, by each mechanism that both have.
func TestLoginAtCyrus(t *testing.T) {
	dir, name := configureCyrus(t)
	broker := startBroker(t, nil, "config="+dir, "name="+name, "mechs=PLAIN SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-512")

	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		t.Run(mechanism, func(t *testing.T) {
			used, err := exchange(t, broker.url, 50, 1000, connection.User(user, password), connection.AllowedMechs(mechanism))
			require.NoError(t, err)
			assert.Equal(t, mechanism, used)
			assert.Equal(t, mechanism+" "+user, broker.Line("login "))
		})
		t.Run(mechanism+", wrong password", func(t *testing.T) {
			requireRefused(t, broker, connection.User(user, "wrong"), connection.AllowedMechs(mechanism))
		})
		t.Run(mechanism+", unknown user", func(t *testing.T) {
			requireRefused(t, broker, connection.User("bob", password), connection.AllowedMechs(mechanism))
		})
	}
	t.Run("the strongest", func(t *testing.T) {
		used, err := exchange(t, broker.url, 1, 10, connection.User(user, password))
		require.NoError(t, err)
		assert.Equal(t, "SCRAM-SHA-512", used)
	})
	t.Run("none in common", func(t *testing.T) {
		_, err := exchange(t, broker.url, 1, 10)
		require.ErrorIs(t, err, sasl.ErrNoMechanism)
	})
	t.Run("no login", func(t *testing.T) {
		_, err := exchange(t, broker.url, 1, 10, connection.SASLEnabled(false))
		require.Error(t, err)
	})
}

// requireRefused says that a login is refused, and why.
func requireRefused(t *testing.T, broker *broker, opts ...connection.Option) {
	t.Helper()
	_, err := exchange(t, broker.url, 1, 10, opts...)
	require.ErrorIs(t, err, sasl.ErrAuthentication)
	var refusal *connection.TransportError
	require.ErrorAs(t, err, &refusal)
	assert.Equal(t, 1, refusal.Attempt, "a refused login is not tried again")
	assert.NotContains(t, err.Error(), password)
	broker.Line("refused ")
}

// TestLastWordInOutcome logs in where the server proves itself not in a challenge, but in the additional data of the outcome (§5.3.3.6).
func TestLastWordInOutcome(t *testing.T) {
	dir, name := configureCyrus(t)
	broker := startBroker(t, nil, "config="+dir, "name="+name, "mechs=SCRAM-SHA-256", "final=outcome")
	_, err := exchange(t, broker.url, 50, 1000, connection.User(user, password))
	require.NoError(t, err)
	requireRefused(t, broker, connection.User(user, "wrong"))
}

func TestAnonymousAtCyrus(t *testing.T) {
	broker := startBroker(t, nil, "mechs=ANONYMOUS")
	used, err := exchange(t, broker.url, 50, 1000)
	require.NoError(t, err)
	assert.Equal(t, "ANONYMOUS", used)
}

// TestKerberosAtCyrus logs Hadron in at Proton C++ with Cyrus SASL and MIT Kerberos.
func TestKerberosAtCyrus(t *testing.T) {
	kdc := peer.StartKDC(t)
	dir, name := configureCyrus(t)
	broker := startBroker(t, kdc.Env, "config="+dir, "name="+name, "mechs=GSSAPI PLAIN")
	config, host := gssapi.Config(kdc.Config), gssapi.Host(peer.ServiceHost)

	t.Run("keytab", func(t *testing.T) {
		used, err := exchange(t, broker.url, 50, 1000, connection.Mechanisms(gssapi.New(config, host, gssapi.Keytab("alice", kdc.Alice))))
		require.NoError(t, err)
		assert.Equal(t, "GSSAPI", used)
		assert.Contains(t, broker.Line("login "), "GSSAPI alice")
	})
	t.Run("credential cache, before PLAIN", func(t *testing.T) {
		kdc.Login(t)
		used, err := exchange(t, broker.url, 1, 10, connection.User(user, password),
			connection.Mechanisms(gssapi.New(config, host, gssapi.CredentialCache(kdc.Cache))))
		require.NoError(t, err)
		assert.Equal(t, "GSSAPI", used)
	})
	t.Run("no ticket, so PLAIN", func(t *testing.T) {
		used, err := exchange(t, broker.url, 1, 10, connection.User(user, password),
			connection.Mechanisms(gssapi.New(config, host, gssapi.CredentialCache(filepath.Join(t.TempDir(), "none")))))
		require.NoError(t, err)
		assert.Equal(t, "PLAIN", used)
	})
	t.Run("wrong password", func(t *testing.T) {
		_, err := exchange(t, broker.url, 1, 10, connection.NoReconnect(),
			connection.Mechanisms(gssapi.New(config, host, gssapi.Password("alice", "wrong"))))
		var refusal *sasl.AuthError
		require.ErrorAs(t, err, &refusal)
	})
	t.Run("a ticket for another service", func(t *testing.T) {
		_, err := exchange(t, broker.url, 1, 10,
			connection.Mechanisms(gssapi.New(config, host, gssapi.Password("alice", peer.Password), gssapi.Service("http"))))
		require.ErrorIs(t, err, sasl.ErrAuthentication)
	})
}
