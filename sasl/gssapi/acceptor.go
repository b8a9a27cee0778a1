package gssapi

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/jcmturner/gofork/encoding/asn1"
	"github.com/jcmturner/gokrb5/v8/asn1tools"
	"github.com/jcmturner/gokrb5/v8/crypto"
	krb "github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/iana"
	"github.com/jcmturner/gokrb5/v8/iana/asnAppTag"
	"github.com/jcmturner/gokrb5/v8/iana/chksumtype"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/iana/msgtype"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/hadron-mq/hadron/sasl"
)

// maxSkew is by how much the clocks of both sides may differ (RFC 4120 §8.2).
const maxSkew = 5 * time.Minute

// ServerOption says one thing about a server.
type ServerOption func(*serverSettings)

type serverSettings struct {
	service  string
	identity func(principal, realm string) (string, error)
}

// ServerService is the first part of the principals that tickets must be for.
// The default is "amqp". Whatever else the keytab has is not used.
func ServerService(service string) ServerOption {
	return func(s *serverSettings) { s.service = service }
}

// Identity makes the identity of a principal, such as "alice" or "alice/admin",
// and its realm. An error or an empty identity refuses the login. It may take its
// time: see sasl.Server. The default is principal@realm.
func Identity(f func(principal, realm string) (string, error)) ServerOption {
	return func(s *serverSettings) { s.identity = f }
}

// NewServer lets clients in who have a ticket for a service whose key is in the
// keytab, which is read once. To act for another user than the identity, or the
// principal, is refused.
func NewServer(path string, opts ...ServerOption) (sasl.ServerMechanism, error) {
	var kt *keytab.Keytab
	err := guard(func() (err error) { kt, err = keytab.Load(path); return err })
	if err != nil {
		return nil, fmt.Errorf("sasl: %s: keytab %s: %w", name, path, err)
	}
	s := serverSettings{
		service:  defaultService,
		identity: func(principal, realm string) (string, error) { return principal + "@" + realm, nil },
	}
	for _, o := range opts {
		o(&s)
	}
	return serverMechanism{func() sasl.Server { return &acceptor{settings: s, keytab: kt} }}, nil
}

// serverMechanism holds the keys in a function, as mechanism does.
type serverMechanism struct{ server func() sasl.Server }

func (serverMechanism) Name() string { return name }

func (m serverMechanism) Server(sasl.Peer) sasl.Server { return m.server() }

// acceptor is one exchange on the listener's side (RFC 4752 §3.2).
type acceptor struct {
	settings serverSettings
	keytab   *keytab.Keytab

	phase     phase
	asked     bool
	key       types.EncryptionKey // of the context
	seq       uint64
	principal string
	realm     string
	identity  string
}

