package sasl

import (
	"sync"
)

// alices looks up the one user that the tests have, whose password is "secret".
func alices(hash Hash) func(string) (Verifier, error) {
	made := sync.OnceValues(func() (Verifier, error) { return NewVerifier(hash, "secret", MinIterations) })
	return func(user string) (Verifier, error) {
		if user != "alice" {
			return Verifier{}, ErrUnknownUser
		}
		return made()
	}
}
