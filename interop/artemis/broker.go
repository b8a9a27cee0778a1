package artemis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
)

const (
	// readyTimeout bounds the wait for a broker that is starting or taking over.
	readyTimeout = 3 * time.Minute // far more than it takes, but for a machine that has much else to do
	// readyInterval is the time between two looks at it.
	readyInterval = 50 * time.Millisecond

	logFile = "broker.log"
	logTail = 32 << 10 // how much of a broker's log a failed test shows, in bytes
)

// Broker is one ActiveMQ Artemis. [Broker.Kill], [Broker.Stop] and [Broker.Restart] belong on one goroutine at a time;
// all else may be used on any.
type Broker struct {
	// Certificates are the TLS material of its acceptors and for its clients.
	Certificates *Certificates

	instance *instance
	process  *process
}

// Start sets up a broker, starts it, and waits until it takes connections, for up to three minutes. It ends with the test,
// and if the test fails the end of its log is shown.
func Start(t testing.TB, options ...Option) *Broker {
	t.Helper()
	home := Require(t)
	certificates, err := newCertificates(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	addresses, err := freeAddresses()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	b := newBroker(t, &instance{
		Name:         "broker",
		home:         home,
		folder:       folder,
		data:         filepath.Join(folder, "data"),
		certificates: certificates,
		addresses:    addresses,
	}, options)
	if err := b.start(); err != nil {
		t.Fatal(err)
	}
	if err := b.awaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

// newBroker writes the instance and sees to its end.
func newBroker(t testing.TB, i *instance, options []Option) *Broker {
	t.Helper()
	for _, option := range options {
		option(i)
	}
	if err := i.write(); err != nil {
		t.Fatal(err)
	}
	b := &Broker{Certificates: i.certificates, instance: i}
	t.Cleanup(func() {
		if b.process != nil {
			b.process.kill()
		}
		if t.Failed() {
			t.Logf("the end of the log of Artemis' %s:\n%s", i.Name, b.logTail())
		}
	})
	return b
}

// Addr is the host and port of an acceptor.
func (b *Broker) Addr(acceptor Acceptor) string { return b.instance.addresses[acceptor] }

// URL is an acceptor's URL with the scheme amqp or amqps, without user and password.
func (b *Broker) URL(acceptor Acceptor) string {
	scheme := "amqp"
	if acceptor == TLS || acceptor == MutualTLS {
		scheme = "amqps"
	}
	return scheme + "://" + b.Addr(acceptor)
}

// Kill ends the broker at once, as a crash would.
func (b *Broker) Kill() {
	b.process.kill()
}

// Stop lets the broker close its connections and end by itself. A broker that takes too long for it is killed.
func (b *Broker) Stop() {
	b.process.stop()
}

// Restart starts the broker again on the same ports and with the data it had, and waits until it takes connections, for
// up to three minutes. A broker that runs is stopped before.
func (b *Broker) Restart(ctx context.Context) error {
	b.process.stop()
	if err := b.start(); err != nil {
		return err
	}
	return b.awaitReady(ctx)
}

// start starts the process. Its log is added to that of earlier runs.
func (b *Broker) start() error {
	log, err := os.OpenFile(b.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("artemis: opening the log of the %s: %w", b.instance.Name, err)
	}
	defer func() { _ = log.Close() }() // the child has its own
	command := b.instance.command()
	command.Stdout = log
	command.Stderr = log
	p, err := startProcess(command)
	if err != nil {
		return err
	}
	b.process = p
	return nil
}

// awaitReady waits until all acceptors take connections and the broker answers an open.
func (b *Broker) awaitReady(ctx context.Context) error {
	return b.await(ctx, "to take connections", b.probe)
}

var errEnded = errors.New("its process ended")

// await asks again and again until the broker is as it should be.
func (b *Broker) await(ctx context.Context, what string, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-b.process.ended:
			err = errors.Join(errEnded, err)
		case <-ctx.Done():
			err = errors.Join(ctx.Err(), err)
		case <-time.After(readyInterval):
			continue
		}
		return fmt.Errorf("artemis: waiting for the %s %s: %w", b.instance.Name, what, err)
	}
}

func (b *Broker) probe(ctx context.Context) error {
	connection, err := b.dial(ctx)
	if err != nil {
		return err
	}
	if err := connection.Close(); err != nil {
		return fmt.Errorf("artemis: closing the probe: %w", err)
	}
	var dialer net.Dialer
	for acceptor, address := range b.instance.addresses {
		connection, err := dialer.DialContext(ctx, "tcp", address)
		if err != nil {
			return fmt.Errorf("artemis: probing %s: %w", acceptor, err)
		}
		_ = connection.Close() // nothing was written
	}
	return nil
}

// dial opens an AMQP connection as the harness' own.
func (b *Broker) dial(ctx context.Context) (*amqp.Conn, error) {
	connection, err := amqp.Dial(ctx, b.URL(AMQP), &amqp.ConnOptions{SASLType: amqp.SASLTypePlain(User, Password)})
	if err != nil {
		return nil, fmt.Errorf("artemis: connecting to the %s: %w", b.instance.Name, err)
	}
	return connection, nil
}

func (b *Broker) logPath() string { return filepath.Join(b.instance.folder, logFile) }

// logTail is the end of the broker's log.
func (b *Broker) logTail() []byte {
	log, err := os.ReadFile(b.logPath())
	if err != nil {
		return []byte(err.Error())
	}
	return log[max(0, len(log)-logTail):]
}
