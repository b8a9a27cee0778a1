package broker_test

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/sasl"
)

func TestThreeLines(t *testing.T) {
	b, err := broker.Start("amqp://127.0.0.1:0", broker.ID("the broker"))
	require.NoError(t, err)
	defer b.Stop()

	require.Equal(t, "amqp://"+b.Addr().String(), b.URL())
	c := connect(t, b)
	c.send(c.sender("q", nil), "one")
	c.accept(c.receiver("q", nil), "one")
	require.NoError(t, c.conn.Close())
}

func TestStopClosesConnections(t *testing.T) {
	b := start(t)
	c := connect(t, b)
	r := c.receiver("q", nil)
	b.Stop()
	b.Stop()
	_, err := r.Receive(c.ctx, nil)
	require.Error(t, err)
	_, err = net.Dial("tcp", b.Addr().String())
	require.Error(t, err)
	require.NoError(t, b.Wait(c.ctx))
}

func TestWaitStopsTheBrokerWithItsContext(t *testing.T) {
	b := start(t)
	ctx, cancel := context.WithCancel(within(t))
	cancel()
	require.NoError(t, b.Wait(ctx))
	_, err := net.Dial("tcp", b.Addr().String())
	require.Error(t, err)
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	_, err := broker.Start("http://127.0.0.1:0")
	var wrong *connection.URLError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, "scheme", wrong.Part)
	b := start(t)
	_, err = broker.Start(b.URL())
	require.ErrorContains(t, err, "broker: start: ")
	require.ErrorContains(t, err, b.Addr().String())
}

func TestUsersLogIn(t *testing.T) {
	check := func(user, password string) error {
		if user != "alice" || password != "secret" {
			return errors.New("unknown")
		}
		return nil
	}
	b := start(t, broker.Connections(connection.Authenticate(sasl.PlainServer(check))))
	ctx := within(t)
	_, err := amqp.Dial(ctx, b.URL(), &amqp.ConnOptions{SASLType: amqp.SASLTypePlain("alice", "wrong")})
	require.Error(t, err)
	_, err = amqp.Dial(ctx, b.URL(), nil)
	require.Error(t, err)
	conn, err := amqp.Dial(ctx, b.URL(), &amqp.ConnOptions{SASLType: amqp.SASLTypePlain("alice", "secret")})
	require.NoError(t, err)
	require.NoError(t, conn.Close())
}
