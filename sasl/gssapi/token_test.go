package gssapi

import (
	"encoding/binary"
	"testing"

	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWrapTokens(t *testing.T) {
	const usage = keyusage.GSSAPI_ACCEPTOR_SEAL
	key := types.EncryptionKey{KeyType: etypeID.AES256_CTS_HMAC_SHA1_96, KeyValue: make([]byte, 32)}
	token, err := wrap([]byte("hello"), key, usage, wrapByAcceptor, 7)
	require.NoError(t, err)
	message, err := unwrap(token, key, usage, true)
	require.NoError(t, err)
	assert.Equal(t, "hello", string(message))

	t.Run("rotated, as Windows sends them", func(t *testing.T) {
		body := token[wrapHeader:]
		for n := range len(body) + 1 {
			rotated := append([]byte{}, token[:wrapHeader]...)
			binary.BigEndian.PutUint16(rotated[6:], uint16(n))
			at := (len(body) - n) % len(body)
			rotated = append(append(rotated, body[at:]...), body[:at]...)
			message, err := unwrap(rotated, key, usage, true)
			require.NoError(t, err, "by %d", n)
			assert.Equal(t, "hello", string(message))
		}
	})
	t.Run("changed", func(t *testing.T) {
		for i := range token {
			_, err := unwrap(token[:i], key, usage, true)
			require.Error(t, err)
			if i == 6 || i == 7 {
				continue // the rotation is not protected, and is taken modulo the length
			}
			changed := append([]byte{}, token...)
			changed[i] ^= 0x10
			_, err = unwrap(changed, key, usage, true)
			require.Error(t, err, "byte %d", i)
		}
	})
	t.Run("by the wrong end, or for something else", func(t *testing.T) {
		_, err := unwrap(token, key, usage, false)
		require.Error(t, err)
		_, err = unwrap(token, key, keyusage.GSSAPI_INITIATOR_SEAL, true)
		require.ErrorContains(t, err, "not genuine")
	})
	t.Run("encrypted", func(t *testing.T) {
		sealed := append([]byte{}, token...)
		sealed[2] |= wrapSealed
		_, err := unwrap(sealed, key, usage, true)
		require.ErrorContains(t, err, "encrypted")
	})
	require.ErrorContains(t, checkKey(types.EncryptionKey{KeyType: etypeID.RC4_HMAC}), "encryption type 23 is not supported")
}

func TestFraming(t *testing.T) {
	token, err := frameToken(tokenAPReq, []byte("body"))
	require.NoError(t, err)
	id, body, err := unframeToken(token)
	require.NoError(t, err)
	assert.Equal(t, tokenAPReq, id)
	assert.Equal(t, "body", string(body))
	for _, bad := range [][]byte{nil, {0x60}, token[:len(token)-1], append(token, 0), {0x60, 0}, {0x30, 0}} {
		_, _, err := unframeToken(bad)
		require.Error(t, err)
	}
	token[6] ^= 1 // SPNEGO and others have another object identifier
	_, _, err = unframeToken(token)
	require.ErrorContains(t, err, "another mechanism")
}

func TestPanicsOfTheLibraryAreErrors(t *testing.T) {
	require.EqualError(t, guard(func() error { panic("index out of range") }), "malformed Kerberos data")
}
