package sasl

import (
	"encoding/base64"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// alices looks up the one user that the tests have, whose password is "secret".
func alices(hash Hash) func(string) (Verifier, error) {
	made := sync.OnceValues(func() (Verifier, error) { return NewVerifier(hash, "secret", MinIterations) })
	return func(user string) (Verifier, error) {
		if user != "alice" {
			return Verifier{}, ErrUnknownUser
		}
		return made()
	}
}

// vector is a published exchange of the user "user", whose password is "pencil".
type vector struct {
	hash                     Hash
	clientNonce, serverNonce string
	salt                     string
	messages                 [4]string // of client, server, client, server
}

var vectors = map[string]vector{
	"RFC 5802 §5": {SHA1, "fyko+d2lbbFgONRv9qkxdawL", "3rfcNHYJY1ZVvWVs7j", "QSXCR+Q6sek8bf92", [4]string{
		"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
		"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
		"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
		"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
	}},
	"RFC 7677 §3": {SHA256, "rOprNGfwEbeRWgbNEkqO", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", "W22ZaJ0SNY7soEsUEjb6gQ==", [4]string{
		"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
		"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
		"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
		"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
	}},
}

// client starts the exchange of a vector.
func (v vector) client(t *testing.T) *scramClient {
	t.Helper()
	c, err := v.hash.generator().NewClient("user", "pencil", "")
	require.NoError(t, err)
	return &scramClient{client: c.WithNonceGenerator(func() string { return v.clientNonce })}
}

func TestPublishedVectorsOfTheClient(t *testing.T) {
	for name, v := range vectors {
		t.Run(name, func(t *testing.T) {
			c := v.client(t)
			initial, err := c.Start()
			require.NoError(t, err)
			assert.Equal(t, v.messages[0], string(initial))
			proof, err := c.Next([]byte(v.messages[1]))
			require.NoError(t, err)
			assert.Equal(t, v.messages[2], string(proof))
			require.ErrorIs(t, c.Finish(nil), ErrUnproven, "not before the server's signature")
			empty, err := c.Next([]byte(v.messages[3]))
			require.NoError(t, err)
			assert.Empty(t, empty)
			require.NoError(t, c.Finish(nil))
		})
	}
}

func TestPublishedVectorsOfTheServer(t *testing.T) {
	for name, v := range vectors {
		t.Run(name, func(t *testing.T) {
			salt, err := base64.StdEncoding.DecodeString(v.salt)
			require.NoError(t, err)
			verifier, err := saltedVerifier(v.hash, "pencil", 4096, string(salt))
			require.NoError(t, err)
			s := &scramServer{
				hash:   v.hash,
				lookup: func(string) (Verifier, error) { return verifier, nil },
				nonce:  func() string { return v.serverNonce },
			}
			challenge, done, err := s.Next([]byte(v.messages[0]))
			require.NoError(t, err)
			assert.False(t, done)
			assert.Equal(t, v.messages[1], string(challenge))
			signature, done, err := s.Next([]byte(v.messages[2]))
			require.NoError(t, err)
			assert.True(t, done)
			assert.Equal(t, v.messages[3], string(signature))
			assert.Equal(t, "user", s.Identity())
		})
	}
}

func TestServersThatDoNotProveThemselves(t *testing.T) {
	v := vectors["RFC 7677 §3"]
	forged := "v=" + base64.StdEncoding.EncodeToString(make([]byte, 32))
	for name, end := range map[string]func(c *scramClient) error{
		"forged as a challenge": func(c *scramClient) error { _, err := c.Next([]byte(forged)); return err },
		"forged in the outcome": func(c *scramClient) error { return c.Finish([]byte(forged)) },
		"malformed":             func(c *scramClient) error { return c.Finish([]byte("v=?")) },
		"none":                  func(c *scramClient) error { return c.Finish(nil) },
		"empty":                 func(c *scramClient) error { return c.Finish([]byte{}) },
		"forged, then ok": func(c *scramClient) error {
			_, _ = c.Next([]byte(forged))
			return c.Finish([]byte(v.messages[3]))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := v.client(t)
			_, err := c.Start()
			require.NoError(t, err)
			_, err = c.Next([]byte(v.messages[1]))
			require.NoError(t, err)
			require.ErrorIs(t, end(c), ErrUnproven)
		})
	}
	t.Run("ok without an exchange", func(t *testing.T) {
		c := v.client(t)
		_, err := c.Start()
		require.NoError(t, err)
		require.ErrorIs(t, c.Finish([]byte(v.messages[3])), ErrUnproven)
	})
}

