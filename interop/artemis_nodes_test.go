package interop_test

import (
	"fmt"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/interop/artemis"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// testQueue: a queue, which comes into being with its first link, gives each message to one receiver.
func testQueue(t *testing.T, b broker) {
	c := dial(t, b.URL(artemis.AMQP), asAdmin)
	c.sender("nodes.queue", sender.Queue()).send(text("one"), text("two"))
	b.requireCount(t, "nodes.queue", 2)
	assert.Contains(t, b.attribute(t, "address.nodes.queue", "routingTypesAsJSON"), "ANYCAST")

	left := c.receiver("nodes.queue", receiver.Queue(), receiver.Credit(1))
	right := c.receiver("nodes.queue", receiver.Queue(), receiver.Credit(1))
	first, second := left.next("one"), right.next("two")
	first.accept()
	second.accept()
	left.nothing()
	right.nothing()
	b.requireCount(t, "nodes.queue", 0)
}

// testTopic: a topic gives each message to all who are there, and to nobody later.
func testTopic(t *testing.T, b broker) {
	c := dial(t, b.URL(artemis.AMQP), asAdmin)
	s := c.sender("nodes.topic", sender.Topic())
	s.send(text("before all"))
	assert.Contains(t, b.attribute(t, "address.nodes.topic", "routingTypesAsJSON"), "MULTICAST")

	left := c.receiver("nodes.topic", receiver.Topic())
	right := c.receiver("nodes.topic", receiver.Topic())
	s.send(text("to all"))
	left.next("to all").accept()
	right.next("to all").accept()
	left.nothing()
	right.nothing()
}

// testDurableSubscription: a subscription with a name keeps what comes while its receiver is away, until the receiver closes it.
func testDurableSubscription(t *testing.T, b broker) {
	const queue = "subscriber.news" // as the broker calls it: container id and link name
	away := dialAs(t, "subscriber", b.URL(artemis.AMQP), asAdmin)
	s := dial(t, b.URL(artemis.AMQP), asAdmin).sender("nodes.news", sender.Topic())

	in := away.receiver("nodes.news", receiver.Topic(), receiver.DurableSubscription("news"))
	s.send(text("while there"))
	in.next("while there").accept()
	in.leave()

	s.send(text("while detached"))
	b.requireCount(t, queue, 1)
	in = away.receiver("nodes.news", receiver.Topic(), receiver.DurableSubscription("news"))
	in.next("while detached") // and not settled
	away.close()

	s.send(text("while disconnected"))
	b.requireCount(t, queue, 2)
	back := dialAs(t, "subscriber", b.URL(artemis.AMQP), asAdmin)
	in = back.receiver("nodes.news", receiver.Topic(), receiver.DurableSubscription("news"))
	in.next("while detached").accept()
	in.next("while disconnected").accept()
	in.end()

	_, err := b.MessageCount(t.Context(), queue)
	require.Error(t, err, "the subscription is ended with its receiver")
}

// testSharedSubscription: receivers that share a subscription share its messages out.
func testSharedSubscription(t *testing.T, b broker) {
	c := dialAs(t, "sharers", b.URL(artemis.AMQP), asAdmin)
	share := func(n int) *incoming { // the broker takes what stands before the bar for the name of the subscription
		return c.receiver("nodes.shared", receiver.Topic(), receiver.Name(fmt.Sprintf("team|%d", n)), receiver.Capabilities("shared"), receiver.Credit(1))
	}
	left, right := share(1), share(2)
	c.sender("nodes.shared", sender.Topic()).send(text("one"), text("two"))
	first, second := left.next("one"), right.next("two")
	first.accept()
	second.accept()
	left.nothing()
	right.nothing()
}

// testFilters: what a filter does not let through stays, or goes elsewhere; the broker says which filters are in place.
func testFilters(t *testing.T, b broker) {
	c := dial(t, b.URL(artemis.AMQP), asAdmin)
	s := c.sender("nodes.filtered", sender.Queue())
	for _, colour := range []string{"red", "blue", "red"} {
		m := text(colour)
		m.ApplicationProperties = map[string]any{"colour": colour, "weight": int32(5)}
		s.send(m)
	}
	red := c.receiver("nodes.filtered", receiver.Queue(), receiver.Selector("colour = 'red' AND weight > 3"))
	require.NoError(t, c.do(func() error {
		assert.Contains(t, red.RemoteSource().Filter, "apache.org:selector-filter:string")
		return nil
	}))
	red.next("red").accept()
	red.next("red").accept()
	red.nothing()
	b.requireCount(t, "nodes.filtered", 1)

	in := c.receiver("nodes.local", receiver.Topic(), receiver.NoLocal())
	c.sender("nodes.local", sender.Topic()).send(text("ours"))
	dial(t, b.URL(artemis.AMQP), asAdmin).sender("nodes.local", sender.Topic()).send(text("theirs"))
	in.next("theirs").accept()
	in.nothing()
}

// testDynamicNodes asks a question: the answer comes to a node that the broker makes up.
func testDynamicNodes(t *testing.T, b broker) {
	server := dial(t, b.URL(artemis.AMQP), asAdmin)
	requests := server.receiver("nodes.questions", receiver.Queue())
	replies := server.sender("") // each reply says where it goes

	client := dial(t, b.URL(artemis.AMQP), asAdmin)
	answers := client.receiver("", receiver.Dynamic())
	var replyTo string
	require.NoError(t, client.do(func() error {
		replyTo = answers.Address()
		assert.True(t, answers.RemoteSource().Dynamic)
		return nil
	}))
	require.NotEmpty(t, replyTo)
	question := text("what is it?")
	question.Properties = &amqp.MessageProperties{ReplyTo: &replyTo, CorrelationID: uint64(7)}
	client.sender("nodes.questions", sender.Queue()).send(question)

	asked := requests.next("what is it?")
	answer := text("this")
	answer.Properties = &amqp.MessageProperties{To: asked.Properties.ReplyTo, CorrelationID: asked.Properties.CorrelationID}
	replies.send(answer)
	asked.accept()

	answered := answers.next("this")
	require.Equal(t, uint64(7), answered.Properties.CorrelationID)
	answered.accept()
	answers.end()

	_, err := b.MessageCount(t.Context(), replyTo)
	require.Error(t, err, "the node goes with its link")
}

// testAnonymousTerminus: a sender to no address sends where each message says, and hears where that cannot be.
func testAnonymousTerminus(t *testing.T, b broker) {
	c := dial(t, b.URL(artemis.AMQP), asAdmin)
	left, right := c.receiver("nodes.left", receiver.Queue()), c.receiver("nodes.right", receiver.Queue())
	anywhere := c.sender("")
	to := func(address, body string) *amqp.Message {
		m := text(body)
		m.Properties = &amqp.MessageProperties{To: &address}
		return m
	}
	anywhere.send(to("nodes.right", "r"), to("nodes.left", "l"))
	left.next("l").accept()
	right.next("r").accept()

	require.IsType(t, &amqp.StateRejected{}, anywhere.try(text("to nowhere")))
}

// testBrowsing looks at messages, which stay.
func testBrowsing(t *testing.T, b broker) {
	c := dial(t, b.URL(artemis.AMQP), asAdmin)
	c.sender("nodes.shelf", sender.Queue()).send(text("one"), text("two"))
	look := c.receiver("nodes.shelf", receiver.Queue(), receiver.Browse())
	look.next("one").accept()
	look.next("two").accept()
	look.nothing()
	look.end()
	b.requireCount(t, "nodes.shelf", 2)
	c.receiver("nodes.shelf", receiver.Queue(), receiver.Credit(1)).next("one").accept()
	b.requireCount(t, "nodes.shelf", 1)
}

// testDeletedQueue: the broker detaches a link whose queue is deleted, and says why; the connection goes on.
func testDeletedQueue(t *testing.T, b broker) {
	c := dial(t, b.URL(artemis.AMQP), asAdmin, connection.NoReconnect())
	in := c.receiver("nodes.doomed", receiver.Queue())
	b.manage(t, "broker", "destroyQueue", "nodes.doomed", true)
	var told *amqp.Error
	require.ErrorAs(t, within(t, in.opened, "the broker's detach"), &told)
	require.Equal(t, amqp.ErrCondResourceDeleted, told.Condition)
	within(t, in.closed, "the end of the link")

	c.sender("nodes.alive", sender.Queue()).send(text("still here"))
	c.receiver("nodes.alive", receiver.Queue()).next("still here").accept()
}
