package sasl

import (
	"crypto/hmac"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/xdg-go/scram"
)

// ErrUnknownUser is for a lookup that finds nobody. No client is told.
var ErrUnknownUser = errors.New("unknown user")

var errWrong = fmt.Errorf("%w: wrong user name, password or message", ErrAuthentication)

// ScramServer lets clients in who know the password that a user's verifier was
// made from. Lookup must return a verifier of the same hash. It may take its time,
// as for asking a database: see Server. An error that wraps ErrTemporary or the
// like fails the login with that code. With any other, such as
// ErrUnknownUser, the exchange goes on, with a made-up salt that stays the same
// for the same name and with DefaultIterations, and is refused at its end, so
// that users cannot be told from strangers: give verifiers DefaultIterations.
// To act for another user is refused.
func ScramServer(hash Hash, lookup func(user string) (Verifier, error)) ServerMechanism {
	return scramServerMechanism(hash, false, lookup)
}

// ScramPlusServer is ScramServer with channel binding, of any type that the
// client asks for (see Peer.Certificate). It is offered over TLS only.
func ScramPlusServer(hash Hash, lookup func(user string) (Verifier, error)) ServerMechanism {
	return scramServerMechanism(hash, true, lookup)
}

func scramServerMechanism(hash Hash, plus bool, lookup func(string) (Verifier, error)) ServerMechanism {
	pepper := []byte(rand.Text())
	return serverMechanism{hash.mechanism(plus), func(peer Peer) Server {
		if plus && peer.TLS == nil {
			return nil
		}
		return &scramServer{hash: hash, plus: plus, peer: peer, lookup: lookup, pepper: pepper}
	}}
}

// scramServer is one exchange (RFC 5802 §5).
type scramServer struct {
	hash   Hash
	plus   bool // this is the -PLUS form
	peer   Peer
	lookup func(user string) (Verifier, error)
	pepper []byte // makes up salts that cannot be told from real ones
	nonce  func() string

	hasPlus bool // the -PLUS form was offered beside this one
	asked   bool
	unknown error // why the exchange goes on in vain
	conv    *scram.ServerConversation
}

func (s *scramServer) plusOffered() { s.hasPlus = true }

// prompt: the lookup may take long, and the rest does not.
func (s *scramServer) prompt(response []byte) bool { return s.conv != nil || s.asks(response) }

func (s *scramServer) asks(response []byte) bool { return response == nil && !s.asked }

func (s *scramServer) Next(response []byte) ([]byte, bool, error) {
	if s.asks(response) {
		s.asked = true
		return []byte{}, false, nil
	}
	if s.conv == nil {
		if err := s.begin(string(response)); err != nil {
			return nil, false, err
		}
	}
	challenge, err := s.conv.Step(string(response))
	if err != nil {
		if codeOf(err) > codeAuth { // of the lookup
			return nil, false, err
		}
		// The library's words repeat what the client sent, and tell too much.
		return nil, false, errWrong
	}
	if !s.conv.Done() {
		return []byte(challenge), false, nil
	}
	if s.unknown != nil || !s.conv.Valid() {
		return nil, false, errWrong
	}
	if _, err := actAs(s.conv.AuthzID(), s.conv.Username()); err != nil {
		return nil, false, err
	}
	return []byte(challenge), true, nil
}

func (s *scramServer) Identity() string { return s.conv.Username() }

// begin looks at the channel binding that the client's first message asks for
// (RFC 5802 §6): p=type, y if the client could but finds it not offered, n.
func (s *scramServer) begin(first string) error {
	generator := s.hash.generator()
	if generator == nil {
		return fmt.Errorf("%w: unknown hash function %q", ErrPermanent, string(s.hash))
	}
	server, err := generator.NewServer(s.credentials)
	if err != nil {
		return err
	}
	if s.nonce != nil {
		server.WithNonceGenerator(s.nonce)
	}
	flag, _, _ := strings.Cut(first, ",")
	if !s.plus {
		if flag == "y" && s.hasPlus {
			return fmt.Errorf("%w: the offer of %s was lost on its way to the client", ErrAuthentication, s.hash.mechanism(true))
		}
		s.conv = server.NewConversation()
		return nil
	}
	kind, bound := strings.CutPrefix(flag, "p=")
	if !bound {
		return fmt.Errorf("%w: no channel binding", ErrAuthentication)
	}
	binding, err := serverBinding(s.peer, scram.ChannelBindingType(kind))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAuthentication, err)
	}
	s.conv = server.NewConversationWithChannelBindingRequired(binding)
	return nil
}

// credentials looks a user up, and makes them up for a stranger.
func (s *scramServer) credentials(user string) (scram.StoredCredentials, error) {
	v, err := s.lookup(user)
	if err == nil && v.hash != s.hash {
		err = fmt.Errorf("%w: lookup returned a verifier of another hash function", ErrPermanent)
	}
	if err == nil {
		return v.stored, nil
	}
	if codeOf(err) > codeAuth {
		return scram.StoredCredentials{}, err
	}
	s.unknown = err
	made := func(what string) []byte {
		mac := hmac.New(s.hash.generator(), s.pepper)
		mac.Write([]byte(what + user))
		return mac.Sum(nil)
	}
	return scram.StoredCredentials{
		KeyFactors: scram.KeyFactors{Salt: string(made("salt")[:saltSize]), Iters: DefaultIterations},
		StoredKey:  made("key"),
		ServerKey:  made("server"),
	}, nil
}
