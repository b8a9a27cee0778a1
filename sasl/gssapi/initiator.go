package gssapi

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/jcmturner/gokrb5/v8/crypto"
	krb "github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/iana/chksumtype"
	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/hadron-mq/hadron/sasl"
)

// noLayer is the bit for no security layer (RFC 4752 §3.3).
const noLayer = 1

// phase is what comes next.
type phase uint8

const (
	phaseContext phase = iota // the token of the other end
	phaseEmpty                // acceptor: the client's empty response
	phaseLayer                // the choice of the security layer
	phaseDone
)

// initiator is one exchange on the client's side (RFC 4752 §3.1).
type initiator struct {
	ticket  ticket
	auth    types.Authenticator
	token   []byte // the first
	authzid string

	phase phase
	key   types.EncryptionKey // of the context
	flags byte                // of its wrap tokens
}

func newInitiator(t ticket, authzid string) (*initiator, error) {
	if err := checkKey(t.key); err != nil {
		return nil, err
	}
	auth, err := types.NewAuthenticator(t.realm, t.cname)
	if err != nil {
		return nil, err
	}
	etype, err := crypto.GetEtype(t.key.KeyType)
	if err != nil {
		return nil, err
	}
	if err := auth.GenerateSeqNumberAndSubKey(t.key.KeyType, etype.GetKeyByteSize()); err != nil {
		return nil, err
	}
	auth.Cksum = types.Checksum{CksumType: chksumtype.GSSAPI, Checksum: contextFlags()}
	req, err := messages.NewAPReq(t.Ticket, t.key, auth)
	if err != nil {
		return nil, err
	}
	types.SetFlag(&req.APOptions, flags.APOptionMutualRequired)
	body, err := req.Marshal()
	if err != nil {
		return nil, err
	}
	token, err := frameToken(tokenAPReq, body)
	if err != nil {
		return nil, err
	}
	return &initiator{ticket: t, auth: auth, token: token, authzid: authzid}, nil
}

// contextFlags is the checksum field of the authenticator: no channel bindings,
// and what the context is to be able to do (RFC 4121 §4.1.1).
func contextFlags() []byte {
	b := make([]byte, 24)
	binary.LittleEndian.PutUint32(b, 16) // length of the bindings
	binary.LittleEndian.PutUint32(b[20:], krb.ContextFlagMutual|krb.ContextFlagInteg)
	return b
}

func (c *initiator) Start() ([]byte, error) { return c.token, nil }

func (c *initiator) Next(challenge []byte) (response []byte, err error) {
	err = guard(func() (err error) {
		switch c.phase {
		case phaseContext:
			c.phase = phaseLayer
			response, err = []byte{}, c.verify(challenge)
		case phaseLayer:
			c.phase = phaseDone
			response, err = c.choose(challenge)
		default:
			err = fmt.Errorf("%w: a challenge too many", sasl.ErrProtocol)
		}
		return err
	})
	return response, err
}

func (c *initiator) Finish([]byte) error {
	if c.phase != phaseDone {
		return sasl.ErrUnproven
	}
	return nil
}

// verify takes the AP-REP, by which the server shows that it could read the
// ticket (RFC 4120 §3.2.5).
func (c *initiator) verify(token []byte) error {
	id, body, err := unframeToken(token)
	if err != nil {
		return fmt.Errorf("%w: %w", sasl.ErrProtocol, err)
	}
	switch id {
	case tokenAPRep:
	case tokenError:
		var refused messages.KRBError
		if err := refused.Unmarshal(body); err != nil {
			return fmt.Errorf("%w: malformed KRB-ERROR", sasl.ErrProtocol)
		}
		return fmt.Errorf("%w: the server says %.200q", sasl.ErrAuthentication, refused.Error())
	default:
		return fmt.Errorf("%w: token %#04x in place of an AP-REP", sasl.ErrProtocol, id)
	}
	var rep messages.APRep
	if err := rep.Unmarshal(body); err != nil {
		return fmt.Errorf("%w: malformed AP-REP", sasl.ErrProtocol)
	}
	plain, err := crypto.DecryptEncPart(rep.EncPart, c.ticket.key, keyusage.AP_REP_ENCPART)
	if err != nil {
		return fmt.Errorf("%w: its AP-REP is not genuine", sasl.ErrUnproven)
	}
	var part messages.EncAPRepPart
	if err := part.Unmarshal(plain); err != nil {
		return fmt.Errorf("%w: malformed AP-REP", sasl.ErrProtocol)
	}
	if part.CTime.Unix() != c.auth.CTime.Unix() || part.Cusec != c.auth.Cusec {
		return fmt.Errorf("%w: its AP-REP answers another request", sasl.ErrUnproven)
	}
	c.key = c.auth.SubKey
	if len(part.Subkey.KeyValue) > 0 {
		c.key, c.flags = part.Subkey, wrapAcceptorSubkey
	}
	return checkKey(c.key)
}

// choose answers which security layers there are: none of them (RFC 4752 §3.1).
func (c *initiator) choose(challenge []byte) ([]byte, error) {
	offer, err := unwrap(challenge, c.key, keyusage.GSSAPI_ACCEPTOR_SEAL, true)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sasl.ErrUnproven, err)
	}
	if len(offer) != 4 {
		return nil, fmt.Errorf("%w: offer of security layers has %d bytes, not 4", sasl.ErrProtocol, len(offer))
	}
	if offer[0]&noLayer == 0 {
		return nil, errors.New("the server insists on a security layer, and there is none")
	}
	choice := append([]byte{noLayer, 0, 0, 0}, c.authzid...)
	return wrap(choice, c.key, keyusage.GSSAPI_INITIATOR_SEAL, c.flags, uint64(c.auth.SeqNumber))
}
