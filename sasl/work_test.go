package sasl

import (
	"errors"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/wire"
)

// asked is a server that has been asked by PLAIN, and has not looked yet.
func asked(t *testing.T, check func(user, password string) error) (server *Layer, w *Work) {
	t.Helper()
	server = NewServerLayer([]ServerMechanism{PlainServer(check)}, Peer{})
	in := after(wire.HeaderSASL[:], frame(t, &wire.SASLInit{Mechanism: "PLAIN", InitialResponse: []byte("\x00alice\x00secret")}))
	n, err := server.Feed(in)
	require.NoError(t, err)
	require.Equal(t, len(in), n)
	clear(in) // the layer keeps nothing of its input
	server.AppendOutput(nil)
	w = server.Work()
	require.NotNil(t, w)
	require.Nil(t, server.Work(), "a step is taken once")
	return server, w
}

func TestNothingIsConsumedWhileThereIsWork(t *testing.T) {
	server, w := asked(t, checkAlice)
	n, err := server.Feed(wire.HeaderAMQP[:])
	require.NoError(t, err)
	assert.Zero(t, n)
	w.Run()
	assert.Empty(t, server.AppendOutput(nil), "the step leaves the layer alone")
	assert.False(t, server.Done())
	w.Resume(nil)
	assert.Equal(t, frame(t, &wire.SASLOutcome{}), server.AppendOutput(nil))
	assert.True(t, server.Done())
	assert.Equal(t, "alice", server.Identity())
}

func TestWorkThatEndsInARefusal(t *testing.T) {
	server, w := asked(t, func(string, string) error { return errors.New("no") })
	w.Run()
	w.Resume(nil)
	assert.Equal(t, frame(t, &wire.SASLOutcome{Code: 1}), server.AppendOutput(nil))
	_, err := server.Feed(nil)
	require.ErrorIs(t, err, ErrAuthentication)
}

func TestWorkThatNobodyDoes(t *testing.T) {
	server, w := asked(t, func(string, string) error { panic("nobody is to look") })
	w.Resume(ErrTemporary)
	assert.Equal(t, frame(t, &wire.SASLOutcome{Code: 4}), server.AppendOutput(nil), "sys-temp (§5.3.3.6): the client may come again")
	_, err := server.Feed(nil)
	require.ErrorIs(t, err, ErrTemporary)

	client := NewClientLayer("", offersOf(t, Peer{}, ScramSHA256("alice", "secret")))
	_, err = client.Feed(after(wire.HeaderSASL[:], frame(t, &wire.SASLMechanisms{Mechanisms: []amqp.Symbol{"SCRAM-SHA-256"}}),
		frame(t, &wire.SASLChallenge{Challenge: []byte("r=x,s=QSXCR+Q6sek8bf92,i=4096")})))
	require.NoError(t, err)
	client.Work().Resume(ErrTemporary)
	_, err = client.Feed(nil)
	require.ErrorIs(t, err, ErrTemporary)
}

// What is done at once needs no goroutine, and does not stand in a line with what is not.
func TestWhatIsWork(t *testing.T) {
	v := vectors["RFC 7677 §3"]
	scram := v.client(t)
	assert.True(t, scram.prompt(nil), "the first message")
	_, err := scram.Start()
	require.NoError(t, err)
	assert.False(t, scram.prompt([]byte(v.messages[1])), "hashing the password")
	_, err = scram.Next([]byte(v.messages[1]))
	require.NoError(t, err)
	assert.True(t, scram.prompt([]byte(v.messages[3])), "comparing a signature")

	server := ScramServer(SHA256, alices(SHA256)).Server(Peer{})
	assert.True(t, isPrompt(server, nil), "an empty challenge")
	assert.False(t, isPrompt(server, []byte("n,,n=alice,r=x")), "the lookup")
	_, _, err = server.Next([]byte("n,,n=alice,r=x"))
	require.NoError(t, err)
	assert.True(t, isPrompt(server, []byte("c=biws,r=x,p=x")), "comparing a proof")

	assert.True(t, isPrompt(AnonymousServer().Server(Peer{}), nil))
	assert.True(t, isPrompt(AnonymousServer().Server(Peer{}), []byte("me")))
	assert.True(t, isPrompt(PlainServer(checkAlice).Server(Peer{}), nil))
	assert.False(t, isPrompt(PlainServer(checkAlice).Server(Peer{}), []byte("\x00alice\x00secret")))
	assert.True(t, isPrompt(XOAuth2Server(aliceToken).Server(Peer{}), nil))
	assert.False(t, isPrompt(XOAuth2Server(aliceToken).Server(Peer{}), []byte("user=alice\x01auth=Bearer t\x01\x01")))
	assert.False(t, isPrompt(curious{}, nil), "a mechanism of one's own")
}
