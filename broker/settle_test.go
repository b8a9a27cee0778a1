package broker_test

import (
	"fmt"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"
)

// go-amqp refuses a link whose settle modes do not come back as it asked for them.
func TestEverySettleMode(t *testing.T) {
	b := start(t)
	c := connect(t, b)
	sending := []amqp.SenderSettleMode{amqp.SenderSettleModeUnsettled, amqp.SenderSettleModeSettled, amqp.SenderSettleModeMixed}
	receiving := []amqp.ReceiverSettleMode{amqp.ReceiverSettleModeFirst, amqp.ReceiverSettleModeSecond}
	for _, inSend := range sending {
		for _, inReceive := range receiving {
			for _, outSend := range sending {
				for _, outReceive := range receiving {
					name := fmt.Sprintf("in %v %v, out %v %v", inSend, inReceive, outSend, outReceive)
					t.Run(name, func(t *testing.T) {
						s := c.sender("q", &amqp.SenderOptions{SettlementMode: &inSend, RequestedReceiverSettleMode: &inReceive})
						r := c.receiver("q", &amqp.ReceiverOptions{RequestedSenderSettleMode: &outSend, SettlementMode: &outReceive, Credit: 3})
						c.send(s, "1", "2", "3")
						c.accept(r, "1", "2", "3")
						require.NoError(t, s.Close(c.ctx))
						require.NoError(t, r.Close(c.ctx))
						c.none("q")
					})
				}
			}
		}
	}
}

func TestSettledAndUnsettledOnOneLink(t *testing.T) {
	c := connect(t, start(t))
	s := c.sender("q", &amqp.SenderOptions{SettlementMode: amqp.SenderSettleModeMixed.Ptr()})
	require.NoError(t, s.Send(c.ctx, amqp.NewMessage([]byte("settled")), &amqp.SendOptions{Settled: true}))
	require.NoError(t, s.Send(c.ctx, amqp.NewMessage([]byte("unsettled")), nil))
	c.accept(c.receiver("q", nil), "settled", "unsettled")
}

func TestSettledMessagesDoNotComeBack(t *testing.T) {
	c := connect(t, start(t))
	c.send(c.sender("q", nil), "1", "2")
	r := c.receiver("q", &amqp.ReceiverOptions{RequestedSenderSettleMode: amqp.SenderSettleModeSettled.Ptr(), Credit: 2})
	c.receive(r)
	c.receive(r)
	require.NoError(t, r.Close(c.ctx))
	c.none("q")
}
