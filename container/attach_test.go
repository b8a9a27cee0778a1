package container_test

import (
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

// asks runs a client that makes one link, and wants its attach frame.
func asks(t *testing.T, then func(e *handler.Event, conn *connection.Connection), want m) {
	t.Helper()
	require.NoError(t, play(t, func(p *amqptest.Peer) {
		answerSession(p)
		p.Expect("the link", f(0, "attach", want))
		p.Send(f(0, "close", nil))
		p.Await("closed", f(0, "close", nil))
	}, then, &handler.Funcs{}))
}

func source(fields m) amqptest.D { return amqptest.D{Name: "source", Fields: fields} }
func target(fields m) amqptest.D { return amqptest.D{Name: "target", Fields: fields} }

func TestWhatASenderAsksFor(t *testing.T) {
	for name, c := range map[string]struct {
		opts []sender.Option
		want m
	}{
		"the defaults": {nil, m{"role": false, "snd-settle-mode": 0, "rcv-settle-mode": 0, "initial-delivery-count": 0,
			"target": target(m{"address": "q", "durable": 0, "dynamic": false}), "source": source(m{"address": nil}), "properties": nil}},
		"a name":         {[]sender.Option{sender.Name("me")}, m{"name": "me"}},
		"at most once":   {[]sender.Option{sender.AtMostOnce()}, m{"snd-settle-mode": 1}},
		"at least once":  {[]sender.Option{sender.AtMostOnce(), sender.AtLeastOnce()}, m{"snd-settle-mode": 0}},
		"settled second": {[]sender.Option{sender.ReceiverSettleMode(amqp.ReceiverSettleModeSecond)}, m{"rcv-settle-mode": 1}},
		"dynamic":        {[]sender.Option{sender.Dynamic()}, m{"target": target(m{"address": nil, "dynamic": true})}},
		"durable": {[]sender.Option{sender.Durable(amqp.DurabilityConfiguration, amqp.ExpiryPolicyNever, time.Hour)},
			m{"target": target(m{"durable": 1, "expiry-policy": "never", "timeout": 3600})}},
		"capabilities": {[]sender.Option{sender.Capabilities("queue"), sender.OfferedCapabilities("a"), sender.DesiredCapabilities("b", "c")},
			m{"target": target(m{"capabilities": []string{"queue"}}), "offered-capabilities": []string{"a"}, "desired-capabilities": []string{"b", "c"}}},
		"properties":     {[]sender.Option{sender.Properties(map[string]any{"k": int32(1)})}, m{"properties": m{"k": int32(1)}}},
		"source address": {[]sender.Option{sender.SourceAddress("here")}, m{"source": source(m{"address": "here"})}},
		"nil":            {[]sender.Option{nil}, m{"role": false}},
	} {
		t.Run(name, func(t *testing.T) { asks(t, send(t, c.opts...), c.want) })
	}
}

func TestWhatAReceiverAsksFor(t *testing.T) {
	for name, c := range map[string]struct {
		opts []receiver.Option
		want m
	}{
		"the defaults": {nil, m{"role": true, "snd-settle-mode": 2, "rcv-settle-mode": 0, "max-message-size": 128 << 20,
			"source": source(m{"address": "q", "durable": 0, "dynamic": false, "distribution-mode": nil, "filter": nil}), "target": target(m{"address": nil})}},
		"a name":           {[]receiver.Option{receiver.Name("me")}, m{"name": "me"}},
		"at most once":     {[]receiver.Option{receiver.AtMostOnce()}, m{"snd-settle-mode": 1}},
		"settled second":   {[]receiver.Option{receiver.SettleMode(amqp.ReceiverSettleModeSecond)}, m{"rcv-settle-mode": 1}},
		"dynamic":          {[]receiver.Option{receiver.Dynamic()}, m{"source": source(m{"address": nil, "dynamic": true})}},
		"a browser":        {[]receiver.Option{receiver.Browse()}, m{"source": source(m{"distribution-mode": "copy"})}},
		"small messages":   {[]receiver.Option{receiver.MaxMessageSize(1000)}, m{"max-message-size": 1000}},
		"messages at will": {[]receiver.Option{receiver.MaxMessageSize(0)}, m{"max-message-size": 256 << 20}},
		"beyond all":       {[]receiver.Option{receiver.MaxMessageSize(1 << 50)}, m{"max-message-size": 256 << 20}},
		"a subscription": {[]receiver.Option{receiver.DurableSubscription("sub")},
			m{"name": "sub", "source": source(m{"durable": 2, "expiry-policy": "never", "timeout": 0})}},
		"a selector, and not its own": {[]receiver.Option{receiver.Selector("a = 1"), receiver.NoLocal()}, m{"source": source(m{"filter": amqptest.Map{
			{amqptest.Symbol("apache.org:selector-filter:string"), amqptest.D{Name: "0x468c00000004", Value: "a = 1"}},
			{amqptest.Symbol("apache.org:no-local-filter:list"), amqptest.D{Name: "0x468c00000003", Value: "NoLocalFilter{}"}}}})}},
		"capabilities": {[]receiver.Option{receiver.Capabilities("topic"), receiver.OfferedCapabilities("a"), receiver.DesiredCapabilities("b", "c")},
			m{"source": source(m{"capabilities": []string{"topic"}}), "offered-capabilities": []string{"a"}, "desired-capabilities": []string{"b", "c"}}},
		"properties":     {[]receiver.Option{receiver.Properties(map[string]any{"k": int32(1)})}, m{"properties": m{"k": int32(1)}}},
		"target address": {[]receiver.Option{receiver.TargetAddress("here")}, m{"target": target(m{"address": "here"})}},
		"nil":            {[]receiver.Option{nil}, m{"role": true}},
	} {
		t.Run(name, func(t *testing.T) { asks(t, receive(t, c.opts...), c.want) })
	}
}

func TestWhatThePeersAttachSays(t *testing.T) {
	seen := false
	require.NoError(t, play(t, func(p *amqptest.Peer) {
		answerSession(p)
		attach := p.Expect("the sender", f(0, "attach", nil))
		p.Send(f(0, "attach", m{"name": attach.Fields["name"], "handle": 0, "role": true,
			"source": source(m{"address": "from"}), "target": target(m{"address": "to", "durable": 2, "capabilities": []string{"queue"}}),
			"properties": m{"p": "v"}}))
		expectEnd(p)
	}, func(e *handler.Event, conn *connection.Connection) {
		s, err := e.Container().CreateSender(conn, "asked", sender.Name("it"))
		require.NoError(t, err)
		require.Equal(t, "asked", s.Address(), "as it was asked for, until the peer says")
		require.Nil(t, s.RemoteSource())
		require.Nil(t, s.RemoteTarget())
		require.Nil(t, s.RemoteProperties())
		require.False(t, s.Active())
		require.Equal(t, "it", s.Name())
		require.Equal(t, amqp.SenderSettleModeUnsettled, s.SettleMode())
	}, &handler.Funcs{LinkOpened: func(e *handler.Event) {
		s := e.Sender()
		require.Equal(t, "to", s.Address())
		require.Equal(t, "from", *s.RemoteSource().Address)
		require.Equal(t, "asked", *s.Target().Address)
		require.Equal(t, amqp.DurabilityUnsettledState, s.RemoteTarget().Durable)
		require.Equal(t, []amqp.Symbol{"queue"}, s.RemoteTarget().Capabilities)
		require.Equal(t, map[string]any{"p": "v"}, s.RemoteProperties())
		require.True(t, s.Active())
		require.True(t, s.Session().Active())
		require.Same(t, e.Connection(), s.Session().Connection())
		seen = true
		e.Connection().Close()
	}}))
	require.True(t, seen)
}

func TestASubscriptionIsLeftAndEnded(t *testing.T) {
	for name, c := range map[string]struct {
		leave  func(r *receiver.Receiver)
		closed bool
	}{
		"left":  {(*receiver.Receiver).Detach, false},
		"ended": {(*receiver.Receiver).Close, true},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, play(t, func(p *amqptest.Peer) {
				answerReceiver(p)
				p.Await("the detach", f(0, "detach", m{"handle": 0, "closed": c.closed, "error": nil}))
				p.Send(f(0, "detach", m{"handle": 0, "closed": c.closed}))
				expectEnd(p)
			}, receive(t, receiver.DurableSubscription("sub")), &handler.Funcs{
				LinkOpened: func(e *handler.Event) { c.leave(e.Receiver()) },
				LinkClosed: func(e *handler.Event) { e.Connection().Close() },
			}))
		})
	}
}

func TestThePeerSuspendsALink(t *testing.T) {
	require.NoError(t, play(t, func(p *amqptest.Peer) {
		answerReceiver(p)
		p.Send(f(0, "detach", m{"handle": 0}))
		p.Await("answered in kind", f(0, "detach", m{"handle": 0, "closed": false}))
		expectEnd(p)
	}, receive(t), &handler.Funcs{LinkClosed: func(e *handler.Event) { e.Connection().Close() }}))
}
