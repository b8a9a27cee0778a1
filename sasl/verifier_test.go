package sasl

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestVerifiersAreWrittenAndRead(t *testing.T) {
	for _, hash := range []Hash{SHA1, SHA256, SHA512} {
		v, err := NewVerifier(hash, "secret", MinIterations)
		require.NoError(t, err)
		again, err := ParseVerifier(v.Encode())
		require.NoError(t, err)
		assert.Equal(t, v, again)
		assert.True(t, again.Check("secret"))
		assert.False(t, again.Check("Secret"))
		assert.True(t, strings.HasPrefix(v.Encode(), "SCRAM-"+string(hash)+"$4096:"))
	}
	assert.False(t, Verifier{}.Check(""))

	one, err := NewVerifier(SHA256, "secret", MinIterations)
	require.NoError(t, err)
	other, err := NewVerifier(SHA256, "secret", MinIterations)
	require.NoError(t, err)
	assert.NotEqual(t, one.Encode(), other.Encode(), "every salt is its own")
}

func TestVerifiersThatCannotBe(t *testing.T) {
	for _, iterations := range []int{-1, MinIterations - 1, MaxIterations + 1} {
		_, err := NewVerifier(SHA256, "secret", iterations)
		require.ErrorContains(t, err, "iterations")
	}
	_, err := NewVerifier("MD5", "secret", MinIterations)
	require.ErrorContains(t, err, "MD5")

	v, err := NewVerifier(SHA256, "secret", MinIterations)
	require.NoError(t, err)
	good := v.Encode()
	for _, bad := range []string{
		"", "$$", "SCRAM-SHA-256$", good[1:], good + "=", good[:len(good)-8],
		strings.Replace(good, "SHA-256", "SHA-512", 1),
		strings.Replace(good, "4096", "many", 1),
		strings.Replace(good, "4096", "1", 1),
		strings.Replace(good, "4096:", "4096", 1),
	} {
		_, err := ParseVerifier(bad)
		require.EqualError(t, err, "sasl: malformed verifier", bad)
	}
}
