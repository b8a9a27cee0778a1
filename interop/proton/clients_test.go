package proton_test

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	embedded "github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sender"
)

// TestClients holds Hadron's broker to each of the clients.
func TestClients(t *testing.T) {
	b, err := embedded.Start("amqp://127.0.0.1:0", embedded.Logger(quiet))
	require.NoError(t, err)
	t.Cleanup(b.Stop)
	answer(t, b.URL())
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) { testClient(t, b.URL(), c.command, c.failed) })
	}
	t.Run("from each to each", func(t *testing.T) {
		for _, from := range clients {
			for _, to := range clients {
				send(t, b.URL(), from.command, "crossing", "10", "1000", "accepted")
				receive(t, b.URL(), to.command, "crossing", "10", "accept", "received 10 bytes 10000 count 0")
			}
		}
	})
}

func testClient(t *testing.T, url string, command func(*testing.T) *exec.Cmd, failed string) {
	t.Run("a thousand messages", func(t *testing.T) {
		send(t, url, command, "many", "1000", "100", "accepted")
		receive(t, url, command, "many", "1000", "accept", "received 1000 bytes 100000 count 0")
	})
	t.Run("large messages", func(t *testing.T) {
		send(t, url, command, "large", "3", "5000000", "accepted")
		receive(t, url, command, "large", "3", "accept", "received 3 bytes 15000000 count 0")
	})
	t.Run("empty messages", func(t *testing.T) {
		send(t, url, command, "empty", "3", "0", "accepted")
		receive(t, url, command, "empty", "3", "accept", "received 3 bytes 0 count 0")
	})
	t.Run("outcomes", func(t *testing.T) {
		send(t, url, command, "settled", "2", "10", "accepted")
		receive(t, url, command, "settled", "1", "reject", "received 1 bytes 10 count 0")  // and is gone
		receive(t, url, command, "settled", "1", "release", "received 1 bytes 10 count 0") // and is back
		receive(t, url, command, "settled", "1", "modify", "received 1 bytes 10 count 0")  // and is back, counted where it is said to have failed
		receive(t, url, command, "settled", "1", "accept", "received 1 bytes 10 count "+failed)
	})
	t.Run("request with values of all types", func(t *testing.T) {
		says, err := run(t, command(t), "url="+url, "do=request", "address=questions")
		require.NoError(t, err, says)
		assert.Contains(t, says, "answered ")
	})
}

func send(t *testing.T, url string, command func(*testing.T) *exec.Cmd, address, count, size, outcome string) {
	t.Helper()
	says, err := run(t, command(t), "url="+url, "do=send", "address="+address, "count="+count, "size="+size)
	require.NoError(t, err, says)
	require.Contains(t, says, outcome+" "+count)
}

func receive(t *testing.T, url string, command func(*testing.T) *exec.Cmd, address, count, settle, want string) {
	t.Helper()
	says, err := run(t, command(t), "url="+url, "do=receive", "address="+address, "count="+count, "settle="+settle)
	require.NoError(t, err, says)
	require.Equal(t, want, strings.TrimSpace(says))
}

// answer answers the questions that a broker gets, by a Hadron client: what came is decoded, and encoded again.
func answer(t *testing.T, url string) {
	t.Helper()
	var answers *sender.Sender
	c := container.New(&handler.Funcs{
		Start: func(e *handler.Event) {
			conn, err := e.Container().Connect(url)
			assert.NoError(t, err)
			_, err = e.Container().CreateReceiver(conn, "questions")
			assert.NoError(t, err)
			answers, err = e.Container().CreateSender(conn, "") // each answer says itself where it goes
			assert.NoError(t, err)
		},
		Message: func(e *handler.Event) {
			m := e.Message()
			_, err := answers.Send(&amqp.Message{
				Properties: &amqp.MessageProperties{To: m.Properties.ReplyTo, CorrelationID: m.Properties.CorrelationID},
				Value:      m.Value,
			})
			assert.NoError(t, err)
		},
	}, container.Logger(quiet))
	ended := make(chan error, 1)
	go func() { ended <- c.Run(context.Background()) }()
	t.Cleanup(func() {
		c.Stop()
		assert.NoError(t, <-ended)
	})
}
