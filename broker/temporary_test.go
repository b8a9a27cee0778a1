package broker_test

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
)

func TestDynamicSourcesAreForReplies(t *testing.T) {
	b := start(t)
	c, server := connect(t, b), connect(t, b)
	replies := c.receiver("", &amqp.ReceiverOptions{DynamicAddress: true})
	others := c.receiver("", &amqp.ReceiverOptions{DynamicAddress: true})
	require.NotEmpty(t, replies.Address())
	require.NotEqual(t, replies.Address(), others.Address())
	server.send(server.sender(replies.Address(), nil), "reply")
	server.send(server.sender(others.Address(), nil), "other")
	c.accept(replies, "reply")
	c.accept(others, "other")
}

func TestDynamicTargetsKeepMessages(t *testing.T) {
	b := start(t)
	c, other := connect(t, b), connect(t, b)
	s := c.sender("", &amqp.SenderOptions{DynamicAddress: true})
	require.NotEmpty(t, s.Address())
	c.send(s, "one")
	other.accept(other.receiver(s.Address(), nil), "one")
}

func TestTemporaryNodesGoWithTheirLinks(t *testing.T) {
	lose := map[string]func(c *client, r *amqp.Receiver){
		"link":       func(c *client, r *amqp.Receiver) { require.NoError(t, r.Close(c.ctx)) },
		"session":    func(c *client, _ *amqp.Receiver) { require.NoError(t, c.session.Close(c.ctx)) },
		"connection": func(c *client, _ *amqp.Receiver) { require.NoError(t, c.conn.Close()) },
	}
	for what, end := range lose {
		t.Run(what, func(t *testing.T) {
			b := start(t)
			c, other := connect(t, b), connect(t, b)
			r := c.receiver("", &amqp.ReceiverOptions{DynamicAddress: true, Credit: -1})
			s := other.sender(r.Address(), nil)
			other.send(s, "one")
			session, err := c.conn.NewSession(c.ctx, nil)
			require.NoError(t, err)
			beside := &client{t, c.ctx, c.conn, session}
			consumer := beside.receiver(r.Address(), nil)
			held := beside.receive(consumer)
			end(c, r)
			_, err = consumer.Receive(c.ctx, nil)
			require.Error(t, err)
			if what != "connection" {
				requireCondition(t, amqp.ErrCondResourceDeleted, err)
			}
			require.Error(t, consumer.AcceptMessage(c.ctx, held))
			for err = nil; err == nil; { // until the broker has seen that the connection is gone
				err = s.Send(other.ctx, amqp.NewMessage([]byte("two")), nil)
			}
			requireCondition(t, amqp.ErrCondResourceDeleted, err)
			_, err = other.session.NewSender(other.ctx, r.Address(), nil)
			requireCondition(t, amqp.ErrCondNotFound, err)
			_, err = other.session.NewReceiver(other.ctx, r.Address(), nil)
			requireCondition(t, amqp.ErrCondNotFound, err)
		})
	}
}

func TestTemporaryNodesOutliveOtherLinks(t *testing.T) {
	b := start(t)
	c, other := connect(t, b), connect(t, b)
	r := c.receiver("", &amqp.ReceiverOptions{DynamicAddress: true})
	for range 3 {
		s := other.sender(r.Address(), nil)
		other.send(s, "one")
		require.NoError(t, s.Close(other.ctx))
		c.accept(r, "one")
	}
}

// A temporary queue is there to be sent to by anyone, and to be received from by the connection that has it.
func TestATemporaryQueueIsOneConnections(t *testing.T) {
	b := start(t)
	c, other := connect(t, b), connect(t, b)
	r := c.receiver("", &amqp.ReceiverOptions{DynamicAddress: true})
	_, err := other.session.NewReceiver(other.ctx, r.Address(), nil)
	requireCondition(t, amqp.ErrCondResourceLocked, err)
	_, err = other.session.NewReceiver(other.ctx, r.Address(), browse(1))
	requireCondition(t, amqp.ErrCondResourceLocked, err)
	s := c.sender("", &amqp.SenderOptions{DynamicAddress: true, TargetCapabilities: []string{"temporary-queue"}}) // as Qpid JMS does it
	_, err = other.session.NewReceiver(other.ctx, s.Address(), nil)
	requireCondition(t, amqp.ErrCondResourceLocked, err)
	other.send(other.sender(s.Address(), nil), "one")
	c.accept(c.receiver(s.Address(), nil), "one")
}

