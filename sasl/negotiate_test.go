package sasl_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hadron-mq/hadron/internal/wire"
	"github.com/hadron-mq/hadron/sasl"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// listening answers one connection on loopback: SASL, then open for open and close
// for close. It returns its address, and the channel tells how it ended.
func listening(t *testing.T, mechs ...sasl.ServerMechanism) (address string, ended <-chan error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	end := make(chan error, 1)
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			err = serve(conn, mechs)
			_ = conn.Close()
		}
		end <- err
	}()
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String(), end
}

func serve(conn net.Conn, mechs []sasl.ServerMechanism) error {
	in, err := login(conn, sasl.NewServerLayer(mechs, sasl.Peer{}))
	if err != nil {
		return err
	}
	// more reads until n bytes are there.
	more := func(n int) error {
		for len(in) < n {
			buf := make([]byte, 4096)
			k, err := conn.Read(buf)
			if err != nil {
				return err
			}
			in = append(in, buf[:k]...)
		}
		return nil
	}
	if err := more(8); err != nil {
		return err
	}
	if wire.ProtocolHeader(in) != wire.HeaderAMQP {
		return errors.New("not the AMQP header")
	}
	in = in[8:]
	if _, err := conn.Write(wire.HeaderAMQP[:]); err != nil {
		return err
	}
	for {
		if err := more(8); err != nil {
			return err
		}
		size := int(wire.ParseFrameHeader(in).Size)
		if err := more(size); err != nil {
			return err
		}
		d := wire.NewDecoder(in[8:size])
		in = in[size:]
		out := wire.AppendFrameHeader(nil, wire.FrameTypeAMQP, 0)
		closing := false
		switch d.Descriptor() {
		case wire.CodeOpen:
			out, err = (&wire.Open{ContainerID: "broker"}).Append(out)
		case wire.CodeClose:
			closing = true
			out, err = (&wire.Close{}).Append(out)
		default:
			return errors.New("neither open nor close")
		}
		if err != nil {
			return err
		}
		wire.FinishFrame(out, 0)
		if _, err := conn.Write(out); err != nil || closing {
			return err
		}
	}
}

// login drives the server's layer, and returns what was read behind it.
func login(conn net.Conn, layer *sasl.Layer) (rest []byte, err error) {
	var in []byte
	buf := make([]byte, 4096)
	for {
		n, failed := layer.Feed(in)
		in = in[n:]
		if w := layer.Work(); w != nil {
			w.Run()
			w.Resume(nil)
			continue
		}
		if _, err := conn.Write(layer.AppendOutput(nil)); err != nil {
			return nil, err
		}
		if failed != nil || layer.Done() {
			return in, failed
		}
		k, err := conn.Read(buf)
		if err != nil {
			return nil, err
		}
		in = append(in, buf[:k]...)
	}
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func alice(t *testing.T) sasl.ServerMechanism {
	t.Helper()
	v, err := sasl.NewVerifier(sasl.SHA256, "secret", sasl.MinIterations)
	require.NoError(t, err)
	return sasl.ScramServer(sasl.SHA256, func(user string) (sasl.Verifier, error) {
		if user != "alice" {
			return sasl.Verifier{}, sasl.ErrUnknownUser
		}
		return v, nil
	})
}

func TestGoAMQPTakesANegotiatedConnection(t *testing.T) {
	for name, c := range map[string]struct {
		client sasl.Mechanism
		server sasl.ServerMechanism
	}{
		"SCRAM-SHA-256": {sasl.ScramSHA256("alice", "secret"), alice(t)},
		"ANONYMOUS":     {sasl.Anonymous(), sasl.AnonymousServer()},
	} {
		t.Run(name, func(t *testing.T) {
			address, ended := listening(t, c.server)
			conn, err := sasl.Negotiate(t.Context(), dial(t, address), "127.0.0.1", c.client)
			require.NoError(t, err)
			client, err := amqp.NewConn(t.Context(), conn, nil)
			require.NoError(t, err)
			require.NoError(t, client.Close())
			require.NoError(t, <-ended)
		})
	}
}

func TestNegotiateIsRefused(t *testing.T) {
	address, ended := listening(t, alice(t))
	_, err := sasl.Negotiate(t.Context(), dial(t, address), "127.0.0.1", sasl.ScramSHA256("alice", "wrong"))
	require.ErrorIs(t, err, sasl.ErrAuthentication)
	require.ErrorIs(t, <-ended, sasl.ErrAuthentication)

	_, err = sasl.Negotiate(t.Context(), dial(t, address), "127.0.0.1")
	require.ErrorIs(t, err, sasl.ErrNoMechanism)
}

func TestNegotiateReadsNotOneByteMore(t *testing.T) {
	near, far := net.Pipe()
	done := make(chan error, 1)
	go func() {
		layer := sasl.NewServerLayer([]sasl.ServerMechanism{sasl.AnonymousServer()}, sasl.Peer{})
		var in []byte
		buf := make([]byte, 512)
		for !layer.Done() {
			k, err := far.Read(buf)
			if err != nil {
				done <- err
				return
			}
			in = append(in, buf[:k]...)
			n, err := layer.Feed(in)
			if err != nil {
				done <- err
				return
			}
			in = in[n:]
			out := layer.AppendOutput(nil)
			if layer.Done() {
				out = append(out, "what follows"...) // in one and the same write
			}
			if _, err := far.Write(out); err != nil {
				done <- err
				return
			}
		}
		done <- far.Close()
	}()
	conn, err := sasl.Negotiate(t.Context(), near, "broker", sasl.Anonymous())
	require.NoError(t, err)
	rest, err := io.ReadAll(conn)
	require.NoError(t, err)
	assert.Equal(t, "what follows", string(rest))
	require.NoError(t, <-done)
}

func TestNegotiateEndsWithItsContext(t *testing.T) {
	near, far := net.Pipe()
	defer func() { _ = far.Close() }()
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		_, _ = io.ReadFull(far, make([]byte, 8)) // the client's header, and then silence
		cancel(errors.New("long enough"))
	}()
	_, err := sasl.Negotiate(ctx, near, "broker", sasl.Anonymous())
	require.ErrorIs(t, err, context.Canceled)
}

func TestNegotiateWithAPeerThatGoesAway(t *testing.T) {
	for name, first := range map[string][]byte{
		"at once":          nil,
		"after the header": wire.HeaderSASL[:],
		"within a frame":   append(append([]byte{}, wire.HeaderSASL[:]...), 0, 0, 0, 20, 2, 1, 0, 0, 0),
	} {
		t.Run(name, func(t *testing.T) {
			near, far := net.Pipe()
			go func() {
				_, _ = io.ReadFull(far, make([]byte, 8))
				_, _ = far.Write(first)
				_ = far.Close()
			}()
			_, err := sasl.Negotiate(t.Context(), near, "broker", sasl.Anonymous())
			require.ErrorContains(t, err, "sasl: reading: ")
			assert.True(t, errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF), err)
		})
	}
}

func TestNegotiateShakesHandsFirst(t *testing.T) {
	near, far := net.Pipe()
	go func() {
		_, _ = far.Read(make([]byte, 64<<10)) // no TLS server
		_, _ = far.Write([]byte("AMQP\x00\x01\x00\x00"))
		_ = far.Close()
	}()
	_, err := sasl.Negotiate(t.Context(), tls.Client(near, &tls.Config{ServerName: "broker"}), "broker", sasl.Anonymous())
	var record tls.RecordHeaderError
	require.ErrorAs(t, err, &record)
}
