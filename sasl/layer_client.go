package sasl

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

// Offer is an exchange that a client is ready to begin.
type Offer struct {
	Name   string
	Client Client
}

// NewClientLayer returns the client's side. Of the offers, strongest first, it
// uses the first that the server offers too, and never another. The hostname,
// which may be empty, is sent so that a server with several names knows which
// one is meant (§5.3.3.2). The protocol header is in the output at once.
func NewClientLayer(hostname string, offers []Offer) *Layer {
	return &Layer{
		hostname: hostname,
		offers:   offers,
		out:      slices.Clone(wire.HeaderSASL[:]),
	}
}

func (l *Layer) clientHeader(h wire.ProtocolHeader) error {
	if h != wire.HeaderSASL {
		return headerError(h[:])
	}
	l.state = awaitMechanisms
	return nil
}

func (l *Layer) clientBody(d *wire.Decoder, descriptor uint64) error {
	switch {
	case descriptor == wire.CodeSASLMechanisms && l.state == awaitMechanisms:
		return l.onMechanisms(d)
	case descriptor == wire.CodeSASLChallenge && l.state == awaitOutcome:
		return l.onChallenge(d)
	case descriptor == wire.CodeSASLOutcome && l.state == awaitOutcome:
		return l.onOutcome(d)
	}
	return l.unexpected(descriptor)
}

func (l *Layer) onMechanisms(d *wire.Decoder) error {
	var m wire.SASLMechanisms
	if err := decode(d, &m); err != nil {
		return err
	}
	for _, name := range m.Mechanisms {
		l.offered = append(l.offered, string(name))
	}
	i := slices.IndexFunc(l.offers, func(o Offer) bool { return slices.Contains(l.offered, o.Name) })
	if i < 0 {
		return l.fail(0, ErrNoMechanism)
	}
	l.mechanism, l.client = l.offers[i].Name, l.offers[i].Client
	if p, ok := l.client.(plusAware); ok && slices.ContainsFunc(l.offers, func(o Offer) bool { return o.Name == l.mechanism+plusSuffix }) {
		p.plusOffered()
	}
	l.state = awaitOutcome
	var initial []byte
	var err error
	return l.take(isPrompt(l.client, nil), func() {
		initial, err = l.client.Start()
	}, func() error {
		if err != nil {
			return l.fail(0, err)
		}
		return l.send(&wire.SASLInit{
			Mechanism:       amqp.Symbol(l.mechanism),
			InitialResponse: initial,
			Hostname:        l.hostname,
		})
	})
}

func (l *Layer) onChallenge(d *wire.Decoder) error {
	var c wire.SASLChallenge
	if err := decode(d, &c); err != nil {
		return err
	}
	if l.rounds++; l.rounds > MaxRounds {
		return l.fail(0, fmt.Errorf("%w: more than %d challenges", ErrProtocol, MaxRounds))
	}
	challenge := bytes.Clone(c.Challenge)
	var response []byte
	var err error
	return l.take(isPrompt(l.client, challenge), func() {
		response, err = l.client.Next(challenge)
	}, func() error {
		if err != nil {
			return l.fail(0, err)
		}
		return l.send(&wire.SASLResponse{Response: response})
	})
}

func (l *Layer) onOutcome(d *wire.Decoder) error {
	var o wire.SASLOutcome
	if err := decode(d, &o); err != nil {
		return err
	}
	if o.Code != codeOK {
		if int(o.Code) >= len(failures) {
			return protocolError("unknown outcome code %d", o.Code)
		}
		cause := failures[o.Code]
		if r, ok := l.client.(reasoner); ok && r.reason() != "" {
			cause = fmt.Errorf("%w: the server says %.*q", cause, maxPrintable, r.reason())
		}
		return l.fail(o.Code, cause)
	}
	additional := bytes.Clone(o.AdditionalData)
	var err error
	return l.take(isPrompt(l.client, additional), func() {
		err = l.client.Finish(additional)
	}, func() error {
		if err != nil {
			return l.fail(codeOK, err)
		}
		l.state = finished
		return nil
	})
}

// reasoner is a Client that may have heard in a challenge why the login will be
// refused, for an outcome has no room for that.
type reasoner interface{ reason() string }

// unexpected is a frame that is unknown, or not known at this point.
func (l *Layer) unexpected(descriptor uint64) error {
	name := map[uint64]string{
		wire.CodeSASLMechanisms: "sasl-mechanisms",
		wire.CodeSASLInit:       "sasl-init",
		wire.CodeSASLChallenge:  "sasl-challenge",
		wire.CodeSASLResponse:   "sasl-response",
		wire.CodeSASLOutcome:    "sasl-outcome",
	}[descriptor]
	if name == "" {
		return protocolError("unknown frame %#x", descriptor)
	}
	waiting := map[state]string{
		awaitMechanisms: "sasl-mechanisms",
		awaitInit:       "sasl-init",
		awaitOutcome:    "sasl-challenge or sasl-outcome",
		awaitResponse:   "sasl-response",
	}[l.state]
	return protocolError("%s where %s was due", name, waiting)
}