func (a *acceptor) Next(response []byte) (challenge []byte, done bool, err error) {
	if response == nil && !a.asked {
		a.asked = true
		return []byte{}, false, nil
	}
	err = guard(func() (err error) {
		switch a.phase {
		case phaseContext:
			a.phase = phaseEmpty
			challenge, err = a.accept(response)
		case phaseEmpty:
			a.phase = phaseLayer
			if len(response) > 0 {
				return errors.New("a response that should be empty is not")
			}
			challenge, err = wrap([]byte{noLayer, 0, 0, 0}, a.key, keyusage.GSSAPI_ACCEPTOR_SEAL, wrapByAcceptor|wrapAcceptorSubkey, a.seq)
		case phaseLayer:
			a.phase = phaseDone
			done, err = true, a.finish(response)
		default:
			err = errors.New("a response too many")
		}
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("%w: %w", sasl.ErrAuthentication, err)
	}
	return challenge, done, nil
}

func (a *acceptor) Identity() string { return a.identity }

// accept takes the AP-REQ and answers with an AP-REP. It gives the context a key
// of its own, so that a request that is played again leads nowhere, and need not
// be remembered (RFC 4120 §3.2.3).
func (a *acceptor) accept(token []byte) ([]byte, error) {
	id, body, err := unframeToken(token)
	if err != nil {
		return nil, err
	}
	if id != tokenAPReq {
		return nil, fmt.Errorf("token %#04x in place of an AP-REQ", id)
	}
	var req messages.APReq
	if err := req.Unmarshal(body); err != nil {
		return nil, errors.New("malformed AP-REQ")
	}
	if sname := req.Ticket.SName.NameString; len(sname) == 0 || sname[0] != a.settings.service {
		return nil, fmt.Errorf("ticket for %.200q, not for service %s", req.Ticket.SName.PrincipalNameString(), a.settings.service)
	}
	if ok, err := req.Verify(a.keytab, maxSkew, types.HostAddress{}, nil); err != nil {
		return nil, fmt.Errorf("ticket does not verify: %w", err)
	} else if !ok {
		return nil, errors.New("ticket does not verify")
	}
	if err := checkContext(req.Authenticator.Cksum); err != nil {
		return nil, err
	}
	granted := req.Ticket.DecryptedEncPart
	if err := checkKey(granted.Key); err != nil {
		return nil, err
	}
	a.principal, a.realm = granted.CName.PrincipalNameString(), granted.CRealm
	return a.reply(granted.Key, req.Authenticator)
}

// checkContext reads what the client wants of the context (RFC 4121 §4.1.1).
func checkContext(sum types.Checksum) error {
	if sum.CksumType != chksumtype.GSSAPI || len(sum.Checksum) < 24 {
		return errors.New("AP-REQ is not for GSSAPI")
	}
	if binary.LittleEndian.Uint32(sum.Checksum[20:])&krb.ContextFlagMutual == 0 {
		return errors.New("client does not ask for mutual authentication")
	}
	return nil
}

func (a *acceptor) reply(session types.EncryptionKey, auth types.Authenticator) ([]byte, error) {
	etype, err := crypto.GetEtype(session.KeyType)
	if err != nil {
		return nil, err
	}
	if a.key, err = types.GenerateEncryptionKey(etype); err != nil {
		return nil, err
	}
	var seq [4]byte
	_, _ = rand.Read(seq[:])                               // it never fails
	a.seq = uint64(binary.BigEndian.Uint32(seq[:])>>2) | 1 // as the library does: positive in any integer
	plain, err := asn1.Marshal(messages.EncAPRepPart{
		CTime:          auth.CTime,
		Cusec:          auth.Cusec,
		Subkey:         a.key,
		SequenceNumber: int64(a.seq),
	})
	if err != nil {
		return nil, err
	}
	sealed, err := crypto.GetEncryptedData(asn1tools.AddASNAppTag(plain, asnAppTag.EncAPRepPart), session, keyusage.AP_REP_ENCPART, 0)
	if err != nil {
		return nil, err
	}
	body, err := asn1.Marshal(messages.APRep{PVNO: iana.PVNO, MsgType: msgtype.KRB_AP_REP, EncPart: sealed})
	if err != nil {
		return nil, err
	}
	return frameToken(tokenAPRep, asn1tools.AddASNAppTag(body, asnAppTag.APREP))
}

// finish reads the client's choice of a security layer and whom it wants to be.
func (a *acceptor) finish(response []byte) error {
	choice, err := unwrap(response, a.key, keyusage.GSSAPI_INITIATOR_SEAL, false)
	if err != nil {
		return err
	}
	if len(choice) < 4 || choice[0] != noLayer {
		return errors.New("client wants a security layer, which was not offered")
	}
	identity, err := a.settings.identity(a.principal, a.realm)
	if err != nil {
		return err
	}
	if identity == "" {
		return errors.New("principal has no identity")
	}
	switch authzid := string(choice[4:]); authzid {
	case "", identity, a.principal, a.principal + "@" + a.realm:
		a.identity = identity
		return nil
	}
	return errors.New("acting for another user is not allowed")
}
