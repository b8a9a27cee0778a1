package examples_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// crash ends a broker as a power cut would: it says no goodbye.
func (p *process) crash() {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Kill())
	p.rest()
	p.exit()
}

// until waits for a line that begins with a text, and returns the lines before it.
func (p *process) until(text string) (before []string) {
	p.t.Helper()
	for {
		line := p.line()
		if strings.HasPrefix(line, text) {
			return before
		}
		before = append(before, line)
	}
}

func TestReconnect(t *testing.T) {
	broker := start(t, "broker", "-a", "127.0.0.1:0")
	url := at(t, broker)
	const restarts = 3
	sender := start(t, "reconnect", "-a", url+"/jobs", "-every", "10ms")
	for range restarts {
		sender.until("message ")
		broker.crash()
		sender.until("disconnected: ")
		sender.until("attempt 2 at " + url) // the first one came at once
		broker = start(t, "broker", "-a", url)
		require.Equal(t, url, at(t, broker))
		for _, line := range sender.until("reconnected") {
			require.NotContains(t, line, "accepted", "without a broker nothing is")
		}
	}
	sender.until("message ")

	receiver := start(t, "receiver", "-a", url+"/jobs", "-m", "1")
	require.Regexp(t, `^message \d+$`, receiver.line(), "the broker that is there now has what was sent while none was")
	receiver.rest()
	require.Zero(t, receiver.exit())

	sender.interrupt()
	sender.rest()
	require.Zero(t, sender.exit())
}

// TestReconnectConfirmsEachOnce: every message has its outcome, and has it once, whenever the broker went.
func TestReconnectConfirmsEachOnce(t *testing.T) {
	broker := start(t, "broker", "-a", "127.0.0.1:0")
	url := at(t, broker)
	const count = 30
	sender := start(t, "reconnect", "-a", url+"/jobs", "-every", "10ms", "-m", fmt.Sprint(count))
	sender.until("message 1 ")
	broker.crash()
	sender.until("disconnected: ") // of the lines before, none is about a message after it
	at(t, start(t, "broker", "-a", url))
	sender.until("reconnected")
	accepted := make(map[string]int)
	for line := range strings.Lines(sender.rest()) {
		accepted[line]++
	}
	require.Zero(t, sender.exit(), "it ends when all are confirmed")
	for line, times := range accepted {
		require.Equal(t, 1, times, line)
	}
	require.Contains(t, accepted, fmt.Sprintf("message %d accepted\n", count))
}

func TestReconnectWaitEndsAtOnce(t *testing.T) {
	broker := start(t, "broker", "-a", "127.0.0.1:0")
	url := at(t, broker)
	broker.crash()
	sender := start(t, "reconnect", "-a", url+"/jobs")
	sender.until("attempt 1 at " + url + "/jobs failed, the next one is in 0s: ")
	sender.until("attempt 2 at " + url + "/jobs failed, the next one is in 100ms: ")
	sender.interrupt()
	sender.rest()
	require.Zero(t, sender.exit())
}

func TestFailover(t *testing.T) {
	live, backup := start(t, "broker", "-a", "127.0.0.1:0"), start(t, "broker", "-a", "127.0.0.1:0")
	first, second := at(t, live), at(t, backup)
	receiver := start(t, "failover", "-a", first+","+second, "-from", "jobs", "-m", "4")
	receiver.until("connected to broker ")

	send(t, first, 2)
	require.Equal(t, "message 1", receiver.line())
	require.Equal(t, "message 2", receiver.line())
	live.crash()
	require.Equal(t, "disconnected", receiver.line())
	require.Equal(t, []string{"no broker at " + first + ", next attempt in 0s"}, receiver.until("connected to broker "),
		"the live one is tried once more, then the backup, without a delay")

	send(t, second, 2)
	require.Equal(t, "message 1\nmessage 2\n", receiver.rest())
	require.Zero(t, receiver.exit())
}

func send(t *testing.T, broker string, count int) {
	t.Helper()
	sender := start(t, "sender", "-a", broker+"/jobs", "-m", fmt.Sprint(count))
	require.Equal(t, fmt.Sprintf("%[1]d of %[1]d messages confirmed\n", count), sender.rest())
	require.Zero(t, sender.exit())
}
