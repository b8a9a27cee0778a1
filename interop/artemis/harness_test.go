package artemis_test

import (
	"crypto/tls"
	"encoding/json"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hadron-mq/hadron/interop/artemis"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestBroker(t *testing.T) {
	started := time.Now()
	broker := artemis.Start(t, artemis.AddressSetting("twice.#", map[string]string{"max-delivery-attempts": "2"}))
	t.Logf("started in %v", time.Since(started).Round(time.Millisecond))

	t.Run("takes connections", func(t *testing.T) { testLogins(t, broker) })
	t.Run("takes a WebSocket", func(t *testing.T) { testWebSocket(t, broker) })
	t.Run("takes SCRAM", func(t *testing.T) { testSCRAM(t, broker) })
	t.Run("settles", func(t *testing.T) { testOutcomes(t, broker) })
	t.Run("says what failed", func(t *testing.T) {
		_, err := broker.MessageCount(t.Context(), "nowhere")
		require.ErrorContains(t, err, "messageCount of queue.nowhere")
	})
	t.Run("keeps a durable message", func(t *testing.T) {
		session := dial(t, broker.URL(artemis.AMQP), login)
		send(t, session, "durable", &amqp.Message{Header: &amqp.MessageHeader{Durable: true}, Value: "stays"})
		send(t, session, "durable", &amqp.Message{Header: &amqp.MessageHeader{Durable: false}, Value: "goes"})

		broker.Kill()
		restarted := time.Now()
		require.NoError(t, broker.Restart(t.Context()))
		t.Logf("started again in %v", time.Since(restarted).Round(time.Millisecond))

		session = dial(t, broker.URL(artemis.AMQP), login)
		assert.Equal(t, "stays", receive(t, session, "durable").Value)
		requireCount(t, broker, "durable", 0)
	})
	t.Run("stops", func(t *testing.T) {
		broker.Stop()
		_, err := amqp.Dial(t.Context(), broker.URL(artemis.AMQP), nil)
		require.Error(t, err)
	})
}

// testLogins sends and receives with each login that go-amqp has.
func testLogins(t *testing.T, broker *artemis.Broker) {
	server := &tls.Config{RootCAs: broker.Certificates.Roots}
	mutual := &tls.Config{RootCAs: broker.Certificates.Roots, Certificates: []tls.Certificate{broker.Certificates.Client}}
	for _, test := range []struct {
		name     string
		acceptor artemis.Acceptor
		options  *amqp.ConnOptions
		refusal  string
	}{
		{name: "no SASL", acceptor: artemis.AMQP},
		{name: "ANONYMOUS", acceptor: artemis.AMQP, options: &amqp.ConnOptions{SASLType: amqp.SASLTypeAnonymous()}},
		{name: "PLAIN", acceptor: artemis.AMQP, options: login},
		{name: "PLAIN, wrong password", acceptor: artemis.AMQP, refusal: "SASL PLAIN auth failed",
			options: &amqp.ConnOptions{SASLType: amqp.SASLTypePlain(artemis.User, "wrong")}},
		{name: "TLS", acceptor: artemis.TLS, options: &amqp.ConnOptions{TLSConfig: server, SASLType: login.SASLType}},
		{name: "TLS, EXTERNAL", acceptor: artemis.MutualTLS,
			options: &amqp.ConnOptions{TLSConfig: mutual, SASLType: amqp.SASLTypeExternal("")}},
		{name: "TLS, no certificate", acceptor: artemis.MutualTLS, refusal: "tls",
			options: &amqp.ConnOptions{TLSConfig: server, SASLType: amqp.SASLTypeExternal("")}},
		{name: "PLAIN where only SCRAM is", acceptor: artemis.SCRAM, options: login, refusal: "no supported auth mechanism"},
	} {
		t.Run(test.name, func(t *testing.T) {
			connection, err := amqp.Dial(t.Context(), broker.URL(test.acceptor), test.options)
			if test.refusal != "" {
				require.ErrorContains(t, err, test.refusal)
				return
			}
			require.NoError(t, err)
			defer func() { _ = connection.Close() }()
			session, err := connection.NewSession(t.Context(), nil)
			require.NoError(t, err)
			send(t, session, "logins", amqp.NewMessage([]byte(test.name)))
			assert.Equal(t, test.name, string(receive(t, session, "logins").GetData()))
		})
	}
}

