// Command go-amqp pumps messages one way on Azure/go-amqp, for measuring side by side with Hadron's arrow.
//
//	go-amqp send|receive connect HOST PORT ADDRESS COUNT BODY_BYTES CREDIT [settled]
//
// It is a client library, so it connects. The sender has as many messages on their way as CREDIT allows, and another goroutine waits for their
// outcomes in order: one link cannot be made to send faster by the public API. The last line is JSON with the rate.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/Azure/go-amqp"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "go-amqp:", err)
		os.Exit(1)
	}
}

// pump is one run.
type pump struct {
	session             *amqp.Session
	address             string
	count, body, credit int
	settled             bool
	began               time.Time
}

func run(ctx context.Context, args []string) error {
	if len(args) < 8 || len(args) > 9 || args[1] != "connect" {
		return fmt.Errorf("usage: go-amqp send|receive connect HOST PORT ADDRESS COUNT BODY_BYTES CREDIT [settled]")
	}
	p := &pump{address: args[4], settled: len(args) == 9}
	for i, to := range []*int{&p.count, &p.body, &p.credit} {
		var err error
		if *to, err = strconv.Atoi(args[5+i]); err != nil {
			return err
		}
	}
	move := p.receive
	if args[0] == "send" {
		move = p.send
	}
	conn, err := amqp.Dial(ctx, "amqp://"+net.JoinHostPort(args[2], args[3]), &amqp.ConnOptions{
		ContainerID: "arrow-" + args[0], SASLType: amqp.SASLTypeAnonymous(),
	})
	if err != nil {
		return err
	}
	defer conn.Close()
	if p.session, err = conn.NewSession(ctx, nil); err != nil {
		return err
	}
	if err := move(ctx); err != nil {
		return err
	}
	seconds := time.Since(p.began).Seconds()
	fmt.Printf("{\"peer\":\"go-amqp\",\"role\":%q,\"count\":%d,\"seconds\":%.4f,\"rate\":%.0f}\n", args[0], p.count, seconds, float64(p.count)/seconds)
	return nil
}

// send sends until all have their outcome, or are on their way where they are settled.
func (p *pump) send(ctx context.Context) error {
	mode := amqp.SenderSettleModeUnsettled
	if p.settled {
		mode = amqp.SenderSettleModeSettled
	}
	link, err := p.session.NewSender(ctx, p.address, &amqp.SenderOptions{SettlementMode: &mode})
	if err != nil {
		return err
	}
	receipts := make(chan amqp.SendReceipt, p.credit)
	outcomes := make(chan error, 1)
	go func() { outcomes <- accepted(ctx, receipts) }()
	body := make([]byte, p.body)
	p.began = time.Now()
	for i := 0; err == nil && i < p.count; i++ {
		m := amqp.NewMessage(body)
		m.Properties = &amqp.MessageProperties{MessageID: uint64(i + 1)}
		if p.settled {
			err = link.Send(ctx, m, nil)
			continue
		}
		var r amqp.SendReceipt
		if r, err = link.SendWithReceipt(ctx, m, nil); err == nil {
			receipts <- r
		}
	}
	close(receipts)
	if failed := <-outcomes; err == nil {
		err = failed
	}
	return err
}

// accepted waits for the outcomes of all.
func accepted(ctx context.Context, receipts <-chan amqp.SendReceipt) (err error) {
	for r := range receipts {
		state, failed := r.Wait(ctx)
		if _, ok := state.(*amqp.StateAccepted); !ok && err == nil {
			err = fmt.Errorf("a message was not accepted: %v, %w", state, failed)
		}
	}
	return err
}

// receive accepts each message.
func (p *pump) receive(ctx context.Context) error {
	link, err := p.session.NewReceiver(ctx, p.address, &amqp.ReceiverOptions{Credit: int32(p.credit)})
	if err != nil {
		return err
	}
	for i := range p.count {
		m, err := link.Receive(ctx, nil)
		if err != nil {
			return err
		}
		if i == 0 {
			p.began = time.Now()
		}
		if len(m.GetData()) != p.body {
			return fmt.Errorf("a body of %d bytes", len(m.GetData()))
		}
		if err := link.AcceptMessage(ctx, m); err != nil {
			return err
		}
	}
	return nil
}
