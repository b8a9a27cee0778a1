package sasl

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/hadron-mq/hadron/internal/wire"
)

// Negotiate logs in on a connection, as a client, and returns it at the point
// where the AMQP header is due, with not one byte of it read. With
// github.com/Azure/go-amqp, give it to amqp.NewConn without a SASLType.
//
// The hostname is the server's name, without port. The mechanisms are tried as
// by Choose with all allowed, also in the clear: give no Plain where it must not
// be shown. A *tls.Conn that has not shaken hands does so first.
//
// When the context ends so does the attempt. After an error the connection is of
// no further use, and is the caller's to close. Errors are those of Layer, of
// Choose and Offers, and of reading and writing.
func Negotiate(ctx context.Context, conn net.Conn, hostname string, mechs ...Mechanism) (net.Conn, error) {
	peer := Peer{Host: hostname}
	if t, ok := conn.(*tls.Conn); ok {
		if err := t.HandshakeContext(ctx); err != nil {
			return nil, fmt.Errorf("sasl: negotiating with %s: %w", hostname, err)
		}
		state := t.ConnectionState()
		peer.TLS = &state
	}
	chosen, err := Choose(mechs, "", peer.TLS != nil, true)
	if err != nil {
		return nil, err
	}
	offers, err := Offers(ctx, peer, chosen)
	if err != nil {
		return nil, err
	}

	// A deadline in the past ends the read or write that is under way.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	err = drive(NewClientLayer(hostname, offers), conn)
	if !stop() { // the deadline is or will be set
		return nil, fmt.Errorf("sasl: negotiating with %s: %w", hostname, errors.Join(ctx.Err(), err))
	}
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// drive runs a layer to its end. What goes wrong with the connection after the
// layer has failed does not matter.
func drive(l *Layer, conn io.ReadWriter) error {
	buf := make([]byte, MaxFrameSize)
	var failed error
	for {
		if out := l.AppendOutput(nil); len(out) > 0 {
			if _, err := conn.Write(out); err != nil && failed == nil {
				return fmt.Errorf("sasl: writing: %w", err)
			}
		}
		if failed != nil || l.Done() {
			return failed
		}
		// Never more than the layer must have: a header of 8 bytes, and then as
		// many as that says.
		header := buf[:wire.FrameHeaderSize]
		var n int
		if k, err := io.ReadFull(conn, header); err != nil {
			if _, failed := l.Feed(header[:k]); failed != nil { // what came says more than its end
				return failed
			}
			return fmt.Errorf("sasl: reading: %w", err)
		}
		if n, failed = l.Feed(header); n > 0 || failed != nil {
			continue
		}
		frame := buf[:wire.ParseFrameHeader(header).Size] // which Feed found acceptable
		if _, err := io.ReadFull(conn, frame[len(header):]); err != nil {
			return fmt.Errorf("sasl: reading: %w", err)
		}
		_, failed = l.Feed(frame)
		if w := l.Work(); w != nil {
			w.Run()
			w.Resume(nil)
			_, failed = l.Feed(nil)
		}
	}
}
