package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime"
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
)

const (
	atOnce    = 100   // connections that are dialled at a time, so that no listener's queue is full
	perSource = 8_000 // connections from one address: ports are 16 bits, and some are taken
)

// idle is the figure of connections and links.
type idle struct {
	What     string  `json:"what"`
	Count    int     `json:"count"`
	Listener memory  `json:"listener"` // bytes for each
	Client   memory  `json:"client"`
	Seconds  float64 `json:"seconds"` // that it took to have them all
}

// connections measures n idle ones.
func connections(ctx context.Context, n int) error {
	allowed, err := files(n)
	if err != nil {
		fmt.Fprintf(os.Stderr, "scale: %v: measuring %d\n", err, allowed)
	}
	n = allowed
	there, err := startServer(ctx, "listener", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer there.kill()
	d := new(dialler)
	cs := newClients(nil)
	cs.connect = func(c handler.Container) error { return d.dial(c, there.url, min(n, atOnce)) }
	opened := func(e *handler.Event) {
		if d.dialled < n {
			if err := d.dial(e.Container(), there.url, 1); err != nil {
				cs.note(func(*counts) { cs.err = err })
			}
		}
		cs.OnConnectionOpened(e)
	}
	d.options = append(d.options, handler.ForConnection(&handler.Funcs{ConnectionOpened: opened}))
	before, err := there.memory()
	if err != nil {
		return err
	}
	ourBefore, began := measure(), time.Now()
	return cs.run(ctx, func() error {
		if _, err := cs.wait(func(c counts) bool { return c.opened == n }); err != nil {
			return err
		}
		took := time.Since(began)
		after, err := there.memory()
		if err != nil {
			return err
		}
		return show(idle{"connection", n, after.per(before, n), measure().per(ourBefore, n), took.Seconds()})
	})
}

// dialler makes connections from as many addresses of the loopback as they need ports.
type dialler struct {
	options []connection.Option
	dialled int
}

// dial makes some more.
func (d *dialler) dial(c handler.Container, url string, more int) error {
	for range more {
		opts := d.options
		if d.dialled >= perSource && runtime.GOOS == "linux" { // elsewhere the loopback has one address
			from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(1+d.dialled/perSource))}}
			opts = append(opts[:len(opts):len(opts)], connection.Dialer(from.DialContext))
		}
		d.dialled++
		if _, err := c.Connect(url, opts...); err != nil {
			return err
		}
	}
	return nil
}
