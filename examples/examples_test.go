// Package examples_test runs the examples as what they are: programs.
package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var programs string // the folder where the examples are built

func TestMain(m *testing.M) {
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "hadron-examples-")
	if err != nil {
		println(err.Error())
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "./...")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		println("examples: build:", err.Error())
		return 1
	}
	programs = dir
	return m.Run()
}

// startBroker runs the broker at a free port and returns its URL.
func startBroker(t *testing.T) string {
	t.Helper()
	return at(t, start(t, "broker", "-a", "127.0.0.1:0"))
}

// at returns where a program says that it listens.
func at(t *testing.T, p *process) string {
	t.Helper()
	line := p.line()
	url, found := strings.CutPrefix(line, "listening at ")
	require.True(t, found, "%q does not say where", line)
	return url
}

func TestHelloWorldNeedsNothing(t *testing.T) {
	hello := start(t, "helloworld")
	require.Equal(t, "Hello World!\n", hello.rest())
	require.Zero(t, hello.exit())
}

func TestHelloWorldThroughABroker(t *testing.T) {
	broker := startBroker(t)
	for range 2 { // the second would get the first one's message, had that stayed
		hello := start(t, "helloworld", "-a", broker+"/hello")
		require.Equal(t, "Hello World!\n", hello.rest())
		require.Zero(t, hello.exit())
	}
	receiver := start(t, "receiver", "-a", broker+"/hello", "-m", "1")
	sender := start(t, "sender", "-a", broker+"/hello", "-m", "1")
	require.Equal(t, "message 1\n", receiver.rest(), "both messages were accepted: nothing was left before this one")
	require.Zero(t, receiver.exit())
	require.Zero(t, sender.exit())
}

func TestSenderThenReceivers(t *testing.T) {
	broker := startBroker(t)

	sender := start(t, "sender", "-a", broker+"/jobs", "-m", "25")
	require.Equal(t, "25 of 25 messages confirmed\n", sender.rest())
	require.Zero(t, sender.exit())

	first := start(t, "receiver", "-a", broker+"/jobs", "-m", "3")
	require.Equal(t, "message 1\nmessage 2\nmessage 3\n", first.rest())
	require.Zero(t, first.exit())

	second := start(t, "receiver", "-a", broker+"/jobs", "-m", "22")
	var left []string
	for range 22 {
		left = append(left, second.line())
	}
	require.ElementsMatch(t, numbered(4, 25), left, "what the first receiver did not want is still there")
	require.Empty(t, second.rest())
	require.Zero(t, second.exit())
}

func TestReceiverForEver(t *testing.T) {
	broker := startBroker(t)
	receiver := start(t, "receiver", "-a", broker+"/jobs", "-m", "0")
	for range 2 {
		sender := start(t, "sender", "-a", broker+"/jobs", "-m", "2")
		require.Equal(t, "message 1", receiver.line())
		require.Equal(t, "message 2", receiver.line())
		require.Equal(t, "2 of 2 messages confirmed\n", sender.rest())
		require.Zero(t, sender.exit())
	}
	receiver.interrupt()
	require.Empty(t, receiver.rest())
	require.Zero(t, receiver.exit(), "an interrupt is the way to end it")
}

func TestClientAndServer(t *testing.T) {
	broker := startBroker(t)
	server := start(t, "server", "-a", broker+"/shout")
	require.Equal(t, "serving shout", server.line())

	client := start(t, "client", "-a", broker+"/shout")
	require.Equal(t, "Good morning. => GOOD MORNING.\nIs anybody there? => IS ANYBODY THERE?\nGood night. => GOOD NIGHT.\n", client.rest())
	require.Zero(t, client.exit())

	client = start(t, "client", "-a", broker+"/shout", "a", "b")
	require.Equal(t, "a => A\nb => B\n", client.rest())
	require.Zero(t, client.exit())

	server.interrupt()
	require.Empty(t, server.rest())
	require.Zero(t, server.exit())
}

// TestServerRejects shows that a request which cannot be answered has an outcome all the same: the sender's messages
// are data, not text, and say nothing of where to reply to.
func TestServerRejects(t *testing.T) {
	broker := startBroker(t)
	server := start(t, "server", "-a", broker+"/shout")
	require.Equal(t, "serving shout", server.line())
	sender := start(t, "sender", "-a", broker+"/shout", "-m", "1")
	require.Contains(t, sender.rest(), " of 1 messages confirmed\n")
	sender.exit() // the outcome is the broker's own, or the server's, as the broker sees fit

	client := start(t, "client", "-a", broker+"/shout", "still there?")
	require.Equal(t, "still there? => STILL THERE?\n", client.rest())
	require.Zero(t, client.exit())
}

func TestDirect(t *testing.T) {
	receiver := start(t, "directreceive", "-a", "127.0.0.1:0/inbox", "-m", "5")
	url := at(t, receiver)

	stranger := start(t, "directsend", "-a", strings.TrimSuffix(url, "inbox")+"elsewhere", "-m", "1")
	require.Equal(t, "0 of 1 messages confirmed\n", stranger.rest())
	require.Equal(t, 1, stranger.exit())
	require.Contains(t, stranger.errors(), "amqp:not-found")

	sender := start(t, "directsend", "-a", url, "-m", "5")
	require.Equal(t, "5 of 5 messages confirmed\n", sender.rest())
	require.Zero(t, sender.exit())
	require.Equal(t, "message 1\nmessage 2\nmessage 3\nmessage 4\nmessage 5\n", receiver.rest())
	require.Zero(t, receiver.exit())
}

// TestDirectEndsEarly: a receiver that wants fewer messages than come takes those, and the sender hears of the others.
func TestDirectEndsEarly(t *testing.T) {
	receiver := start(t, "directreceive", "-a", "127.0.0.1:0/inbox", "-m", "2")
	sender := start(t, "directsend", "-a", at(t, receiver), "-m", "4")
	require.Equal(t, "message 1\nmessage 2\n", receiver.rest())
	require.Zero(t, receiver.exit())
	require.Equal(t, "2 of 4 messages confirmed\n", sender.rest())
	require.Equal(t, 1, sender.exit())
}

func TestMistakes(t *testing.T) {
	broker := startBroker(t)
	address, _ := strings.CutPrefix(broker, "amqp://")
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"sender", "-a", "http://127.0.0.1/q"}, "scheme"},
		{[]string{"receiver", "-a", "amqp://127.0.0.1:99999/q"}, "port"},
		{[]string{"helloworld", "-a", "amqp:///q"}, "host"},
		{[]string{"client", "-a", "amqp://[::1/q"}, "host"},
		{[]string{"directsend", "-a", "amqp://user:secret@127.0.0.1:x/q"}, "user:xxxxx"},
		{[]string{"broker", "-a", address}, "address already in use"},
		{[]string{"directreceive", "-a", address + "/q"}, "address already in use"},
		{[]string{"sender", "-m", "0"}, "-m 0"},
		{[]string{"receiver", "-m", "-1"}, "-m -1"},
	} {
		p := start(t, c.args[0], c.args[1:]...)
		p.rest()
		require.Equal(t, 1, p.exit(), "%v", c.args)
		require.Contains(t, p.errors(), c.says, "%v", c.args)
		require.NotContains(t, p.errors(), "secret")
	}
}
