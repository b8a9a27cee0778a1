package sasl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// strength is the order of preference: what proves both ends first, then what
// shows nothing of a secret, then what shows it, then what has none.
var strength = []string{
	"GSSAPI",
	"EXTERNAL",
	"SCRAM-SHA-512-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS",
	"SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1",
	"OAUTHBEARER", "XOAUTH2",
	"PLAIN",
	"ANONYMOUS",
}

// Names returns the names of the mechanisms of this package and its rooms,
// strongest first.
func Names() []string { return slices.Clone(strength) }

// insecure mechanisms show a password or token to whoever can read the bytes.
var insecure = []string{"OAUTHBEARER", "XOAUTH2", "PLAIN"}

// tokens are the mechanisms that carry what does not fit into 512 bytes.
var tokens = []string{"GSSAPI", "OAUTHBEARER", "XOAUTH2"}

// Choose returns those of the mechanisms that may be used, strongest first:
// GSSAPI, EXTERNAL, the SCRAM family with the -PLUS forms before the others,
// OAUTHBEARER, XOAUTH2, PLAIN, ANONYMOUS. One that is not of this package comes
// before all of these, in its place among its like.
//
// Allowed is a list of names, separated by spaces; when it is empty all are
// allowed. On a connection that is not encrypted the -PLUS forms and EXTERNAL
// have nothing to go by and are left out, and so are, unless allowInsecure, the
// mechanisms that show a secret: OAUTHBEARER, XOAUTH2 and PLAIN. With nothing
// left the error wraps ErrNoMechanism.
//
// It cannot see whether there is a client certificate: give it EXTERNAL only
// then.
func Choose(mechs []Mechanism, allowed string, encrypted, allowInsecure bool) ([]Mechanism, error) {
	names := strings.Fields(strings.ToUpper(allowed))
	var chosen []Mechanism
	var reasons []string
	for _, name := range names {
		if !slices.ContainsFunc(mechs, func(m Mechanism) bool { return m.Name() == name }) {
			reasons = append(reasons, missing(name))
		}
	}
	for _, m := range mechs {
		name := m.Name()
		switch {
		case len(names) > 0 && !slices.Contains(names, name):
		case !encrypted && (name == "EXTERNAL" || strings.HasSuffix(name, plusSuffix)):
			reasons = append(reasons, name+" needs TLS")
		case !encrypted && !allowInsecure && slices.Contains(insecure, name):
			reasons = append(reasons, name+" would show its secret in the clear")
		default:
			chosen = append(chosen, m)
		}
	}
	if len(chosen) == 0 {
		if reasons == nil {
			reasons = []string{"none is configured"}
		}
		return nil, &AuthError{Err: fmt.Errorf("%w: %s", ErrNoMechanism, strings.Join(reasons, ", "))}
	}
	slices.SortStableFunc(chosen, func(a, b Mechanism) int {
		return cmp.Compare(slices.Index(strength, a.Name()), slices.Index(strength, b.Name()))
	})
	return chosen, nil
}

// missing says of a mechanism that it is not there, and what it would need.
func missing(name string) string {
	needs := map[string]string{
		"GSSAPI": "a Kerberos ticket", "EXTERNAL": "a client certificate", "OAUTHBEARER": "a token", "XOAUTH2": "a token", "PLAIN": "a user and a password",
	}[name]
	if strings.HasPrefix(name, "SCRAM-") {
		needs = "a user and a password"
	}
	if needs == "" {
		return "there is no " + name
	}
	return name + " needs " + needs
}

// Offers starts an exchange of each of the mechanisms, as NewClientLayer takes
// them. It may block, as Mechanism.Client may. Mechanisms that are unavailable
// are left out; with none left the error wraps ErrNoMechanism.
func Offers(ctx context.Context, peer Peer, mechs []Mechanism) ([]Offer, error) {
	var offers []Offer
	var missing []error
	for _, m := range mechs {
		c, err := m.Client(ctx, peer)
		switch {
		case err == nil:
			offers = append(offers, Offer{m.Name(), c})
		case errors.Is(err, ErrUnavailable):
			missing = append(missing, err)
		default:
			return nil, &AuthError{Mechanism: m.Name(), Err: err}
		}
	}
	if len(offers) == 0 {
		return nil, &AuthError{Err: errors.Join(append([]error{ErrNoMechanism}, missing...)...)}
	}
	return offers, nil
}
