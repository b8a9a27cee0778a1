package main

import (
	"bytes"
	"fmt"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/hadron-mq/hadron/handler"
)

// longest is the longest round trip that is told from longer ones.
const longest = 10 * time.Second

// ping is the role that sends first, and has the clock.
type ping struct {
	exchange
	message *amqp.Message // one for all: Send encodes it at once
	times   *hdrhistogram.Histogram
	sent    int
	began   time.Time // of those that are measured
	left    time.Time // when the message did
}

func newPing(j *job) *ping {
	return &ping{
		exchange: exchange{job: j},
		message:  &amqp.Message{Properties: new(amqp.MessageProperties), Data: [][]byte{bytes.Repeat([]byte{'x'}, j.body)}},
		times:    hdrhistogram.New(1, int64(longest), 3),
	}
}

// OnSendable sends the first.
func (p *ping) OnSendable(e *handler.Event) {
	if p.sent == 0 {
		p.send(e)
	}
}

// OnMessage has the message back.
func (p *ping) OnMessage(e *handler.Event) {
	now := time.Now()
	if n := len(e.Message().GetData()); n != p.body {
		p.fail(e, fmt.Errorf("message %d has come back with %d bytes in place of %d", p.sent, n, p.body))
		return
	}
	if p.sent > p.warmUp() {
		if err := p.times.RecordValue(int64(min(now.Sub(p.left), longest))); err != nil {
			p.fail(e, err)
			return
		}
	}
	switch p.sent {
	case p.warmUp() + p.count:
		p.finish(e, now)
		return
	case p.warmUp():
		p.began = now
	}
	p.send(e)
}

func (p *ping) send(e *handler.Event) {
	p.sent++
	p.message.Properties.MessageID = uint64(p.sent)
	p.left = time.Now()
	if p.began.IsZero() {
		p.began = p.left
	}
	if _, err := p.out.Send(p.message); err != nil {
		p.fail(e, err)
	}
}

// finish prints the figures.
func (p *ping) finish(e *handler.Event, now time.Time) {
	p.finished = true
	micros := func(percentile float64) float64 { return float64(p.times.ValueAtPercentile(percentile)) / 1e3 }
	for _, percentile := range []float64{0, 25, 50, 75, 90, 99, 99.9, 99.99, 100} {
		fmt.Fprintf(p.figure, "%6.2f %% within %9.1f us\n", percentile, micros(percentile))
	}
	seconds := now.Sub(p.began).Seconds()
	_, err := fmt.Fprintf(p.figure, "{\"peer\":\"hadron\",\"role\":\"ping\",\"count\":%d,\"seconds\":%.4f,\"rate\":%.0f,"+
		"\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"p999\":%.1f,\"max\":%.1f}\n",
		p.count, seconds, float64(p.count)/seconds, micros(50), micros(90), micros(99), micros(99.9), micros(100))
	if err != nil {
		p.fail(e, err)
		return
	}
	e.Container().Stop()
}
