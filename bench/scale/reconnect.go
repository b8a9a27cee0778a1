package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/hadron-mq/hadron/handler"
)

// restart is the figure of one of the broker's.
type restart struct {
	What     string  `json:"what"`
	Restart  int     `json:"restart"`
	Down     float64 `json:"down"`     // seconds without a broker
	Back     float64 `json:"back"`     // seconds from the broker's return to the last connection's
	Attempts int     `json:"attempts"` // of all connections together, those that succeeded among them
	Policy   int     `json:"policy"`   // as many the policy has until each connection's return
	Client   memory  `json:"client"`   // once all are back
}

// summary is the figure of all restarts.
type summary struct {
	What        string  `json:"what"`
	Connections int     `json:"connections"`
	Restarts    int     `json:"restarts"`
	Back        float64 `json:"back"` // the median, in seconds
	Longest     float64 `json:"longest"`
	Attempts    int     `json:"attempts"`
	Policy      int     `json:"policy"`
	FirstHeap   int64   `json:"first_heap"` // of the client, after the first restart, in bytes
	LastHeap    int64   `json:"last_heap"`
}

// reconnect kills the broker of n connections, again and again.
func reconnect(ctx context.Context, n, restarts int) error {
	if allowed, err := files(n); err != nil {
		fmt.Fprintf(os.Stderr, "scale: %v: measuring %d\n", err, allowed)
		n = allowed
	}
	there, err := startServer(ctx, "broker", "amqp://127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() { there.kill() }()
	url := there.url
	known := new(registry)
	cs := newClients(nil)
	cs.connect = func(c handler.Container) error {
		for range n {
			one := &client{registry: known}
			known.clients = append(known.clients, one)
			conn, err := c.Connect(url, handler.ForConnection(one.handler(cs)))
			if err != nil {
				return err
			}
			if one.sender, err = c.CreateSender(conn, "scale"); err != nil {
				return err
			}
		}
		return nil
	}
	return cs.run(ctx, func() error {
		was, err := cs.wait(func(c counts) bool { return c.accepted == n })
		if err != nil {
			return err
		}
		var all []restart
		for i := range restarts {
			known.reset()
			there.kill()
			gone := time.Now()
			// Two attempts of each fail: the one at once and the next one. The broker comes back in the delay after it.
			if was, err = cs.wait(func(c counts) bool { return c.disconnected == (i+1)*n && c.failed >= was.failed+2*n }); err != nil {
				return err
			}
			if there, err = startServer(ctx, "broker", url); err != nil {
				return err
			}
			returned := time.Now()
			if _, err = cs.wait(func(c counts) bool { return c.reconnected == (i+1)*n }); err != nil {
				return err
			}
			r := restart{What: "restart", Restart: i + 1, Down: returned.Sub(gone).Seconds(), Back: time.Since(returned).Seconds()}
			if was, err = cs.wait(func(c counts) bool { return c.accepted == (i+2)*n }); err != nil {
				return err
			}
			r.Attempts, r.Policy = known.attempts()
			r.Client = measure()
			if err := show(r); err != nil {
				return err
			}
			all = append(all, r)
		}
		return show(summarize(n, all))
	})
}

func summarize(n int, all []restart) summary {
	s := summary{What: "reconnect", Connections: n, Restarts: len(all), FirstHeap: all[0].Client.Heap, LastHeap: all[len(all)-1].Client.Heap}
	var back []float64
	for _, r := range all {
		s.Attempts += r.Attempts
		s.Policy += r.Policy
		back = append(back, r.Back)
	}
	slices.Sort(back)
	s.Back, s.Longest = back[len(back)/2], back[len(back)-1]
	return s
}
