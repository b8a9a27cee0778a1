package broker

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
)

// grace is how long peers have to answer the close of a broker that stops.
const grace = time.Second

// peerMemory is what connections may hold beside the messages in queues, in bytes: messages on their way in and out, and links.
const peerMemory = 96 << 20

// Broker is a broker that runs. Its methods can be called from any goroutine.
type Broker struct {
	container *container.Container
	url       *connection.URL
	addr      net.Addr
	done      chan struct{}
	err       error // once done is closed
}

// Start starts a broker that listens at a URL; port 0 finds a free one. The error is a *connection.URLError, or says why
// the address cannot be had.
func Start(url string, opts ...Option) (*Broker, error) {
	o := newOptions(opts)
	settings := []container.Option{container.Logger(o.log), container.Grace(grace), container.Loops(o.loops), container.MaxMemory(peerMemory)}
	if o.id != "" {
		settings = append(settings, container.ID(o.id))
	}
	u, err := connection.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("broker: start: %w", err)
	}
	c := container.New(newServer(o), settings...)
	offer := connection.OfferedCapabilities("ANONYMOUS-RELAY", soleConnection)
	listener, err := c.Listen(url, append([]connection.Option{offer}, o.connections...)...)
	if err != nil {
		return nil, fmt.Errorf("broker: start: %w", err)
	}
	b := &Broker{container: c, url: u, addr: listener.Addr(), done: make(chan struct{})}
	go b.run()
	return b, nil
}

func (b *Broker) run() {
	defer close(b.done)
	b.err = b.container.Run(context.Background())
}

// Addr returns the address that the broker listens at.
func (b *Broker) Addr() net.Addr { return b.addr }

// URL returns where clients connect, such as "amqp://127.0.0.1:40123".
func (b *Broker) URL() string { return b.url.Scheme + "://" + b.addr.String() }

// Wait returns when the broker has ended: by Stop, or because ctx is done, which stops it. It is for programs that are nothing but
// a broker. The error is that of the listener, nil where the broker was stopped.
func (b *Broker) Wait(ctx context.Context) error {
	defer context.AfterFunc(ctx, b.container.Stop)()
	<-b.done
	return b.err
}

// Stop closes all connections, and returns when nothing of the broker is left. Its messages are lost. Calling it again does nothing.
func (b *Broker) Stop() {
	b.container.Stop()
	<-b.done
}