func TestServersFirstMessageIsChecked(t *testing.T) {
	v := vectors["RFC 7677 §3"]
	for first, want := range map[string]string{
		strings.Replace(v.messages[1], "i=4096", "i=4095", 1):                 "too few iterations",
		strings.Replace(v.messages[1], "i=4096", "i=1000001", 1):              "more than 1000000",
		strings.Replace(v.messages[1], "i=4096", "i=99999999999999999999", 1): "more than 1000000",
		strings.Replace(v.messages[1], "i=4096", "i=many", 1):                 "iterations",
		strings.Replace(v.messages[1], "rOpr", "xxxx", 1):                     "nonce",
		"nonsense":                     "not enough fields",
		"m=extension," + v.messages[1]: "extensions",
		"":                             "not enough fields",
	} {
		t.Run(want, func(t *testing.T) {
			c := v.client(t)
			_, err := c.Start()
			require.NoError(t, err)
			_, err = c.Next([]byte(first))
			require.ErrorIs(t, err, ErrProtocol)
			require.ErrorContains(t, err, want)
		})
	}
	c := v.client(t)
	_, err := c.Start()
	require.NoError(t, err)
	_, err = c.Next([]byte("e=unknown-user"))
	require.ErrorIs(t, err, ErrAuthentication)
	require.ErrorContains(t, err, "unknown-user")
}

func TestStrangersLookLikeUsers(t *testing.T) {
	verifier, err := NewVerifier(SHA256, "secret", 0)
	require.NoError(t, err)
	m := ScramServer(SHA256, func(user string) (Verifier, error) {
		if user != "alice" {
			return Verifier{}, ErrUnknownUser
		}
		return verifier, nil
	})
	// first returns salt and iterations that a client is shown.
	first := func(user string) []string {
		challenge, done, err := m.Server(Peer{}).Next([]byte("n,,n=" + user + ",r=nonce"))
		require.NoError(t, err)
		require.False(t, done)
		return strings.Split(string(challenge), ",")[1:]
	}
	known, stranger := first("alice"), first("mallory")
	assert.Equal(t, stranger, first("mallory"), "the same at every attempt")
	assert.NotEqual(t, stranger, first("trent"))
	assert.Len(t, stranger[0], len(known[0]))
	assert.Equal(t, known[1], stranger[1])

	wrong, _, wrongClient, wrongServer := login(t, ScramSHA256("alice", "guess"), m)
	unknown, _, unknownClient, unknownServer := login(t, ScramSHA256("mallory", "guess"), m)
	assert.Equal(t, wrongClient.Error(), unknownClient.Error())
	assert.Equal(t, wrongServer.Error(), unknownServer.Error())
	assert.Equal(t, wrong.rounds, unknown.rounds)
}

func TestAnotherUsersNameIsRefused(t *testing.T) {
	generator := SHA256.generator()
	c, err := generator.NewClient("alice", "secret", "bob")
	require.NoError(t, err)
	client := NewClientLayer("", []Offer{{"SCRAM-SHA-256", &scramClient{client: c}}})
	server := NewServerLayer([]ServerMechanism{ScramServer(SHA256, alices(SHA256))}, Peer{})
	clientErr, serverErr := pump(client, server)
	require.ErrorIs(t, clientErr, ErrAuthentication)
	require.ErrorContains(t, serverErr, "another user")
}

func TestSaltedPasswordsAreKeptButNotForEver(t *testing.T) {
	keys := &scramKeys{hash: SHA256, user: "alice", password: "secret"}
	first, err := keys.client()
	require.NoError(t, err)
	for range maxCachedSalts - 1 {
		again, err := keys.client()
		require.NoError(t, err)
		require.Same(t, first, again)
	}
	fresh, err := keys.client()
	require.NoError(t, err)
	assert.NotSame(t, first, fresh)
}

func TestNamesAndPasswordsThatScramCannotTake(t *testing.T) {
	_, err := ScramSHA256("alice", "pass\x00word").Client(t.Context(), Peer{})
	require.ErrorContains(t, err, "password")
	assert.NotContains(t, err.Error(), "pass\x00word")
	_, err = scramMechanism("MD5", false, "alice", "secret").Client(t.Context(), Peer{})
	require.ErrorContains(t, err, `unknown hash function "MD5"`)
}
