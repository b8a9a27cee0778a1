package handler_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/delivery"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/internal/event"
	"github.com/hadron-mq/hadron/internal/handle"
	"github.com/hadron-mq/hadron/internal/settings"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sender"
)

var (
	_ handler.MessagingHandler = handler.Base{}
	_ handler.MessagingHandler = &handler.Funcs{}
)

// methods visits each method of the interface, as containers call it.
func methods(visit func(name string, method func(handler.MessagingHandler, *handler.Event))) {
	all := reflect.TypeFor[handler.MessagingHandler]()
	for i := range all.NumMethod() {
		name := all.Method(i).Name
		visit(name, func(h handler.MessagingHandler, e *handler.Event) {
			reflect.ValueOf(h).MethodByName(name).Call([]reflect.Value{reflect.ValueOf(e)})
		})
	}
}

// taken calls a handler's method as containers do, and says whether the handler took the event.
func taken(e *handler.Event, h handler.MessagingHandler, method func(handler.MessagingHandler, *handler.Event)) bool {
	of := (*event.Event)(e)
	of.Offer()
	method(h, e)
	return !of.Passed()
}

func TestBasePassesAllOn(t *testing.T) {
	methods(func(name string, method func(handler.MessagingHandler, *handler.Event)) {
		require.False(t, taken(new(handler.Event), handler.Base{}, method), name)
	})
}

func TestFuncsHasAFunctionForEachMethod(t *testing.T) {
	fields := reflect.TypeFor[handler.Funcs]()
	count := 0
	methods(func(name string, method func(handler.MessagingHandler, *handler.Event)) {
		count++
		var e handler.Event
		require.False(t, taken(&e, &handler.Funcs{}, method), "%s: nil passes on", name)
		called := 0
		f := &handler.Funcs{}
		field := reflect.ValueOf(f).Elem().FieldByName(strings.TrimPrefix(name, "On"))
		require.True(t, field.IsValid(), "%s has no field", name)
		field.Set(reflect.ValueOf(func(got *handler.Event) {
			require.Same(t, &e, got)
			called++
		}))
		require.True(t, taken(&e, f, method), "%s: the function takes it", name)
		require.Equal(t, 1, called, name)
		field.Set(reflect.ValueOf(func(e *handler.Event) { e.Pass() }))
		require.False(t, taken(&e, f, method), "%s: the function passes it on", name)
	})
	require.Equal(t, fields.NumField(), count)
}

// some takes one event, by embedding.
type some struct {
	handler.Base
	took int
}

func (s *some) OnMessage(*handler.Event) { s.took++ }

func TestEmbeddingBase(t *testing.T) {
	h := &some{}
	methods(func(name string, method func(handler.MessagingHandler, *handler.Event)) {
		require.Equal(t, name == "OnMessage", taken(new(handler.Event), h, method), name)
	})
	require.Equal(t, 1, h.took)
}

func TestEventShowsItsSubject(t *testing.T) {
	var e handler.Event
	require.Nil(t, e.Container())
	require.Nil(t, e.Connection())
	require.Nil(t, e.Session())
	require.Nil(t, e.Sender())
	require.Nil(t, e.Receiver())
	require.Nil(t, e.Delivery())
	require.Nil(t, e.Message())
	require.Nil(t, e.Timer())
	require.NoError(t, e.Err())

	c := engine.NewConnection(engine.Config{})
	s := event.Subject{
		Connection: (*connection.Connection)(c), Session: (*connection.Session)(c.NewSession()),
		Sender: new(sender.Sender), Receiver: new(receiver.Receiver), Delivery: new(delivery.Delivery),
		Message: new(amqp.Message), Timer: handle.NewTimer(nil), Err: errors.New("x"),
	}
	e.Pass()
	(*event.Event)(&e).Reset(&s)
	require.Same(t, s.Connection, e.Connection())
	require.Same(t, s.Session, e.Session())
	require.Same(t, s.Sender, e.Sender())
	require.Same(t, s.Receiver, e.Receiver())
	require.Same(t, s.Delivery, e.Delivery())
	require.Same(t, s.Message, e.Message())
	require.Same(t, (*handler.Timer)(s.Timer), e.Timer())
	require.Same(t, s.Err, e.Err())
	(*event.Event)(&e).Reset(&event.Subject{})
	require.Nil(t, e.Connection(), "nothing is left of what it was about")
}

func TestATimerIsTakenBackByItsContainer(t *testing.T) {
	cancelled := 0
	timer := (*handler.Timer)(handle.NewTimer(func() { cancelled++ }))
	timer.Cancel()
	require.Equal(t, 1, cancelled)
}

func TestOptionsKeepTheHandler(t *testing.T) {
	h := &some{}
	o := new(settings.Connection)
	handler.ForConnection(h)(o)
	require.Same(t, h, o.Handler)
	c := engine.NewConnection(engine.Config{})
	c.Open()
	session, err := (*connection.Connection)(c).DefaultSession()
	require.NoError(t, err)
	s, err := sender.Create(session, "q", handler.ForSender(h))
	require.NoError(t, err)
	require.Same(t, h, (*engine.Link)(s).Config().Handler)
	r, err := receiver.Create(session, "q", handler.ForReceiver(h))
	require.NoError(t, err)
	require.Same(t, h, (*engine.Link)(r).Config().Handler)
}
