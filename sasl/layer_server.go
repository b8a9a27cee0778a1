package sasl

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

// NewServerLayer returns the listener's side, which offers the mechanisms in
// their order, as far as they fit the peer. Its header and its offer are in the
// output when the client's header came.
// When a login fails the outcome is in the output, and Feed returns an error.
func NewServerLayer(mechs []ServerMechanism, peer Peer) *Layer {
	l := &Layer{listening: true}
	for _, m := range mechs {
		if s := m.Server(peer); s != nil {
			l.offered = append(l.offered, m.Name())
			l.servers = append(l.servers, s)
		}
	}
	return l
}

func (l *Layer) serverHeader(h wire.ProtocolHeader) error {
	// §2.2: a header that is not acceptable is answered with one that is.
	l.out = append(l.out, wire.HeaderSASL[:]...)
	if h != wire.HeaderSASL {
		return headerError(h[:])
	}
	l.state = awaitInit
	m := wire.SASLMechanisms{}
	for _, name := range l.offered {
		m.Mechanisms = append(m.Mechanisms, amqp.Symbol(name))
	}
	return l.send(&m)
}

func (l *Layer) serverBody(d *wire.Decoder, descriptor uint64) error {
	switch {
	case descriptor == wire.CodeSASLInit && l.state == awaitInit:
		return l.onInit(d)
	case descriptor == wire.CodeSASLResponse && l.state == awaitResponse:
		return l.onResponse(d)
	}
	return l.unexpected(descriptor)
}

func (l *Layer) onInit(d *wire.Decoder) error {
	var init wire.SASLInit
	if err := decode(d, &init); err != nil {
		return err
	}
	name := string(init.Mechanism)
	i := slices.Index(l.offered, name)
	if i < 0 {
		// §5.3.3.2: what the server does not support fails the authentication.
		return l.refuse(fmt.Errorf("%w: %.*q was asked for", ErrNoMechanism, maxPrintable, name))
	}
	l.mechanism, l.server = name, l.servers[i]
	if l.size > l.limit() { // it was let through for another mechanism's sake
		return oversized(l.size, l.limit())
	}
	if p, ok := l.server.(plusAware); ok && slices.Contains(l.offered, name+plusSuffix) {
		p.plusOffered()
	}
	return l.advance(init.InitialResponse)
}

func (l *Layer) onResponse(d *wire.Decoder) error {
	var r wire.SASLResponse
	if err := decode(d, &r); err != nil {
		return err
	}
	return l.advance(r.Response)
}

// advance gives the exchange what the client said, and sends what follows.
func (l *Layer) advance(said []byte) error {
	said = bytes.Clone(said) // nil stays nil
	server := l.server
	var challenge []byte
	var identity string
	var done bool
	var err error
	return l.take(isPrompt(server, said), func() {
		if challenge, done, err = server.Next(said); done && err == nil {
			identity = server.Identity()
		}
	}, func() error {
		switch {
		case err != nil:
			return l.refuse(err)
		case done:
			if err := l.send(&wire.SASLOutcome{Code: codeOK, AdditionalData: challenge}); err != nil {
				return err
			}
			l.identity, l.state = identity, finished
			return nil
		}
		if l.rounds++; l.rounds > MaxRounds {
			return l.refuse(fmt.Errorf("%w: more than %d challenges", ErrProtocol, MaxRounds))
		}
		l.state = awaitResponse
		return l.send(&wire.SASLChallenge{Challenge: challenge})
	})
}

// refuse sends the outcome of a failed login. Its code is all that a client is
// told.
func (l *Layer) refuse(cause error) error {
	code := max(codeOf(cause), codeAuth)
	if err := l.send(&wire.SASLOutcome{Code: code}); err != nil {
		return err
	}
	return l.fail(code, cause)
}

// plusAware is a SCRAM exchange without channel binding, on the side that has
// binding too. It must be told, for this is how SCRAM finds out that someone in
// between took -PLUS out of the offer (RFC 5802 §6).
type plusAware interface{ plusOffered() }
