package sasl

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/xdg-go/scram"
)

// plusSuffix marks the form of a mechanism that is bound to the TLS channel.
const plusSuffix = "-PLUS"

// Hash is the hash function of a SCRAM mechanism.
type Hash string

// The hash functions of SCRAM-SHA-1 (RFC 5802), SCRAM-SHA-256 (RFC 7677) and
// SCRAM-SHA-512.
const (
	SHA1   Hash = "SHA-1"
	SHA256 Hash = "SHA-256"
	SHA512 Hash = "SHA-512"
)

func (h Hash) mechanism(plus bool) string {
	if plus {
		return "SCRAM-" + string(h) + plusSuffix
	}
	return "SCRAM-" + string(h)
}

// generator is nil for a hash that is not one of the above.
func (h Hash) generator() scram.HashGeneratorFcn {
	switch h {
	case SHA1:
		return scram.SHA1
	case SHA256:
		return scram.SHA256
	case SHA512:
		return scram.SHA512
	}
	return nil
}

// ScramSHA1 logs in by user name and password without showing the password, and
// makes the server prove that it knows it (RFC 5802). A server that asks for
// fewer than MinIterations or more than MaxIterations is refused.
func ScramSHA1(user, password string) Mechanism { return scramMechanism(SHA1, false, user, password) }

// ScramSHA256 is as ScramSHA1, by SHA-256 (RFC 7677).
func ScramSHA256(user, password string) Mechanism {
	return scramMechanism(SHA256, false, user, password)
}

// ScramSHA512 is as ScramSHA1, by SHA-512.
func ScramSHA512(user, password string) Mechanism {
	return scramMechanism(SHA512, false, user, password)
}

// ScramSHA1Plus is ScramSHA1 bound to the TLS connection, so that nobody can sit
// in its middle, whatever certificate they have. The binding is tls-exporter in
// TLS 1.3 (RFC 9266), else tls-unique, or tls-server-end-point where a resumed
// session has no tls-unique (RFC 5929). It is unavailable in the clear.
func ScramSHA1Plus(user, password string) Mechanism {
	return scramMechanism(SHA1, true, user, password)
}

// ScramSHA256Plus is as ScramSHA1Plus, by SHA-256.
func ScramSHA256Plus(user, password string) Mechanism {
	return scramMechanism(SHA256, true, user, password)
}

// ScramSHA512Plus is as ScramSHA1Plus, by SHA-512.
func ScramSHA512Plus(user, password string) Mechanism {
	return scramMechanism(SHA512, true, user, password)
}

func scramMechanism(hash Hash, plus bool, user, password string) Mechanism {
	name := hash.mechanism(plus)
	keys := &scramKeys{hash: hash, user: user, password: password}
	return mechanism{name, func(_ context.Context, peer Peer) (Client, error) {
		c := &scramClient{}
		if plus {
			binding, err := clientBinding(peer.TLS)
			if err != nil {
				return nil, fmt.Errorf("sasl: %s: %w: %w", name, ErrUnavailable, err)
			}
			c.binding = binding
		}
		var err error
		if c.client, err = keys.client(); err != nil { // a password that SASLprep does not take: PLAIN may
			return nil, fmt.Errorf("sasl: %s: %w: %w", name, ErrUnavailable, err)
		}
		return c, nil
	}}
}

// scramKeys keeps the salted password of earlier attempts, because it is
// expensive, and all of a server's clients may come back at once.
type scramKeys struct {
	hash           Hash
	user, password string

	mu     sync.Mutex
	cached *scram.Client
	uses   int
}

// maxCachedSalts is how many attempts share a cache. It keeps one entry for
// each salt, and these are the server's choice.
const maxCachedSalts = 64

func (k *scramKeys) client() (*scram.Client, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.uses++; k.cached == nil || k.uses > maxCachedSalts {
		generator := k.hash.generator()
		if generator == nil {
			return nil, fmt.Errorf("unknown hash function %q", string(k.hash))
		}
		c, err := generator.NewClient(k.user, k.password, "")
		if err != nil {
			return nil, err
		}
		k.cached, k.uses = c.WithMinIterations(MinIterations), 1
	}
	return k.cached, nil
}

// scramClient is one exchange (RFC 5802 §5).
type scramClient struct {
	client  *scram.Client
	binding scram.ChannelBinding // empty without -PLUS
	hasPlus bool                 // -PLUS would have been used, had it been offered
	conv    *scram.ClientConversation
	first   bool // the server's first message has come
}

func (c *scramClient) plusOffered() { c.hasPlus = true }

// prompt: the answer to the server's first message is what costs.
func (c *scramClient) prompt([]byte) bool { return c.conv == nil || c.first }

func (c *scramClient) Start() ([]byte, error) {
	switch {
	case c.binding.IsSupported():
		c.conv = c.client.NewConversationWithChannelBinding(c.binding)
	case c.hasPlus:
		c.conv = c.client.NewConversationAdvertisingChannelBinding()
	default:
		c.conv = c.client.NewConversation()
	}
	initial, err := c.conv.Step("")
	return []byte(initial), err
}

func (c *scramClient) Next(challenge []byte) ([]byte, error) {
	message := string(challenge)
	if c.first {
		return []byte{}, c.verify(message)
	}
	c.first = true
	if err := checkIterations(message); err != nil {
		return nil, err
	}
	if strings.HasPrefix(message, "e=") {
		return nil, serverError(message)
	}
	response, err := c.conv.Step(message)
	if err != nil {
		return nil, fmt.Errorf("%w: %.*s", ErrProtocol, maxPrintable, err.Error())
	}
	return []byte(response), nil
}

// Finish takes the server's final message from the outcome, unless it came as a
// challenge. Both are in use.
func (c *scramClient) Finish(additional []byte) error {
	if c.conv.Valid() {
		return nil
	}
	if !c.first || len(additional) == 0 {
		return fmt.Errorf("%w: it sent no signature", ErrUnproven)
	}
	return c.verify(string(additional))
}

// verify takes the server's final message.
func (c *scramClient) verify(message string) error {
	if strings.HasPrefix(message, "e=") {
		return serverError(message)
	}
	if _, err := c.conv.Step(message); err != nil {
		return fmt.Errorf("%w: %.*s", ErrUnproven, maxPrintable, err.Error())
	}
	return nil
}

// serverError is a server-error-value (RFC 5802 §7).
func serverError(message string) error {
	return fmt.Errorf("%w: the server says %.*q", ErrAuthentication, maxPrintable, strings.TrimPrefix(message, "e="))
}

// checkIterations refuses a count that would keep this side busy for long.
func checkIterations(serverFirst string) error {
	for field := range strings.SplitSeq(serverFirst, ",") {
		count, found := strings.CutPrefix(field, "i=")
		if !found {
			continue
		}
		if n, err := strconv.Atoi(count); err != nil || n > MaxIterations {
			return fmt.Errorf("%w: it asks for %.20q iterations of the hash, more than %d", ErrProtocol, count, MaxIterations)
		}
	}
	return nil
}
