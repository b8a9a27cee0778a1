package container_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/receiver"
)

// A receiver that is paused takes its credit back, and what was on its way is none the worse (§2.6.7, §2.6.10).
func TestPauseAndResume(t *testing.T) {
	var got []any
	require.NoError(t, play(t, func(p *amqptest.Peer) {
		answerReceiver(p)
		p.Expect("the window", f(0, "flow", m{"link-credit": 10}))
		p.Send(transfer(0, m{"settled": true}, value("pause")))
		p.Expect("no more", f(0, "flow", m{"link-credit": 0, "delivery-count": 1}))
		p.Send(transfer(1, m{"settled": true}, value("on its way")), transfer(2, m{"settled": true}, value("resume")))
		p.Expect("and on", f(0, "flow", m{"link-credit": 10, "delivery-count": 3}))
		p.Send(transfer(3, m{"settled": true}, value("end")))
		expectEnd(p)
	}, receive(t), &handler.Funcs{Message: func(e *handler.Event) {
		got = append(got, e.Message().Value)
		switch e.Message().Value {
		case "pause":
			e.Receiver().Pause()
			e.Receiver().Pause()
			require.True(t, e.Receiver().Paused())
			require.Zero(t, e.Receiver().Credit())
		case "resume":
			e.Receiver().Resume()
			require.False(t, e.Receiver().Paused())
		case "end":
			e.Connection().Close()
		}
	}}))
	require.Equal(t, []any{"pause", "on its way", "resume", "end"}, got)
}

func TestPauseWithManualCredit(t *testing.T) {
	require.NoError(t, play(t, func(p *amqptest.Peer) {
		answerReceiver(p)
		p.Expect("credit", f(0, "flow", m{"link-credit": 5}))
		p.Send(transfer(0, m{"settled": true}, value("pause")))
		p.Expect("none", f(0, "flow", m{"link-credit": 0}))
		p.Send(f(0, "flow", m{"next-incoming-id": 0, "incoming-window": 10, "next-outgoing-id": 1, "outgoing-window": 10, "echo": true}))
		p.Expect("all of it again, and more", f(0, "flow", m{"handle": nil}))
		p.Send(transfer(1, m{"settled": true}, value("resume")))
		p.Expect("all of it again, and more", f(0, "flow", m{"link-credit": 6}))
		p.Send(transfer(2, m{"settled": true}, value("end")))
		expectEnd(p)
	}, receive(t, receiver.ManualCredit()), &handler.Funcs{
		LinkOpened: func(e *handler.Event) { e.Receiver().AddCredit(5) },
		Message: func(e *handler.Event) {
			switch e.Message().Value {
			case "pause":
				e.Receiver().Pause()
				e.Receiver().AddCredit(2)
			case "resume":
				e.Receiver().Resume()
			case "end":
				e.Connection().Close()
			}
		},
	}))
}

func TestTheWindowIsChanged(t *testing.T) {
	require.NoError(t, play(t, func(p *amqptest.Peer) {
		answerReceiver(p)
		p.Expect("the window", f(0, "flow", m{"link-credit": 10}))
		p.Send(transfer(0, m{"settled": true}, value("more")))
		p.Expect("a larger one, less the one in hand", f(0, "flow", m{"link-credit": 99, "delivery-count": 1}))
		p.Send(transfer(1, m{"settled": true}, value("less")))
		p.Expect("a smaller one, of which half is used by the one in hand", f(0, "flow", m{"link-credit": 3, "delivery-count": 2}))
		p.Send(transfer(2, m{"settled": true}, value("end")))
		expectEnd(p)
	}, receive(t), &handler.Funcs{Message: func(e *handler.Event) {
		r := e.Receiver()
		switch e.Message().Value {
		case "more":
			require.Error(t, r.SetCredit(-1))
			require.NoError(t, r.SetCredit(100))
		case "less":
			require.NoError(t, r.SetCredit(3))
		case "end":
			e.Connection().Close()
		}
	}}))
}

// Drain gives no credit, not even that of a window that was not given yet.
func TestDrainGivesNoCredit(t *testing.T) {
	var j journal
	require.NoError(t, play(t, func(p *amqptest.Peer) {
		answerReceiver(p)
		expectEnd(p)
	}, receive(t, receiver.ManualCredit()), j.handler(handler.Funcs{
		LinkOpened: func(e *handler.Event) { e.Receiver().Drain() },
		Drained: func(e *handler.Event) {
			require.Zero(t, e.Receiver().Credit())
			e.Connection().Close()
		},
	})))
	require.Equal(t, 1, j.count("Drained"))
}
