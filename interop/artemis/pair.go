package artemis

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
)

// Pair is a live broker and a backup over one shared store: the backup listens on its own ports, and only once the
// primary has lost the lock on the store. The primary's Open names the backup in the property failover-server-list.
type Pair struct {
	Primary, Backup *Broker
}

// StartPair starts a pair and waits until the primary takes connections and knows its backup. Both have the same
// Certificates. They end as a broker of [Start] does.
func StartPair(t testing.TB, options ...Option) *Pair {
	t.Helper()
	home := Require(t)
	certificates, err := newCertificates(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(t.TempDir(), "data")
	one := func(role string) *instance {
		addresses, err := freeAddresses()
		if err != nil {
			t.Fatal(err)
		}
		return &instance{
			Name:         role,
			Pair:         &pairing{Role: role, Self: "tcp://" + addresses[AMQP]},
			home:         home,
			folder:       t.TempDir(),
			data:         store,
			certificates: certificates,
			addresses:    addresses,
		}
	}
	primary, backup := one("primary"), one("backup")
	primary.Pair.Other, backup.Pair.Other = backup.Pair.Self, primary.Pair.Self

	pair := &Pair{Primary: newBroker(t, primary, options), Backup: newBroker(t, backup, options)}
	if err := pair.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return pair
}

// start starts the primary first, so that it is the one that gets the lock on the store.
func (p *Pair) start(ctx context.Context) error {
	if err := p.Primary.start(); err != nil {
		return err
	}
	if err := p.Primary.awaitReady(ctx); err != nil {
		return err
	}
	if err := p.Backup.start(); err != nil {
		return err
	}
	return p.awaitBackup(ctx)
}

// FailOver kills the primary and waits until the backup takes connections, for up to three minutes.
func (p *Pair) FailOver(ctx context.Context) error {
	p.Primary.Kill()
	return p.Backup.awaitReady(ctx)
}

// FailBack starts the primary again after [Pair.FailOver] and waits until all is as it was at first: the backup has
// closed its connections and handed the store back.
func (p *Pair) FailBack(ctx context.Context) error {
	if err := p.Primary.Restart(ctx); err != nil {
		return err
	}
	return p.awaitBackup(ctx)
}

func (p *Pair) awaitBackup(ctx context.Context) error {
	return p.Primary.await(ctx, "to know its backup", p.Primary.knowsBackup)
}

var errNoBackup = errors.New("artemis: the Open has no failover-server-list")

func (b *Broker) knowsBackup(ctx context.Context) error {
	connection, err := b.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }()
	if _, known := connection.Properties()["failover-server-list"]; !known {
		return errNoBackup
	}
	return nil
}
