package gssapi

import (
	"bytes"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"

	krb "github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/types"
)

// The tokens that establish a context (RFC 4121 §4.1).
const (
	tokenAPReq uint16 = 0x0100
	tokenAPRep uint16 = 0x0200
	tokenError uint16 = 0x0300
)

// mechOID is the object identifier of Kerberos 5, 1.2.840.113554.1.2.2, encoded.
var mechOID = []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02}

// frameToken puts the framing of RFC 2743 §3.1 around a token.
func frameToken(id uint16, body []byte) ([]byte, error) {
	inner := binary.BigEndian.AppendUint16(bytes.Clone(mechOID), id)
	return asn1.Marshal(asn1.RawValue{
		Class: asn1.ClassApplication, Tag: 0, IsCompound: true, Bytes: append(inner, body...),
	})
}

func unframeToken(token []byte) (id uint16, body []byte, err error) {
	var outer asn1.RawValue
	rest, err := asn1.Unmarshal(token, &outer)
	if err != nil || len(rest) > 0 || outer.Class != asn1.ClassApplication || outer.Tag != 0 {
		return 0, nil, errors.New("no GSSAPI token")
	}
	inner, ok := bytes.CutPrefix(outer.Bytes, mechOID)
	if !ok || len(inner) < 2 {
		return 0, nil, errors.New("token of another mechanism than Kerberos 5")
	}
	return binary.BigEndian.Uint16(inner), inner[2:], nil
}

// The flags of a wrap token (RFC 4121 §4.2.2).
const (
	wrapByAcceptor     byte = 1
	wrapSealed         byte = 2
	wrapAcceptorSubkey byte = 4
)

// wrapHeader is the length of its header (RFC 4121 §4.2.6.2).
const wrapHeader = 16

// checkKey refuses keys whose tokens are those of RFC 1964.
func checkKey(key types.EncryptionKey) error {
	switch key.KeyType {
	case etypeID.AES128_CTS_HMAC_SHA1_96, etypeID.AES256_CTS_HMAC_SHA1_96,
		etypeID.AES128_CTS_HMAC_SHA256_128, etypeID.AES256_CTS_HMAC_SHA384_192:
		return nil
	}
	return fmt.Errorf("encryption type %d is not supported", key.KeyType)
}

// wrap protects the integrity of a message.
func wrap(message []byte, key types.EncryptionKey, usage uint32, flags byte, seq uint64) ([]byte, error) {
	t := krb.WrapToken{Flags: flags, SndSeqNum: seq, Payload: message}
	if err := t.SetCheckSum(key, usage); err != nil {
		return nil, err
	}
	t.EC = uint16(len(t.CheckSum)) // not part of what is summed
	return t.Marshal()
}

// unwrap takes a message of the other end out of its protection.
func unwrap(token []byte, key types.EncryptionKey, usage uint32, byAcceptor bool) ([]byte, error) {
	if len(token) < wrapHeader {
		return nil, errors.New("wrap token is too short")
	}
	if token[2]&wrapSealed != 0 {
		return nil, errors.New("wrap token is encrypted")
	}
	token = bytes.Clone(token)
	// RFC 4121 §4.2.5: the sender may have rotated what follows the header.
	if body := token[wrapHeader:]; len(body) > 0 {
		n := int(binary.BigEndian.Uint16(token[6:8])) % len(body)
		copy(body, append(bytes.Clone(body[n:]), body[:n]...))
	}
	var t krb.WrapToken
	if err := t.Unmarshal(token, byAcceptor); err != nil {
		return nil, err
	}
	if ok, err := t.Verify(key, usage); err != nil || !ok {
		return nil, errors.New("wrap token is not genuine")
	}
	return t.Payload, nil
}

// guard calls f, and makes an error of a panic. What f does is to take bytes of
// a peer, or of a file, apart with a library that does not look at every length.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("malformed Kerberos data")
		}
	}()
	return f()
}
