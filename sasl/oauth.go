package sasl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
)

// TokenSource returns an OAuth 2.0 access token. It is asked before every
// connection attempt, and may block until the context ends.
type TokenSource func(ctx context.Context) (string, error)

// OAuthBearer logs in by an access token (RFC 7628). The authzid, often empty,
// asks to act as that user. Over a connection without TLS everybody sees the
// token.
func OAuthBearer(authzid string, source TokenSource) Mechanism {
	return tokenMechanism("OAUTHBEARER", authzid, source, "\x01", func(host, token string) string {
		gs2 := "n,"
		if authzid != "" {
			gs2 += "a=" + gs2Name.Replace(authzid)
		}
		if host != "" {
			host = "host=" + host + "\x01"
		}
		return gs2 + ",\x01" + host + "auth=Bearer " + token + "\x01\x01"
	})
}

// XOAuth2 logs in as user by an access token, in the older form that Google and
// Microsoft use. Over a connection without TLS everybody sees the token.
func XOAuth2(user string, source TokenSource) Mechanism {
	return tokenMechanism("XOAUTH2", user, source, "", func(_, token string) string {
		return "user=" + user + "\x01auth=Bearer " + token + "\x01\x01"
	})
}

// A name in a GS2 header is escaped (RFC 5801 §4).
var (
	gs2Name   = strings.NewReplacer("=", "=3D", ",", "=2C")
	ungs2Name = strings.NewReplacer("=3D", "=", "=2C", ",")
)

func tokenMechanism(name, user string, source TokenSource, ack string, initial func(host, token string) string) Mechanism {
	return mechanism{name, func(ctx context.Context, peer Peer) (Client, error) {
		token, err := source(ctx)
		if err != nil {
			return nil, fmt.Errorf("sasl: %s: getting a token: %w", name, err)
		}
		response := initial(peer.Host, token)
		// What ends a field must not be inside of one.
		if token == "" || strings.ContainsAny(token, "\x00\x01\r\n ") || strings.ContainsAny(user, "\x00\x01") {
			return nil, fmt.Errorf("sasl: %s: the token is empty, or token or user is malformed", name)
		}
		return &tokenClient{initial: []byte(response), ack: ack}, nil
	}}
}

// tokenClient is one exchange of a token.
type tokenClient struct {
	initial []byte
	ack     string
	refusal string // what the server said of the token
}

func (c *tokenClient) Start() ([]byte, error) { return c.initial, nil }

// Next hears why the token is refused. It has to say something, for the server
// to fail the exchange (RFC 7628 §3.2.3).
func (c *tokenClient) Next(challenge []byte) ([]byte, error) {
	if c.refusal != "" {
		return nil, fmt.Errorf("%w: a second challenge to a token", ErrProtocol)
	}
	c.refusal = string(challenge)
	if c.refusal == "" {
		c.refusal = "{}"
	}
	return []byte(c.ack), nil
}

func (c *tokenClient) Finish([]byte) error {
	if c.refusal != "" {
		return fmt.Errorf("%w: it refused the token, and then took it", ErrProtocol)
	}
	return nil
}

func (c *tokenClient) prompt([]byte) bool { return true }

func (c *tokenClient) reason() string { return c.refusal }

// OAuthBearerServer lets clients in whose token check finds valid. It returns
// who the token is for. To act for another is refused. It may take its time, as
// for asking who issued the token: see Server.
func OAuthBearerServer(check func(token string) (identity string, err error)) ServerMechanism {
	return serverMechanism{"OAUTHBEARER", func(Peer) Server {
		return &tokenServer{check: check, parse: parseOAuthBearer}
	}}
}

// XOAuth2Server is as OAuthBearerServer, by XOAUTH2.
func XOAuth2Server(check func(token string) (identity string, err error)) ServerMechanism {
	return serverMechanism{"XOAUTH2", func(Peer) Server {
		return &tokenServer{check: check, parse: parseXOAuth2}
	}}
}

// tokenServer is one exchange of a token on the listener's side.
type tokenServer struct {
	check    func(token string) (string, error)
	parse    func(response []byte) (user, token string, ok bool)
	asked    bool
	refusal  error // the client has been told that there is one
	identity string
}

func (s *tokenServer) Next(response []byte) ([]byte, bool, error) {
	if s.refusal != nil {
		return nil, false, s.refusal
	}
	if s.asks(response) {
		s.asked = true
		return []byte{}, false, nil
	}
	user, token, ok := s.parse(response)
	if !ok {
		return nil, false, fmt.Errorf("%w: malformed response", ErrAuthentication)
	}
	identity, err := s.check(token)
	if err == nil && identity == "" {
		err = errors.New("the token names no user")
	}
	if err == nil {
		identity, err = actAs(user, identity)
	}
	if err != nil {
		if err = refused(err); !errors.Is(err, ErrAuthentication) {
			return nil, false, err
		}
		// RFC 7628 §3.2.2: the reason goes in a challenge of its own.
		s.refusal = err
		return []byte(`{"status":"invalid_token"}`), false, nil
	}
	s.identity = identity
	return nil, true, nil
}

func (s *tokenServer) Identity() string { return s.identity }

func (s *tokenServer) asks(response []byte) bool { return response == nil && !s.asked }

func (s *tokenServer) prompt(response []byte) bool { return s.refusal != nil || s.asks(response) }

// parseOAuthBearer takes a GS2 header and key=value fields apart (RFC 7628 §3.1).
func parseOAuthBearer(response []byte) (user, token string, ok bool) {
	gs2, fields, found := bytes.Cut(response, []byte{1})
	parts := strings.Split(string(gs2), ",")
	if !found || len(parts) != 3 || parts[0] != "n" && parts[0] != "y" || parts[2] != "" {
		return "", "", false
	}
	user, isUser := strings.CutPrefix(parts[1], "a=")
	if parts[1] != "" && !isUser {
		return "", "", false
	}
	values, ok := parseFields(fields)
	token, bearer := cutBearer(values["auth"])
	return ungs2Name.Replace(user), token, ok && bearer
}

func parseXOAuth2(response []byte) (user, token string, ok bool) {
	values, ok := parseFields(response)
	token, bearer := cutBearer(values["auth"])
	return values["user"], token, ok && bearer
}

// parseFields reads key=value fields, each ended by ^A, and a ^A behind the last.
func parseFields(b []byte) (map[string]string, bool) {
	text, ok := strings.CutSuffix(string(b), "\x01\x01")
	if !ok {
		return nil, false
	}
	values := map[string]string{}
	for field := range strings.SplitSeq(text, "\x01") {
		key, value, found := strings.Cut(field, "=")
		if _, twice := values[key]; !found || twice {
			return nil, false
		}
		values[key] = value
	}
	return values, true
}

// cutBearer takes the scheme away, which has no case (RFC 6750 §2.1, RFC 9110 §11.1).
func cutBearer(auth string) (token string, ok bool) {
	scheme, token, _ := strings.Cut(auth, " ")
	return token, strings.EqualFold(scheme, "Bearer") && token != ""
}
