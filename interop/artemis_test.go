package interop_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/interop/artemis"
)

// asAdmin logs in by PLAIN.
var asAdmin = connection.User(artemis.User, artemis.Password)

// broker is the one Artemis that the conversations share. Each has addresses of its own.
type broker struct{ *artemis.Broker }

// TestArtemis has Hadron talk with ActiveMQ Artemis, the real one.
func TestArtemis(t *testing.T) {
	started := time.Now()
	b := broker{artemis.Start(t,
		artemis.AddressSetting("examples.#", map[string]string{
			"default-address-routing-type": "ANYCAST", "default-queue-routing-type": "ANYCAST",
		}),
		artemis.AddressSetting("twice.#", map[string]string{"max-delivery-attempts": "2"}),
		artemis.AddressSetting("small.#", map[string]string{"max-size-bytes": "20000", "address-full-policy": "FAIL"}),
	)}
	t.Logf("Artemis started in %v", time.Since(started).Round(time.Millisecond))

	for _, conversation := range []struct {
		about string
		hold  func(*testing.T, broker)
	}{
		{"who it is", testOpen},
		{"logins", testLogins},
		{"refused logins", testRefusedLogins},
		{"examples", testExamples},
		{"queues", testQueue},
		{"topics", testTopic},
		{"durable subscriptions", testDurableSubscription},
		{"shared subscriptions", testSharedSubscription},
		{"filters", testFilters},
		{"dynamic nodes", testDynamicNodes},
		{"the anonymous terminus", testAnonymousTerminus},
		{"browsing", testBrowsing},
		{"outcomes", testOutcomes},
		{"redelivery", testRedelivery},
		{"settled messages", testSettled},
		{"a full address", testFullAddress},
		{"draining", testDrain},
		{"delays", testDelays},
		{"large messages", testLargeMessage},
		{"what a message may hold", testSections},
		{"a deleted queue", testDeletedQueue},
		{"a connection that the broker closes", testClosedByBroker},
		{"a broker that stops and starts again", testRestart}, // the last: it takes the broker's temporary nodes along
	} {
		t.Run(conversation.about, func(t *testing.T) { conversation.hold(t, b) })
	}
}

// testOpen is what the broker says of itself, by which its ways are known.
func testOpen(t *testing.T, b broker) {
	c := dial(t, b.URL(artemis.AMQP), asAdmin)
	require.NoError(t, c.do(func() error {
		assert.Equal(t, "apache-activemq-artemis", c.conn.RemoteProperties()["product"])
		for _, capability := range []string{"ANONYMOUS-RELAY", "SHARED-SUBS", "DELAYED_DELIVERY", "sole-connection-for-container"} {
			assert.Contains(t, symbols(c.conn.RemoteOfferedCapabilities()), capability)
		}
		assert.True(t, c.conn.Active())
		return nil
	}))
}

// requireCount waits until a queue holds so many messages: a settlement is not answered.
func (b broker) requireCount(t *testing.T, queue string, want int64) {
	t.Helper()
	var have int64
	require.Eventually(t, func() bool {
		var err error
		have, err = b.MessageCount(t.Context(), queue)
		return err == nil && have == want
	}, patience, 10*time.Millisecond, "%s is to hold %d messages", queue, want)
}

// attribute reads an attribute of a resource as text.
func (b broker) attribute(t *testing.T, resource, attribute string) any {
	t.Helper()
	v, err := b.Attribute(t.Context(), resource, attribute)
	require.NoError(t, err)
	return v
}

// manage performs an operation on a resource.
func (b broker) manage(t *testing.T, resource, operation string, parameters ...any) any {
	t.Helper()
	v, err := b.Manage(t.Context(), resource, operation, parameters...)
	require.NoError(t, err)
	return v
}

func symbols[S ~string](in []S) (out []string) {
	for _, s := range in {
		out = append(out, string(s))
	}
	return out
}