// testOutcomes shows by the broker's own counts what it does with messages.
func testOutcomes(t *testing.T, broker *artemis.Broker) {
	session := dial(t, broker.URL(artemis.AMQP), login)
	receiver, err := session.NewReceiver(t.Context(), "twice.settled", queue)
	require.NoError(t, err)

	send(t, session, "twice.settled", &amqp.Message{Value: "rejected"})
	message, err := receiver.Receive(t.Context(), nil)
	require.NoError(t, err)
	assert.EqualValues(t, 1, count(t, broker, "twice.settled"), "delivered and not settled")
	require.NoError(t, receiver.RejectMessage(t.Context(), message, nil))
	requireCount(t, broker, "DLQ", 1)

	send(t, session, "twice.settled", &amqp.Message{Value: "failed"})
	for range 2 { // as often as the option lets it be tried
		message, err = receiver.Receive(t.Context(), nil)
		require.NoError(t, err)
		require.NoError(t, receiver.ModifyMessage(t.Context(), message, &amqp.ModifyMessageOptions{DeliveryFailed: true}))
	}
	requireCount(t, broker, "DLQ", 2)
	requireCount(t, broker, "twice.settled", 0)

	removed, err := broker.Manage(t.Context(), "queue.DLQ", "removeAllMessages")
	require.NoError(t, err)
	assert.Equal(t, json.Number("2"), removed)
	_, err = broker.Manage(t.Context(), "broker", "destroyQueue", "twice.settled", true)
	require.NoError(t, err, "an operation without a result")
}

func TestPair(t *testing.T) {
	started := time.Now()
	pair := artemis.StartPair(t)
	t.Logf("the pair started in %v", time.Since(started).Round(time.Millisecond))

	session := dial(t, pair.Primary.URL(artemis.AMQP), login)
	send(t, session, "moving", &amqp.Message{Header: &amqp.MessageHeader{Durable: true}, Value: "goes along"})
	_, err := amqp.Dial(t.Context(), pair.Backup.URL(artemis.AMQP), login)
	require.Error(t, err, "a waiting backup does not listen")

	failed := time.Now()
	require.NoError(t, pair.FailOver(t.Context()))
	t.Logf("the backup took over in %v", time.Since(failed).Round(time.Millisecond))

	session = dial(t, pair.Backup.URL(artemis.AMQP), login)
	assert.Equal(t, "goes along", receive(t, session, "moving").Value)
	send(t, session, "moving", &amqp.Message{Header: &amqp.MessageHeader{Durable: true}, Value: "comes back"})

	back := time.Now()
	require.NoError(t, pair.FailBack(t.Context()))
	t.Logf("the primary was back in %v", time.Since(back).Round(time.Millisecond))

	session = dial(t, pair.Primary.URL(artemis.AMQP), login)
	assert.Equal(t, "comes back", receive(t, session, "moving").Value)
}

var (
	login = &amqp.ConnOptions{SASLType: amqp.SASLTypePlain(artemis.User, artemis.Password)}
	queue = &amqp.ReceiverOptions{SourceCapabilities: []string{"queue"}}
)

func dial(t *testing.T, url string, options *amqp.ConnOptions) *amqp.Session {
	t.Helper()
	connection, err := amqp.Dial(t.Context(), url, options)
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close() })
	session, err := connection.NewSession(t.Context(), nil)
	require.NoError(t, err)
	return session
}

// send sends one message to a queue and waits until it is accepted.
func send(t *testing.T, session *amqp.Session, address string, message *amqp.Message) {
	t.Helper()
	sender, err := session.NewSender(t.Context(), address, &amqp.SenderOptions{TargetCapabilities: []string{"queue"}})
	require.NoError(t, err)
	require.NoError(t, sender.Send(t.Context(), message, nil))
	require.NoError(t, sender.Close(t.Context()))
}

// receive takes one message from a queue and accepts it.
func receive(t *testing.T, session *amqp.Session, address string) *amqp.Message {
	t.Helper()
	receiver, err := session.NewReceiver(t.Context(), address, queue)
	require.NoError(t, err)
	message, err := receiver.Receive(t.Context(), nil)
	require.NoError(t, err)
	require.NoError(t, receiver.AcceptMessage(t.Context(), message))
	require.NoError(t, receiver.Close(t.Context()))
	return message
}

func count(t *testing.T, broker *artemis.Broker, queue string) int64 {
	t.Helper()
	messages, err := broker.MessageCount(t.Context(), queue)
	require.NoError(t, err)
	return messages
}

// requireCount waits until a queue holds so many messages: a settlement is not answered.
func requireCount(t *testing.T, broker *artemis.Broker, queue string, want int64) {
	t.Helper()
	require.Eventually(t, func() bool { return count(t, broker, queue) == want }, 10*time.Second, 10*time.Millisecond,
		"%s holds %d", queue, want)
}
