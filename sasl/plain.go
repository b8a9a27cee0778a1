package sasl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
)

// Plain logs in by user name and password, which the server gets to see (RFC
// 4616). Over a connection without TLS, so does everybody else.
func Plain(user, password string) Mechanism {
	return mechanism{"PLAIN", func(context.Context, Peer) (Client, error) {
		if user == "" || strings.ContainsRune(user, 0) || strings.ContainsRune(password, 0) {
			return nil, errors.New("sasl: PLAIN: the user name is empty, or name or password holds a NUL")
		}
		return &single{name: "PLAIN", initial: []byte("\x00" + user + "\x00" + password)}, nil
	}}
}

// PlainServer lets those in whom check finds to be who they say. The error of
// check is for the log only, and should not tell an unknown user from a wrong
// password; a client is told of nothing but the refusal, or of the server's
// trouble where the error wraps ErrTemporary and the like. The identity is the
// user name. To act for another user is refused.
//
// Check may take its time: no connection but the client's waits for it. See
// Server.
func PlainServer(check func(user, password string) error) ServerMechanism {
	return serverMechanism{"PLAIN", func(Peer) Server {
		return &singleServer{check: func(response []byte) (string, error) {
			// RFC 4616 §2: [authzid] NUL authcid NUL passwd
			parts := bytes.SplitN(response, []byte{0}, 4)
			if len(parts) != 3 || len(parts[1]) == 0 {
				return "", fmt.Errorf("%w: malformed PLAIN response", ErrAuthentication)
			}
			authzid, user := string(parts[0]), string(parts[1])
			if err := check(user, string(parts[2])); err != nil {
				return "", refused(err)
			}
			return actAs(authzid, user)
		}}
	}}
}

// actAs is the identity of a user who asked to act as authzid. Nobody may act
// for another.
func actAs(authzid, user string) (string, error) {
	if authzid != "" && authzid != user {
		return "", fmt.Errorf("%w: acting for another user is not allowed", ErrAuthentication)
	}
	return user, nil
}
