package container_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sasl"
	"github.com/hadron-mq/hadron/sender"
)

func TestOptionsOfConnectionsAreChecked(t *testing.T) {
	for says, opt := range map[string]connection.Option{
		"User: the name is empty":                                 connection.User("", "secret"),
		"User: name or password holds a NUL":                      connection.User("alice", "sec\x00ret"),
		"Mechanisms: a mechanism is nil":                          connection.Mechanisms(nil),
		"Mechanisms: PLAIN is there twice":                        connection.Mechanisms(sasl.Plain("a", "b"), sasl.Plain("c", "d")),
		"Authenticate: no mechanism is given":                     connection.Authenticate(),
		"Authenticate: a mechanism is nil":                        connection.Authenticate(sasl.AnonymousServer(), nil),
		"Authenticate: ANONYMOUS is there twice":                  connection.Authenticate(sasl.AnonymousServer(), sasl.AnonymousServer()),
		"ContainerID: the id is empty":                            connection.ContainerID(""),
		`ContainerID: the id "\xff" is not valid UTF-8`:           connection.ContainerID("\xff"),
		"VirtualHost: the name is empty":                          connection.VirtualHost(""),
		`Properties: "könig" is not ASCII, as symbols are`:        connection.Properties(map[string]any{"könig": 1}),
		"OfferedCapabilities: one is empty":                       connection.OfferedCapabilities("a", ""),
		`DesiredCapabilities: "a" is there twice`:                 connection.DesiredCapabilities("a", "b", "a"),
		"MaxFrameSize: 511 is less than 512":                      connection.MaxFrameSize(511),
		"MaxFrameSize: 4294967295 is more than 1073741824":        connection.MaxFrameSize(math.MaxUint32),
		"MaxSessions: 0 is less than 1":                           connection.MaxSessions(0),
		"MaxSessions: 65537 is more than 65536":                   connection.MaxSessions(65537),
		"MaxLinks: -1 is less than 1":                             connection.MaxLinks(-1),
		"MaxPartial: 0 is less than 1":                            connection.MaxPartial(0),
		"IdleTimeout: -1s is less than 0":                         connection.IdleTimeout(-time.Second),
		"IdleTimeout: 2400h0m0s is longer than the 2386h5m34.59s": connection.IdleTimeout(100 * 24 * time.Hour),
		"ConnectTimeout: -1ns is less than 0":                     connection.ConnectTimeout(-1),
		"Reconnect: the policy is nil; NoReconnect is for none":   connection.Reconnect(nil),
		"URLs: none is given":                                     connection.URLs(),
		"RetryIf: the function is nil":                            connection.RetryIf(nil),
		"TLSConfig: the configuration is nil":                     connection.TLSConfig(nil),
		"Dialer: the function is nil":                             connection.Dialer(nil),
		"Proxy: it is not a URL":                                  connection.Proxy("http://alice:secret@%zz"),
		`Proxy: scheme "ftp" is none of http, socks5 and socks5h`: connection.Proxy("ftp://alice:secret@h"),
		"Proxy: the host is missing":                              connection.Proxy("http://"),
		"BusyPoll: -1ms is less than 0":                           connection.BusyPoll(-time.Millisecond),
		"handler.ForConnection: the handler is nil":               handler.ForConnection(nil),
	} {
		c := container.New(nil)
		_, err := c.Connect("amqp://localhost", opt)
		assert.ErrorContains(t, err, "connection: option "+says)
		_, err = c.Listen("amqp://localhost:0", opt)
		assert.ErrorContains(t, err, "connection: option "+says)
		if err != nil {
			assert.NotContains(t, err.Error(), "secret")
		}
		_, err = container.New(nil, container.Connections(opt)).Connect("amqp://localhost")
		assert.ErrorContains(t, err, "option "+says, "as a default")
	}
	c := container.New(nil)
	_, err := c.Connect("amqp://localhost", nil, connection.MaxSessions(1), connection.MaxFrameSize(512), connection.IdleTimeout(0), connection.ConnectTimeout(0))
	require.NoError(t, err, "the bounds are within, and nil is nothing")
	_, err = c.Connect("amqp://localhost", connection.Properties(map[string]any{"x": make(chan int)}))
	require.ErrorContains(t, err, "connection: the open frame: ")
	_, err = c.Listen("amqp://localhost:0", connection.Authenticate(sasl.AnonymousServer()), connection.SASLEnabled(false))
	require.EqualError(t, err, "connection: option Authenticate: nobody can log in where SASLEnabled(false) is given")
}

