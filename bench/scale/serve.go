package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
)

// most is how many links a connection may have here.
const most = 1 << 20

// serve is the other end, as a process: a container that listens, or a broker. It says where it listens, answers each line of its
// standard input with what memory it has, and ends with its standard input.
func serve(ctx context.Context, isBroker bool, url string) error {
	if _, err := files(most); err != nil { // it then has as many as can be had
		slog.Debug("scale: files", "error", err)
	}
	quiet := slog.New(slog.DiscardHandler) // that connections are lost is what they are for
	if isBroker {
		b, err := broker.Start(url, broker.Logger(quiet), broker.NodeLimit(most))
		if err != nil {
			return err
		}
		defer b.Stop()
		return answer(b.URL())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var listener *connection.Listener
	var failed error
	answered := make(chan error, 1)
	c := container.New(&handler.Funcs{Start: func(e *handler.Event) {
		if listener, failed = e.Container().Listen(url, connection.MaxLinks(most)); failed != nil {
			e.Container().Stop()
			return
		}
		go func() {
			answered <- answer("amqp://" + listener.Addr().String())
			cancel()
		}()
	}}, container.Logger(quiet), container.Grace(0))
	if err := c.Run(ctx); err != nil || failed != nil {
		return fmt.Errorf("listener: %w", firstOf(failed, err))
	}
	return <-answered
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func answer(url string) error {
	fmt.Println(url)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if err := json.NewEncoder(os.Stdout).Encode(measure()); err != nil {
			return err
		}
	}
	return nil
}
