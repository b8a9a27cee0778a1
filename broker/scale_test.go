package broker_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"
)

func TestLargeMessages(t *testing.T) {
	const size = 10 << 20
	body := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(body) // it never fails
	b := start(t)
	c, other := connect(t, b), connect(t, b)
	s := c.sender("q", nil)
	r := other.receiver("q", &amqp.ReceiverOptions{Credit: 1})
	for range 3 {
		require.NoError(t, s.Send(c.ctx, amqp.NewMessage(body), nil))
	}
	m := other.receive(r)
	require.True(t, bytes.Equal(body, m.GetData()))
	require.NoError(t, r.ReleaseMessage(other.ctx, m))
	for range 3 {
		m := other.receive(r)
		require.True(t, bytes.Equal(body, m.GetData()))
		require.NoError(t, r.AcceptMessage(other.ctx, m))
	}
	c.none("q")
}

func TestManyLinksOnOneSession(t *testing.T) {
	const links = 100
	c := connect(t, start(t))
	senders, receivers := make([]*amqp.Sender, links), make([]*amqp.Receiver, links)
	for i := range links {
		address := fmt.Sprintf("q%d", i)
		senders[i], receivers[i] = c.sender(address, nil), c.receiver(address, nil)
	}
	for i, s := range senders {
		c.send(s, fmt.Sprint(i))
	}
	for i, r := range receivers {
		c.accept(r, fmt.Sprint(i))
	}
}

func TestManySessions(t *testing.T) {
	const sessions = 50
	c := connect(t, start(t))
	var all []*client
	for range sessions {
		session, err := c.conn.NewSession(c.ctx, nil)
		require.NoError(t, err)
		all = append(all, &client{t, c.ctx, c.conn, session})
	}
	for i, one := range all {
		one.send(one.sender(fmt.Sprint(i), nil), "one")
	}
	for i := range all {
		next := all[(i+1)%sessions]
		next.accept(next.receiver(fmt.Sprint(i), nil), "one")
	}
}