func TestOptionsOfLinksAreChecked(t *testing.T) {
	c := container.New(nil)
	conn, err := c.Connect("amqp://localhost", connection.MaxLinks(1))
	require.NoError(t, err)
	for says, opt := range map[string]sender.Option{
		"Name: the name is empty":                                sender.Name(""),
		"SettleMode: there is no settle mode 3":                  sender.SettleMode(3),
		"ReceiverSettleMode: there is no settle mode 2":          sender.ReceiverSettleMode(2),
		"QueueLimit: -1 is less than 0":                          sender.QueueLimit(-1),
		"Capabilities: one is empty":                             sender.Capabilities(""),
		"Durable: there is no durability 3":                      sender.Durable(3, "", 0),
		`Durable: there is no expiry policy "soon"`:              sender.Durable(0, "soon", 0),
		"Durable: -1s is less than 0":                            sender.Durable(0, "", -time.Second),
		"Durable: the time-out 1.5s is not one of whole seconds": sender.Durable(0, "", 1500*time.Millisecond),
		"SourceAddress: the address is empty":                    sender.SourceAddress(""),
		`Properties: "ä" is not ASCII`:                           sender.Properties(map[string]any{"ä": 1}),
		`OfferedCapabilities: "a" is there twice`:                sender.OfferedCapabilities("a", "a"),
		"DesiredCapabilities: one is empty":                      sender.DesiredCapabilities(""),
		"handler.ForSender: the handler is nil":                  handler.ForSender(nil),
	} {
		_, err := c.CreateSender(conn, "q", opt)
		assert.ErrorContains(t, err, `sender: to "q": option `+says)
	}
	for says, opt := range map[string]receiver.Option{
		"Name: the name is empty":                          receiver.Name(""),
		"Credit: -1 is less than 0":                        receiver.Credit(-1),
		"SettleMode: there is no settle mode 2":            receiver.SettleMode(2),
		"SenderSettleMode: there is no settle mode 3":      receiver.SenderSettleMode(3),
		`Capabilities: "a" is there twice`:                 receiver.Capabilities("a", "a"),
		"Filter: one is empty":                             receiver.Filter("", 1, "x"),
		"Selector: the expression is empty":                receiver.Selector(""),
		"Durable: the time-out 1193046h28m16s is too long": receiver.Durable(1, amqp.ExpiryPolicyNever, (1<<32)*time.Second),
		"DurableSubscription: the name is empty":           receiver.DurableSubscription(""),
		"TargetAddress: the address is empty":              receiver.TargetAddress(""),
		`Properties: "ä" is not ASCII`:                     receiver.Properties(map[string]any{"ä": 1}),
		"OfferedCapabilities: one is empty":                receiver.OfferedCapabilities(""),
		`DesiredCapabilities: "a" is there twice`:          receiver.DesiredCapabilities("a", "a"),
		"handler.ForReceiver: the handler is nil":          handler.ForReceiver(nil),
	} {
		_, err := c.CreateReceiver(conn, "q", opt)
		assert.ErrorContains(t, err, `receiver: from "q": option `+says)
	}
	_, err = c.CreateReceiver(conn, "q", receiver.Selector("a"), receiver.Selector("b"))
	require.ErrorContains(t, err, `option Filter: "apache.org:selector-filter:string" is there twice`)
	_, err = c.CreateReceiver(conn, "q", receiver.Queue(), receiver.Topic())
	require.EqualError(t, err, `receiver: from "q": option Topic: the address is said to be a queue already`)
	_, err = c.CreateSender(conn, "q", sender.Topic(), sender.Topic())
	require.ErrorContains(t, err, "option Topic: the address is said to be a topic already")
	_, err = c.CreateSender(nil, "q")
	require.EqualError(t, err, `sender: to "q": no connection is given`)
	_, err = c.CreateReceiver(nil, "q")
	require.EqualError(t, err, `receiver: from "q": no connection is given`)
	_, err = receiver.Create(nil, "q")
	require.EqualError(t, err, `receiver: from "q": no session is given`)

	_, err = c.CreateSender(conn, "q")
	require.NoError(t, err, "none of them is left behind: there is room for the one link that may be")
}

func TestOptionsOfContainersAreChecked(t *testing.T) {
	for says, opt := range map[string]container.Option{
		"ID: the id is empty":            container.ID(""),
		"Logger: the logger is nil":      container.Logger(nil),
		"Loops: 0 is less than 1":        container.Loops(0),
		"Logins: -1 is less than 1":      container.Logins(-1),
		"Grace: -1s is less than 0":      container.Grace(-time.Second),
		"TraceFrames: the writer is nil": container.TraceFrames(nil),
	} {
		c := container.New(nil, opt)
		_, err := c.Connect("amqp://localhost")
		assert.ErrorContains(t, err, "container: option "+says)
		_, err = c.Listen("amqp://localhost:0")
		assert.ErrorContains(t, err, "container: option "+says)
		assert.ErrorContains(t, c.Run(context.Background()), "container: option "+says)
	}
}

// A link of the peer's is not opened by options that make no sense, and nothing of them is left when it is opened by others.
func TestOptionsOfAnOpenAreChecked(t *testing.T) {
	n := listen(t, &handler.Funcs{LinkOpening: func(e *handler.Event) {
		err := e.Receiver().Open(receiver.Credit(7), receiver.Name(""))
		assert.ErrorContains(t, err, "receiver: open: option Name: the name is empty")
	}})
	p := n.dial()
	p.Open(nil)
	p.Send(f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 100, "outgoing-window": 100}),
		f(0, "attach", m{"name": "l", "handle": 0, "role": false, "initial-delivery-count": 0}))
	p.Await("the link is opened all the same", f(0, "attach", m{"name": "l"}))
	p.Await("by the defaults", f(0, "flow", m{"handle": 0, "link-credit": receiver.DefaultCredit}))
}
