package container

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/sasl"
)

// pipes is a listener whose peers are in memory, where time is the test's.
type pipes struct {
	peers  chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.peers:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }

// dial returns a peer's end. It waits until the listener takes the other.
func (p *pipes) dial() net.Conn {
	near, far := net.Pipe()
	p.peers <- far
	return near
}

// listenOn runs a container that listens on pipes, until the function that it returns is called.
func listenOn(t *testing.T, url string, cfg *tls.Config, opts ...connection.Option) (p *pipes, a *acceptor, stop func()) {
	t.Helper()
	p = &pipes{make(chan net.Conn), make(chan struct{})}
	u, err := connection.ParseURL(url)
	require.NoError(t, err)
	c := New(nil, Logger(slog.New(slog.DiscardHandler)))
	o, err := c.settings(opts...)
	require.NoError(t, err)
	a = &acceptor{container: c, listener: p, url: u, tls: cfg, options: o}
	a.open, a.stop = context.WithCancel(context.Background())
	c.listeners[a] = struct{}{}
	c.hold()
	ended := make(chan error, 1)
	go a.run()
	go func() { ended <- c.Run(context.Background()) }()
	return p, a, func() {
		c.Stop()
		require.NoError(t, <-ended)
	}
}

func TestARefusedLoginIsSlow(t *testing.T) {
	plain := sasl.PlainServer(func(user, password string) error {
		switch {
		case user != "alice":
			return sasl.ErrUnknownUser
		case password != "secret":
			return sasl.ErrAuthentication
		}
		return nil
	})
	synctest.Test(t, func(t *testing.T) {
		p, _, stop := listenOn(t, "amqp://pipes", nil, connection.Authenticate(plain))
		for _, login := range []sasl.Mechanism{sasl.Plain("alice", "guess"), sasl.Plain("mallory", "secret"), sasl.Anonymous()} {
			peer := p.dial()
			begun := time.Now()
			_, err := sasl.Negotiate(t.Context(), peer, "pipes", login)
			require.Error(t, err)
			var failed *sasl.AuthError
			require.ErrorAs(t, err, &failed)
			if login.Name() == "PLAIN" { // ANONYMOUS, which is not offered, is not even asked for
				assert.Equal(t, uint8(1), failed.Code)
				assert.GreaterOrEqual(t, time.Since(begun), refusalDelay)
				assert.Less(t, time.Since(begun), refusalDelay+refusalJitter)
			}
			_ = peer.Close()
		}
		peer := p.dial()
		begun := time.Now()
		_, err := sasl.Negotiate(t.Context(), peer, "pipes", sasl.Plain("alice", "secret"))
		require.NoError(t, err)
		assert.Zero(t, time.Since(begun), "who knows the password does not wait")
		_ = peer.Close()
		stop()
	})
}

func TestARefusalOutlastsTheTimeToConnect(t *testing.T) {
	refuse := sasl.PlainServer(func(string, string) error { return sasl.ErrUnknownUser })
	synctest.Test(t, func(t *testing.T) {
		p, _, stop := listenOn(t, "amqp://pipes", nil, connection.Authenticate(refuse), connection.ConnectTimeout(refusalDelay/2))
		peer := p.dial()
		_, err := sasl.Negotiate(t.Context(), peer, "pipes", sasl.Plain("alice", "guess"))
		require.ErrorIs(t, err, sasl.ErrAuthentication)
		_ = peer.Close()
		stop()
	})
}

func TestHandshakesAreBoundedInNumberAndTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, url := range []string{"amqps://pipes", "amqpws://pipes", "amqp://pipes"} {
			cfg := &tls.Config{}
			if url != "amqps://pipes" {
				cfg = nil
			}
			p, a, stop := listenOn(t, url, cfg, connection.ConnectTimeout(time.Minute))
			begun := time.Now()
			closed := func(c net.Conn) bool {
				_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
				_, err := c.Read(make([]byte, 1))
				var late net.Error
				return !errors.As(err, &late) || !late.Timeout()
			}
			var mute []net.Conn
			for range maxWaiting {
				mute = append(mute, p.dial())
			}
			synctest.Wait()
			require.False(t, closed(mute[0]))
			mute = append(mute, p.dial()) // is taken at once
			synctest.Wait()
			require.True(t, closed(mute[0]), "the oldest makes way")
			require.False(t, closed(mute[1]))
			require.False(t, closed(mute[len(mute)-1]))
			require.Less(t, time.Since(begun), time.Second, "and nobody waits")
			_ = mute[1].SetReadDeadline(time.Time{})
			_, err := mute[1].Read(make([]byte, 1))
			require.Error(t, err)
			require.WithinDuration(t, begun.Add(time.Minute), time.Now(), time.Second, "the time to connect is up for those who say nothing")
			synctest.Wait()
			stop()
			require.Zero(t, a.container.entrance.waiting.Len())
			require.Empty(t, a.container.entrance.addresses)
			for _, c := range mute {
				_ = c.Close()
			}
		}
	})
}
