package main

import (
	"context"
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/sender"
)

// links measures n idle ones on one connection.
func links(ctx context.Context, n int) error {
	there, err := startServer(ctx, "listener", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer there.kill()
	var conn *connection.Connection
	cs := newClients(func(c handler.Container) (err error) {
		conn, err = c.Connect(there.url, connection.MaxLinks(n))
		return err
	})
	return cs.run(ctx, func() error {
		if _, err := cs.wait(func(c counts) bool { return c.opened == 1 }); err != nil {
			return err
		}
		before, err := there.memory()
		if err != nil {
			return err
		}
		ourBefore, began := measure(), time.Now()
		if err := conn.Inject(func() { cs.link(conn, n) }); err != nil {
			return err
		}
		if _, err := cs.wait(func(c counts) bool { return c.links == n }); err != nil {
			return err
		}
		took := time.Since(began)
		after, err := there.memory()
		if err != nil {
			return err
		}
		return show(idle{"link", n, after.per(before, n), measure().per(ourBefore, n), took.Seconds()})
	})
}

// link makes n senders on a connection's own loop. All are to one address: what an application says of a link is not what is measured.
func (cs *clients) link(conn *connection.Connection, n int) {
	session, err := conn.DefaultSession()
	for i := 0; err == nil && i < n; i++ {
		_, err = sender.Create(session, "scale")
	}
	if err != nil {
		cs.note(func(*counts) { cs.err = err })
	}
}
