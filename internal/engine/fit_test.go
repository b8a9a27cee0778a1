package engine

import (
	"strings"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/internal/wire"
)

// small is a peer that takes the smallest frames that there may be (§2.7.1).
var small = m{"max-frame-size": 512}

var long = strings.Repeat("x", 5000)

// wordy is an error that does not fit into such a frame.
func wordy() *amqp.Error {
	return &amqp.Error{Condition: amqp.ErrCondNotFound, Description: long, Info: map[string]any{"more": long}}
}

// cut is what a peer sees of it.
var cut = amqptest.D{Name: "error", Fields: m{"condition": "amqp:not-found", "description": amqptest.Any, "info": nil}}

// What is too long for the peer is said in short (§2.7.1): it is never left without a word.
func TestErrorsAreCutToThePeersFrames(t *testing.T) {
	begun := func(t *testing.T) (*talk, *Session, *Link) {
		k, s := served(t, Config{}, small)
		k.hear(f(0, "attach", m{"name": "in", "handle": 0, "role": false, "initial-delivery-count": 0}))
		return k, s, k.wantEvent("attach", LinkRemoteAttach).Link
	}
	t.Run("a link is refused", func(t *testing.T) {
		k, _, l := begun(t)
		l.Close(wordy())
		k.settle()
		k.want("attached only to be refused", "attach", nil)
		k.want("and told why", "detach", m{"closed": true, "error": cut})
	})
	t.Run("a session is ended", func(t *testing.T) {
		k, s, _ := begun(t)
		s.End(wordy())
		k.settle()
		k.want("told why", "end", m{"error": cut})
	})
	t.Run("a connection is closed", func(t *testing.T) {
		k, _, _ := begun(t)
		k.c.Close(wordy())
		k.settle()
		k.want("told why", "close", m{"error": cut})
	})
	t.Run("and what has no encoding is left out", func(t *testing.T) {
		k, _, _ := begun(t)
		k.c.Close(&amqp.Error{Condition: amqp.ErrCondNotFound, Description: "why", Info: map[string]any{"x": make(chan int)}})
		k.settle()
		k.want("told why", "close", m{"error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:not-found", "description": "why", "info": nil}}})
	})
	t.Run("a message is rejected", func(t *testing.T) {
		k, _, l := begun(t)
		l.cfg.Window = 10
		require.NoError(t, l.Attach())
		k.settle()
		k.frames = nil
		k.hear(f(0, "transfer", m{"handle": 0, "delivery-id": 0, "delivery-tag": "t"}))
		d := k.wantEvent("came", DeliveryReceived).Delivery
		require.ErrorContains(t, d.Update(&wire.State{Code: wire.CodeModified, Annotations: amqp.Annotations{"x": long}}, true), "fit into a frame")
		require.NoError(t, d.Update(&wire.State{Code: wire.CodeRejected, Error: wordy()}, true))
		k.settle()
		k.want("told why", "disposition", m{"settled": true, "state": amqptest.D{Name: "rejected", Fields: m{"error": cut}}})
		require.Equal(t, long, d.LocalState().Error.Description, "the application's own is whole")
	})
	t.Run("what the peer itself has said is not said back", func(t *testing.T) {
		k := clientTalk(t, Config{}, small)
		l := k.sender(k.session(nil), 1, nil)
		d, err := l.Send(amqp.NewMessage(nil), false)
		require.NoError(t, err)
		k.settle()
		k.frames = nil
		k.hear(f(0, "disposition", m{"role": true, "first": 0, "state": amqptest.D{Name: "modified", Fields: m{"message-annotations": amqptest.Map{{amqptest.Symbol("x"), long}}}}}))
		require.NoError(t, d.Update(d.RemoteState(), true))
		k.settle()
		k.want("settled", "disposition", m{"role": false, "settled": true, "state": nil})
	})
}

