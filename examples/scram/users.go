package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/hadron-mq/hadron/sasl"
)

// users are the verifiers of those who may log in. A password cannot be read from one, and the same password makes another one for
// each user; but whoever steals them can try guesses and pose as the server, so they are kept like passwords.
type users map[string]sasl.Verifier

// add makes a verifier.
func (u users) add(name, password string) error {
	if name == "" || strings.ContainsAny(name, "=\r\n") {
		return fmt.Errorf("scram: user %q: a name is not empty, and has no = and no line break", name)
	}
	v, err := sasl.NewVerifier(sasl.SHA256, password, 0)
	if err != nil {
		return fmt.Errorf("scram: user %q: %w", name, err)
	}
	u[name] = v
	return nil
}

// lookup is what sasl.ScramServer asks. To those whom it does not find nobody answers otherwise than to those with a wrong password.
func (u users) lookup(name string) (sasl.Verifier, error) {
	v, ok := u[name]
	if !ok {
		return v, sasl.ErrUnknownUser
	}
	return v, nil
}

// readUsers reads what write wrote. With an error it returns no users, to which some can be added all the same.
func readUsers(file string) (users, error) {
	u := make(users)
	text, err := os.ReadFile(file)
	if err != nil {
		return u, err
	}
	for line := range strings.Lines(string(text)) {
		name, encoded, _ := strings.Cut(strings.TrimRight(line, "\r\n"), "=")
		v, err := sasl.ParseVerifier(encoded)
		if err != nil {
			return u, fmt.Errorf("scram: %s: user %q: %w", file, name, err)
		}
		u[name] = v
	}
	return u, nil
}

// write keeps the users in a file that only we can read.
func (u users) write(file string) error {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(u)) {
		fmt.Fprintf(&b, "%s=%s\n", name, u[name].Encode())
	}
	return os.WriteFile(file, []byte(b.String()), 0o600)
}
