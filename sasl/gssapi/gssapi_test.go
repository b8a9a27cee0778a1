package gssapi

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hadron-mq/hadron/interop/peer"
	"github.com/hadron-mq/hadron/sasl"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const realm = peer.Realm

var broker = sasl.Peer{Host: peer.ServiceHost}

// pump carries bytes between two layers until both are silent.
func pump(client, server *sasl.Layer) (clientErr, serverErr error) {
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
func feed(l *sasl.Layer, in []byte) (consumed int, err error) {
	consumed, err = l.Feed(in)
	if w := l.Work(); w != nil {
		w.Run()
		w.Resume(nil)
		_, err = l.Feed(nil)
	}
	return consumed, err
}

// login logs a client in at a server.
func login(t *testing.T, m sasl.Mechanism, s sasl.ServerMechanism) (identity string, clientErr, serverErr error) {
	t.Helper()
	offers, err := sasl.Offers(t.Context(), broker, []sasl.Mechanism{m})
	require.NoError(t, err)
	server := sasl.NewServerLayer([]sasl.ServerMechanism{s}, sasl.Peer{})
	clientErr, serverErr = pump(sasl.NewClientLayer(broker.Host, offers), server)
	return server.Identity(), clientErr, serverErr
}

func server(t *testing.T, k *peer.KDC, opts ...ServerOption) sasl.ServerMechanism {
	t.Helper()
	s, err := NewServer(k.Keytab, opts...)
	require.NoError(t, err)
	return s
}

func TestWithKDC(t *testing.T) {
	k := peer.StartKDC(t)
	config := Config(k.Config)
	password := Password("alice@"+realm, "secret")

	t.Run("password", func(t *testing.T) {
		identity, clientErr, serverErr := login(t, New(config, password), server(t, k))
		require.NoError(t, clientErr)
		require.NoError(t, serverErr)
		assert.Equal(t, "alice@"+realm, identity)
	})
	t.Run("password, default realm", func(t *testing.T) {
		identity, clientErr, serverErr := login(t, New(config, Password("bob", "secret")), server(t, k))
		require.NoError(t, errors.Join(clientErr, serverErr))
		assert.Equal(t, "bob@"+realm, identity)
	})
	t.Run("keytab", func(t *testing.T) {
		identity, clientErr, serverErr := login(t, New(config, Keytab("alice", k.Alice)), server(t, k))
		require.NoError(t, errors.Join(clientErr, serverErr))
		assert.Equal(t, "alice@"+realm, identity)
	})
	t.Run("credential cache", func(t *testing.T) {
		k.Login(t)
		identity, clientErr, serverErr := login(t, New(config, CredentialCache(k.Cache)), server(t, k))
		require.NoError(t, errors.Join(clientErr, serverErr))
		assert.Equal(t, "alice@"+realm, identity)

		t.Setenv("KRB5_CONFIG", filepath.Join(k.Dir, "missing")+string(os.PathListSeparator)+k.Config)
		t.Setenv("KRB5CCNAME", "FILE:"+k.Cache)
		identity, clientErr, serverErr = login(t, New(), server(t, k))
		require.NoError(t, errors.Join(clientErr, serverErr))
		assert.Equal(t, "alice@"+realm, identity)
	})
	t.Run("another identity, as which to act is no other's", func(t *testing.T) {
		short := Identity(func(principal, r string) (string, error) {
			if r != realm {
				return "", errors.New("stranger")
			}
			return principal, nil
		})
		for _, authzid := range []string{"", "alice", "alice@" + realm} {
			identity, clientErr, serverErr := login(t, New(config, password, Authzid(authzid)), server(t, k, short))
			require.NoError(t, errors.Join(clientErr, serverErr))
			assert.Equal(t, "alice", identity)
		}
	})
	t.Run("refused by the server", func(t *testing.T) {
		nobody := Identity(func(string, string) (string, error) { return "", nil })
		stranger := Identity(func(string, string) (string, error) { return "", errors.New("not on the list") })
		for want, c := range map[string]struct {
			client []Option
			server []ServerOption
		}{
			"acting for another user":         {[]Option{Authzid("bob")}, nil},
			"principal has no identity":       {nil, []ServerOption{nobody}},
			"not on the list":                 {nil, []ServerOption{stranger}},
			`ticket for "http/broker.example`: {[]Option{Service("http")}, nil},
		} {
			_, clientErr, serverErr := login(t, New(append(c.client, config, password)...), server(t, k, c.server...))
			require.ErrorIs(t, clientErr, sasl.ErrAuthentication)
			require.ErrorIs(t, serverErr, sasl.ErrAuthentication)
			require.ErrorContains(t, serverErr, want)
		}
		identity, clientErr, serverErr := login(t, New(config, password, Service("http")), server(t, k, ServerService("http")))
		require.NoError(t, errors.Join(clientErr, serverErr))
		assert.Equal(t, "alice@"+realm, identity)
	})
	t.Run("refused by the KDC", func(t *testing.T) {
		for want, opts := range map[string][]Option{
			"password/keytab incorrect":   {Password("alice", "wrong")},
			"KDC_ERR_PREAUTH_FAILED":      {Password("bob", "wrong")},
			"KDC_ERR_C_PRINCIPAL_UNKNOWN": {Password("mallory", "secret")},
			"KDC_ERR_S_PRINCIPAL_UNKNOWN": {password, Host("elsewhere.example")},
		} {
			_, err := New(append(opts, config)...).Client(t.Context(), broker)
			require.ErrorIs(t, err, sasl.ErrAuthentication)
			require.ErrorContains(t, err, want)
			assert.NotContains(t, err.Error(), "wrong")
		}
	})
	t.Run("impostors", func(t *testing.T) { impostors(t, New(config, password), server(t, k)) })
	t.Run("replayed", func(t *testing.T) {
		c, err := New(config, password).Client(t.Context(), broker)
		require.NoError(t, err)
		request, err := c.Start()
		require.NoError(t, err)
		first, again := server(t, k).Server(sasl.Peer{}), server(t, k).Server(sasl.Peer{})
		answer, _, err := first.Next(request)
		require.NoError(t, err)
		_, err = c.Next(answer)
		require.NoError(t, err)
		layers, _, err := first.Next([]byte{})
		require.NoError(t, err)
		choice, err := c.Next(layers)
		require.NoError(t, err)
		_, done, err := first.Next(choice)
		require.NoError(t, err)
		require.True(t, done)

		for _, said := range [][]byte{request, {}} {
			_, _, err = again.Next(said)
			require.NoError(t, err)
		}
		_, _, err = again.Next(choice)
		require.ErrorContains(t, err, "not genuine", "the context has another key")
	})
	t.Run("garbage", func(t *testing.T) { garbage(t, New(config, password), server(t, k)) })
	t.Run("Cyrus SASL as server", func(t *testing.T) { cyrusServer(t, k, New(config, password)) })
	t.Run("Cyrus SASL as client", func(t *testing.T) { cyrusClient(t, k, server(t, k)) })
}

// impostors answer as a server would who cannot read the ticket.
func impostors(t *testing.T, m sasl.Mechanism, s sasl.ServerMechanism) {
	t.Helper()
	start := func() (sasl.Client, sasl.Server, []byte) {
		c, err := m.Client(t.Context(), broker)
		require.NoError(t, err)
		require.ErrorIs(t, c.Finish(nil), sasl.ErrUnproven)
		request, err := c.Start()
		require.NoError(t, err)
		genuine := s.Server(sasl.Peer{})
		answer, _, err := genuine.Next(request)
		require.NoError(t, err)
		return c, genuine, answer
	}
	_, _, othersAnswer := start()
	c, _, _ := start()
	_, err := c.Next(othersAnswer)
	require.ErrorIs(t, err, sasl.ErrUnproven, "the answer to somebody else")

	c, _, answer := start()
	answer[len(answer)-1] ^= 1
	_, err = c.Next(answer)
	require.ErrorIs(t, err, sasl.ErrUnproven)

	c, _, answer = start()
	_, err = c.Next(answer)
	require.NoError(t, err)
	require.ErrorIs(t, c.Finish(nil), sasl.ErrUnproven, "not before the last message")
	_, err = c.Next([]byte{1, 0, 0, 0})
	require.ErrorIs(t, err, sasl.ErrUnproven)

	c, genuine, answer := start()
	_, err = c.Next(answer)
	require.NoError(t, err)
	layers, _, err := genuine.Next([]byte{})
	require.NoError(t, err)
	_, err = c.Next(layers)
	require.NoError(t, err)
	require.NoError(t, c.Finish(nil))
	_, err = c.Next(layers)
	require.ErrorIs(t, err, sasl.ErrProtocol)
	_, _, err = genuine.Next(layers)
	require.ErrorContains(t, err, "unexpected acceptor flag", "the server's own words")
	_, _, err = genuine.Next([]byte{})
	require.ErrorContains(t, err, "a response too many")
}

// garbage gives both sides what is cut short or has one byte changed, at every
// place. Nothing of it is taken for genuine, and nothing panics.
func garbage(t *testing.T, m sasl.Mechanism, s sasl.ServerMechanism) {
	t.Helper()
	c, err := m.Client(t.Context(), broker)
	require.NoError(t, err)
	request, err := c.Start()
	require.NoError(t, err)
	for i := range request {
		_, done, _ := s.Server(sasl.Peer{}).Next(request[:i])
		require.False(t, done)
		changed := append([]byte{}, request...)
		changed[i] ^= 0x55
		_, done, _ = s.Server(sasl.Peer{}).Next(changed)
		require.False(t, done)
	}
	answer, _, err := s.Server(sasl.Peer{}).Next(request)
	require.NoError(t, err)
	for i := range answer {
		again := *c.(*initiator)
		_, err := again.Next(answer[:i])
		require.Error(t, err)
	}
}

func TestWithoutKerberos(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "krb5.conf")
	text := fmt.Sprintf("[libdefaults]\ndefault_realm = %s\n[realms]\n%s = {\nkdc = 127.0.0.1:1\n}\n", realm, realm)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	config := Config(path)
	junk := filepath.Join(dir, "junk")
	require.NoError(t, os.WriteFile(junk, []byte("\x05\x04junk"), 0o600))

	t.Run("no ticket lets another mechanism be used", func(t *testing.T) {
		for _, cache := range []string{filepath.Join(dir, "missing"), junk, "KEYRING:persistent:0"} {
			_, err := New(config, CredentialCache(cache)).Client(t.Context(), broker)
			require.ErrorIs(t, err, sasl.ErrUnavailable)
		}
		_, err := New(config).Client(t.Context(), sasl.Peer{})
		require.ErrorIs(t, err, sasl.ErrUnavailable)
	})
	t.Run("what cannot be read is an error", func(t *testing.T) {
		for _, m := range []sasl.Mechanism{
			New(config, Keytab("alice", junk)),
			New(config, Keytab("alice", filepath.Join(dir, "missing"))),
			New(Config(filepath.Join(dir, "missing")), Password("alice", "secret")),
		} {
			_, err := m.Client(t.Context(), broker)
			require.ErrorContains(t, err, "sasl: GSSAPI: getting a ticket for amqp/broker.example: ")
			require.NotErrorIs(t, err, sasl.ErrUnavailable)
		}
		for _, keytab := range []string{junk, filepath.Join(dir, "missing")} {
			_, err := NewServer(keytab)
			require.ErrorContains(t, err, "sasl: GSSAPI: keytab ")
		}
	})
	t.Run("no KDC is worth another try", func(t *testing.T) {
		_, err := New(config, Password("alice", "secret")).Client(t.Context(), broker)
		require.Error(t, err)
		require.NotErrorIs(t, err, sasl.ErrAuthentication)
		require.NotErrorIs(t, err, sasl.ErrUnavailable)
	})
	t.Run("the context ends it", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := New(config, Password("alice", "secret")).Client(ctx, broker)
		require.Error(t, err)
	})
	t.Run("nothing shows the password", func(t *testing.T) {
		m := struct{ inside sasl.Mechanism }{New(Password("alice", "secret"))}
		for _, format := range []string{"%v", "%+v", "%#v"} {
			assert.NotContains(t, fmt.Sprintf(format, m), "secret")
		}
	})
}