// An answer that does not fit refuses the link, or ends the session where not even the refusal does (§2.8.15).
func TestAttachesThatDoNotFit(t *testing.T) {
	t.Run("an answer", func(t *testing.T) {
		k, s := served(t, Config{}, small)
		k.hear(f(0, "attach", m{"name": "in", "handle": 0, "role": true, "source": amqptest.D{Name: "source", Fields: m{"address": long}}}))
		l := k.wantEvent("attach", LinkRemoteAttach).Link
		l.cfg.Source = l.peer.Source
		require.ErrorContains(t, l.Attach(), "where the peer takes frames of 512")
		k.settle()
		k.want("attached only to be refused", "attach", m{"name": "in", "source": nil})
		k.want("and told why", "detach", m{"closed": true, "error": told(amqp.ErrCondFrameSizeTooSmall)})
		k.hear(f(0, "detach", m{"handle": 0, "closed": true}))
		k.wantEvent("answered", LinkRemoteDetach)
		require.Empty(t, s.Links())
		k.goesOn()
	})
	t.Run("an answer with what has no encoding", func(t *testing.T) {
		k, _ := served(t, Config{}, nil)
		k.hear(f(0, "attach", m{"name": "in", "handle": 0, "role": true}))
		l := k.wantEvent("attach", LinkRemoteAttach).Link
		l.cfg.Extensions = &Extensions{Properties: map[string]any{"x": make(chan int)}}
		require.ErrorContains(t, l.Attach(), "chan int")
		k.settle()
		k.want("attached only to be refused", "attach", m{"name": "in", "properties": nil})
		k.want("and told why", "detach", m{"closed": true, "error": told(amqp.ErrCondInternalError)})
	})
	t.Run("not even the refusal of one", func(t *testing.T) {
		k, s := served(t, Config{}, small)
		k.hear(f(0, "attach", m{"name": long, "handle": 0, "role": true}))
		require.Error(t, k.wantEvent("attach", LinkRemoteAttach).Link.Attach())
		k.settle()
		k.want("the session is ended", "end", m{"error": told(amqp.ErrCondFrameSizeTooSmall)})
		k.hear(f(0, "end", nil))
		require.Empty(t, k.c.Sessions())
		require.NotEmpty(t, k.events)
		require.Equal(t, Closed, s.LocalState())
		k.goesOn()
	})
	t.Run("one of our own", func(t *testing.T) {
		k := clientTalk(t, Config{}, small)
		s := k.session(nil)
		l := s.NewLink("in", RoleReceiver)
		l.cfg.Source = &wire.Source{Address: &long}
		require.ErrorContains(t, l.Attach(), "where the peer takes frames of 512")
		require.Empty(t, s.Links())
		k.goesOn()
	})
}

// Before the peer's open, frames have at most 512 bytes and channel 0 (§2.4.1): what is more waits for it.
func TestWhatIsPipelinedIsSmall(t *testing.T) {
	begin := func(t *testing.T) (*talk, *Link) {
		k := newTalk(t, Config{})
		k.c.Open()
		first, second := k.c.NewSession(), k.c.NewSession()
		require.NoError(t, first.Begin())
		l := first.NewLink("long", RoleReceiver)
		l.cfg.Source = &wire.Source{Address: &long}
		require.NoError(t, l.Attach())
		require.NoError(t, first.NewLink("short", RoleReceiver).Attach())
		require.NoError(t, second.Begin())
		k.c.StartClient(k.now, nil)
		k.settle()
		k.wantHeader(amqptest.HeaderAMQP)
		k.want("the client opens", "open", nil)
		require.Zero(t, k.want("and begins", "begin", nil).Channel)
		k.want("and attaches what fits", "attach", m{"name": "short"})
		k.wantNothing("all else waits")
		return k, l
	}
	t.Run("the peer takes more", func(t *testing.T) {
		k, _ := begin(t)
		k.hear(amqptest.HeaderAMQP.Frame(), f(0, "open", m{"container-id": "peer"}))
		k.want("the long one", "attach", m{"name": "long"})
		require.EqualValues(t, 1, k.want("the other session", "begin", nil).Channel)
	})
	t.Run("the peer takes no more", func(t *testing.T) {
		k, l := begin(t)
		k.hear(amqptest.HeaderAMQP.Frame(), f(0, "open", m{"container-id": "peer", "max-frame-size": 512}))
		k.wantEvent("open", ConnectionRemoteOpen)
		require.ErrorContains(t, k.wantEvent("the application hears of it", LinkRemoteDetach).Err, `receiver: attach "long": `)
		require.Equal(t, Closed, l.LocalState())
		require.EqualValues(t, 1, k.want("the other session", "begin", nil).Channel)
	})
}
