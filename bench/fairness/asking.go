package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sender"
)

// pause is how long a connection waits from one message to the next.
const pause = time.Second

// asking is the role ask.
type asking struct {
	handler.Base
	hostPort string
	count    int           // connections
	lasts    time.Duration // from the first message on
	figure   io.Writer

	ready    []*sender.Sender
	times    *hdrhistogram.Histogram
	finished bool
	err      error
}

func newAsking(hostPort, count, seconds string) (*asking, error) {
	a := &asking{hostPort: hostPort, figure: os.Stdout, times: hdrhistogram.New(1, int64(time.Minute), 3)}
	var err error
	if a.count, err = strconv.Atoi(count); err != nil || a.count < 1 {
		return nil, fmt.Errorf("CONNECTIONS %q is not a number of at least 1", count)
	}
	s, err := strconv.ParseFloat(seconds, 64)
	if err != nil || s <= 0 {
		return nil, fmt.Errorf("SECONDS %q is not a number above 0", seconds)
	}
	a.lasts = time.Duration(s * float64(time.Second))
	return a, nil
}

// OnStart makes the connections.
func (a *asking) OnStart(e *handler.Event) {
	for range a.count {
		conn, err := e.Container().Connect("amqp://" + a.hostPort)
		if err == nil {
			_, err = e.Container().CreateSender(conn, "quiet")
		}
		if err != nil {
			a.fail(e, err)
			return
		}
	}
}

// OnLinkOpened has all connections begin once they are there, one after another within the first second.
func (a *asking) OnLinkOpened(e *handler.Event) {
	if a.ready = append(a.ready, e.Sender()); len(a.ready) < a.count {
		return
	}
	for i, s := range a.ready {
		a.schedule(e, min(pause, a.lasts)*time.Duration(i)/time.Duration(a.count), &one{a: a, sender: s})
	}
	a.schedule(e, a.lasts, &handler.Funcs{Timer: a.finish})
}

func (a *asking) schedule(e *handler.Event, d time.Duration, h handler.MessagingHandler) {
	if _, err := e.Container().Schedule(d, h); err != nil {
		a.fail(e, err)
	}
}

// OnAccepted has an answer.
func (a *asking) OnAccepted(e *handler.Event) {
	if left, ok := e.Delivery().Context().(time.Time); ok && !a.finished {
		if err := a.times.RecordValue(int64(time.Since(left))); err != nil {
			a.fail(e, err)
		}
	}
}

// OnReleased is for what has no outcome at the end.
func (a *asking) OnReleased(*handler.Event) {}

// finish prints the figures.
func (a *asking) finish(e *handler.Event) {
	a.finished = true
	micros := func(percentile float64) float64 { return float64(a.times.ValueAtPercentile(percentile)) / 1e3 }
	_, err := fmt.Fprintf(a.figure, "{\"what\":\"asked\",\"connections\":%d,\"count\":%d,\"p50\":%.1f,\"p99\":%.1f,\"max\":%.1f}\n",
		a.count, a.times.TotalCount(), micros(50), micros(99), micros(100))
	a.err = errors.Join(a.err, err)
	e.Container().Stop()
}

func (a *asking) fail(e *handler.Event, err error) {
	a.err = errors.Join(a.err, err)
	e.Container().Stop()
}

func (a *asking) outcome() error {
	if a.err == nil && !a.finished {
		return errors.New("ended before all was asked")
	}
	return a.err
}

// one is what one connection does, each second.
type one struct {
	handler.Base
	a      *asking
	sender *sender.Sender
}

// OnTimer asks.
func (o *one) OnTimer(e *handler.Event) {
	if o.a.finished {
		return
	}
	left := time.Now()
	d, err := o.sender.Send(amqp.NewMessage([]byte("?")))
	if err != nil {
		o.a.fail(e, err)
		return
	}
	d.SetContext(left)
	o.a.schedule(e, pause, o)
}
