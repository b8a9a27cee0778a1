package sasl

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/xdg-go/scram"
)

// How many times a SCRAM password is hashed.
const (
	// MinIterations is the least that RFC 7677 §4 allows.
	MinIterations = 4096
	// DefaultIterations is that RFC's rule of thumb.
	DefaultIterations = 15000
	// MaxIterations bounds the work that a server can put upon a client: of the
	// order of a second.
	MaxIterations = 1_000_000
)

const saltSize = 16

// Verifier is what a listener keeps of a user in place of the password, for one
// hash function. The password cannot be read from it, but guesses can be tried,
// and who steals it can pose as the server: keep it secret.
type Verifier struct {
	hash   Hash
	stored scram.StoredCredentials
}

// NewVerifier makes a verifier with a random salt. Zero iterations mean
// DefaultIterations.
func NewVerifier(hash Hash, password string, iterations int) (Verifier, error) {
	if iterations == 0 {
		iterations = DefaultIterations
	}
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // it never fails
	return saltedVerifier(hash, password, iterations, string(salt))
}

func saltedVerifier(hash Hash, password string, iterations int, salt string) (Verifier, error) {
	if iterations < MinIterations || iterations > MaxIterations {
		return Verifier{}, fmt.Errorf("sasl: making a verifier: %d iterations, not between %d and %d", iterations, MinIterations, MaxIterations)
	}
	generator := hash.generator()
	if generator == nil {
		return Verifier{}, fmt.Errorf("sasl: making a verifier: unknown hash function %q", string(hash))
	}
	c, err := generator.NewClient("", password, "")
	if err != nil {
		return Verifier{}, fmt.Errorf("sasl: making a verifier: %w", err)
	}
	stored, err := c.GetStoredCredentialsWithError(scram.KeyFactors{Salt: salt, Iters: iterations})
	if err != nil {
		return Verifier{}, fmt.Errorf("sasl: making a verifier: %w", err)
	}
	return Verifier{hash, stored}, nil
}

// ParseVerifier reads the form that Encode writes.
func ParseVerifier(s string) (Verifier, error) {
	malformed := errors.New("sasl: malformed verifier") // without the text: it is a secret
	scheme, rest, _ := strings.Cut(s, "$")
	factors, keys, ok := strings.Cut(rest, "$")
	if !ok {
		return Verifier{}, malformed
	}
	v := Verifier{hash: Hash(strings.TrimPrefix(scheme, "SCRAM-"))}
	count, salt64, _ := strings.Cut(factors, ":")
	stored64, server64, _ := strings.Cut(keys, ":")
	iterations, err := strconv.Atoi(count)
	salt, err1 := base64.StdEncoding.DecodeString(salt64)
	stored, err2 := base64.StdEncoding.DecodeString(stored64)
	server, err3 := base64.StdEncoding.DecodeString(server64)
	generator := v.hash.generator()
	if err := errors.Join(err, err1, err2, err3); err != nil || generator == nil || len(salt) == 0 ||
		iterations < MinIterations || iterations > MaxIterations {
		return Verifier{}, malformed
	}
	if size := generator().Size(); len(stored) != size || len(server) != size {
		return Verifier{}, malformed
	}
	v.stored = scram.StoredCredentials{
		KeyFactors: scram.KeyFactors{Salt: string(salt), Iters: iterations},
		StoredKey:  stored,
		ServerKey:  server,
	}
	return v, nil
}

// Encode writes the verifier as one line, in the form of RFC 5803:
// SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey.
func (v Verifier) Encode() string {
	b := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("%s$%d:%s$%s:%s", v.hash.mechanism(false), v.stored.Iters,
		b([]byte(v.stored.Salt)), b(v.stored.StoredKey), b(v.stored.ServerKey))
}

// Check reports whether it was made from this password, in constant time. It
// takes as long as making it did.
func (v Verifier) Check(password string) bool {
	if v.hash == "" {
		return false
	}
	other, err := saltedVerifier(v.hash, password, v.stored.Iters, v.stored.Salt)
	return err == nil && hmac.Equal(v.stored.StoredKey, other.stored.StoredKey)
}

// String and GoString hide the keys from whoever prints it.
func (v Verifier) String() string { return v.hash.mechanism(false) + " verifier" }

// GoString is String.
func (v Verifier) GoString() string { return v.String() }