// How long a node lives that was made up for a link is what its lifetime policy says (§3.5.10 to §3.5.13).
func TestLifetimePolicies(t *testing.T) {
	gone := amqptest.F(0, "detach", fields{"closed": true, "error": amqptest.D{Name: "error", Fields: fields{"condition": amqptest.Symbol("amqp:not-found")}}})
	for policy, lives := range map[string]struct{ links, messages bool }{ // on: as long as there are links, or messages
		"delete-on-close":                {false, false},
		"delete-on-no-links":             {true, false},
		"delete-on-no-messages":          {false, true},
		"delete-on-no-links-or-messages": {true, true},
	} {
		t.Run(policy, func(t *testing.T) {
			b := start(t)
			build := func() (p *amqptest.Peer, address string) {
				p = script(t, b)
				p.Send(amqptest.F(0, "attach", fields{"name": "maker", "handle": 0, "role": false, "initial-delivery-count": 0, "source": source(nil),
					"target": target(fields{"dynamic": true, "dynamic-node-properties": fields{"lifetime-policy": lifetime(policy)}})}))
				attach := p.Expect("the node", amqptest.F(0, "attach", fields{"target": amqptest.Any}))
				return p, attach.Fields["target"].(amqptest.D).Fields["address"].(string)
			}
			end := func(p *amqptest.Peer) {
				p.Send(amqptest.F(0, "detach", fields{"handle": 0, "closed": true}))
				p.Await("the maker's link ends", amqptest.F(0, "detach", fields{"closed": true, "error": nil}))
			}
			there := func(address string) bool {
				p := script(t, b)
				p.Send(amqptest.F(0, "attach", fields{"name": "look", "handle": 0, "role": true, "target": target(nil), "source": source(fields{"address": address})}))
				if f := p.Expect("an answer", amqptest.F(0, "attach", nil)); f.Fields["source"] != nil {
					p.Send(amqptest.F(0, "detach", fields{"handle": 0, "closed": true}))
					p.Await("the link ends", amqptest.F(0, "detach", nil))
					return true
				}
				p.Expect("there is none", gone)
				return false
			}

			p, empty := build()
			require.True(t, there(empty))
			end(p)
			require.False(t, there(empty), "without links and messages it goes")

			c := connect(t, b)
			p, linked := build()
			s := c.sender(linked, nil)
			end(p)
			require.Equal(t, lives.links, there(linked))
			if lives.links {
				require.NoError(t, s.Close(c.ctx))
				require.False(t, there(linked))
			}

			p, filled := build()
			s = c.sender(filled, nil)
			c.send(s, "one")
			require.NoError(t, s.Close(c.ctx))
			end(p)
			require.Equal(t, lives.messages, there(filled))
			if lives.messages {
				r := c.receiver(filled, nil)
				c.accept(r, "one")
				require.NoError(t, r.Close(c.ctx))
				require.False(t, there(filled))
			}
		})
	}
}

// A link that is detached and not closed is suspended: its node is there when it is attached again, and goes when it ends (§2.6.4, §3.5.10).
func TestATemporaryNodeWaitsForItsLink(t *testing.T) {
	b := start(t)
	p := script(t, b)
	maker := fields{"name": "maker", "handle": 0, "role": true, "target": target(nil), "source": source(fields{"dynamic": true})}
	p.Send(amqptest.F(0, "attach", maker))
	attach := p.Expect("the node", amqptest.F(0, "attach", nil))
	address := attach.Fields["source"].(amqptest.D).Fields["address"].(string)
	suspend := func() {
		p.Send(amqptest.F(0, "detach", fields{"handle": 0}))
		p.Await("answered in kind", amqptest.F(0, "detach", fields{"closed": false}))
	}
	suspend()
	c := connect(t, b)
	s := c.sender(address, nil)
	c.send(s, "one")
	for _, from := range []any{source(fields{"address": address}), nil} { // by its address, and by the link's name
		p.Send(amqptest.F(0, "attach", fields{"name": "maker", "handle": 0, "role": true, "target": target(nil), "source": from}))
		p.Expect("it is there", amqptest.F(0, "attach", fields{"source": source(fields{"address": address})}))
		suspend()
	}
	p.Send(amqptest.F(0, "attach", fields{"name": "maker", "handle": 0, "role": true, "target": target(nil), "source": nil}))
	p.Expect("it is there", amqptest.F(0, "attach", fields{"source": source(fields{"address": address})}))
	p.Send(credit(1))
	p.Await("what came meanwhile", amqptest.F(0, "transfer", nil))
	suspend()
	p.Send(amqptest.F(0, "end", nil))
	p.Await("the session ends, and what is suspended on it (§3.5.6)", amqptest.F(0, "end", nil))
	requireCondition(t, amqp.ErrCondResourceDeleted, s.Send(c.ctx, amqp.NewMessage([]byte("two")), nil))
}
