package broker_test

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"
)

func browse(credit int32) *amqp.ReceiverOptions {
	return &amqp.ReceiverOptions{Credit: credit, SourceDistributionMode: amqp.SourceDistributionModeCopy}
}

func TestBrowsersSeeEachMessageOnceAndTakeNone(t *testing.T) {
	c := connect(t, start(t))
	s := c.sender("q", nil)
	c.send(s, "1", "2", "3")
	b := c.receiver("q", browse(2))
	c.accept(b, "1", "2", "3")
	c.send(s, "4")
	m := c.receive(b)
	require.Equal(t, "4", string(m.GetData()))
	require.NoError(t, b.RejectMessage(c.ctx, m, nil)) // of no consequence
	require.NoError(t, b.Close(c.ctx))
	c.accept(c.receiver("q", browse(10)), "1", "2", "3", "4")
	c.accept(c.receiver("q", nil), "1", "2", "3", "4")
	c.none("q")
}

func TestBrowsersSeeWhatIsBack(t *testing.T) {
	c := connect(t, start(t))
	s := c.sender("q", nil)
	c.send(s, "1", "2", "3", "4")
	r := c.receiver("q", &amqp.ReceiverOptions{Credit: -1})
	require.NoError(t, r.IssueCredit(3))
	held := []*amqp.Message{c.receive(r), c.receive(r), c.receive(r)}
	b := c.receiver("q", browse(1))
	c.accept(b, "4") // the others are not there to be seen
	require.NoError(t, r.AcceptMessage(c.ctx, held[1]))
	require.NoError(t, r.Close(c.ctx))
	c.accept(c.receiver("q", browse(1)), "1", "3", "4")
	c.send(s, "5")
	c.accept(b, "5")
	c.accept(c.receiver("q", nil), "1", "3", "4", "5")
}
