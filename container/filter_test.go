package container_test

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/receiver"
)

const selectorName = "apache.org:selector-filter:string"

// asSelected is a filter of a source: the name that it goes by, and its descriptor.
func asSelected(name, descriptor string) amqptest.Map {
	return amqptest.Map{{amqptest.Symbol(name), amqptest.D{Name: descriptor, Value: "a = 1"}}}
}

// filtered plays a client that receives by a selector, and a peer whose attach says that these filters are in place (§3.5.3).
func filtered(t *testing.T, inPlace any, then func(p *amqptest.Peer), h *handler.Funcs, opts ...receiver.Option) error {
	url := amqptest.Serve(t, func(p *amqptest.Peer) {
		p.AnswerOpen(nil)
		p.Expect("begun", f(0, "begin", nil))
		p.Send(f(0, "begin", m{"remote-channel": 0, "next-outgoing-id": 0, "incoming-window": 100, "outgoing-window": 100}))
		p.Expect("asked", f(0, "attach", m{"source": source(m{"filter": asSelected(selectorName, "0x468c00000004")})}))
		p.Send(f(0, "attach", m{"name": "l", "handle": 0, "role": false, "initial-delivery-count": 0, "target": target(nil),
			"source": source(m{"address": "q", "filter": inPlace})}))
		then(p)
	})
	h.Start = func(e *handler.Event) {
		conn, err := e.Container().Connect(url, connection.NoReconnect(), connection.SASLEnabled(false))
		require.NoError(t, err)
		_, err = e.Container().CreateReceiver(conn, "q", append(opts, receiver.Name("l"), receiver.Selector("a = 1"))...)
		require.NoError(t, err)
	}
	return run(t, h)
}

func letsGo(p *amqptest.Peer) {
	p.Await("closed", f(0, "close", nil))
	p.Send(f(0, "close", nil))
}

func TestAFilterThatIsNotInPlace(t *testing.T) {
	refuses := func(p *amqptest.Peer) {
		p.Await("the link is closed", f(0, "detach", m{"closed": true, "error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:precondition-failed"}}}))
		p.Send(f(0, "detach", m{"handle": 0, "closed": true}))
		letsGo(p)
	}
	const says = `receiver: from "q": the peer does not filter by apache.org:selector-filter:string: receiver.UnconfirmedFilters takes its messages as they are`
	for name, inPlace := range map[string]any{
		"nothing is said": nil,
		"another is":      asSelected("other", "0x468c00000003"),
		"it is null":      amqptest.Map{{amqptest.Symbol(selectorName), nil}},
	} {
		t.Run(name, func(t *testing.T) {
			opened := false
			err := filtered(t, inPlace, refuses, &handler.Funcs{
				LinkOpened: func(*handler.Event) { opened = true },
				LinkError: func(e *handler.Event) {
					assert.EqualError(t, e.Err(), says)
					var what *receiver.FilterError
					assert.ErrorAs(t, e.Err(), &what)
					assert.Equal(t, []string{selectorName}, what.Filters)
					var told *amqp.Error
					assert.ErrorAs(t, e.Err(), &told)
					e.Resolve()
					e.Connection().Close()
				},
			})
			require.NoError(t, err)
			require.False(t, opened)
		})
	}
	require.EqualError(t, filtered(t, nil, refuses, &handler.Funcs{}), says, "and nobody needs to listen to hear of it")
}

func TestAFilterThatIsInPlace(t *testing.T) {
	for name, inPlace := range map[string]any{
		"as it was asked for":     asSelected(selectorName, "0x468c00000004"),
		"under another name":      asSelected("selector", "0x468c00000004"),
		"by its symbol":           asSelected("selector", selectorName),
		"in the peer's own words": amqptest.Map{{amqptest.Symbol(selectorName), amqptest.D{Name: "0x1", Value: "b"}}},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, filtered(t, inPlace, letsGo, &handler.Funcs{LinkOpened: func(e *handler.Event) { e.Connection().Close() }}))
		})
	}
	require.NoError(t, filtered(t, nil, letsGo, &handler.Funcs{LinkOpened: func(e *handler.Event) { e.Connection().Close() }}, receiver.UnconfirmedFilters()))
}
