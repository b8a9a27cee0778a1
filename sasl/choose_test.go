package sasl

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// named is a mechanism of a user's own.
type named string

func (n named) Name() string                                 { return string(n) }
func (n named) Client(context.Context, Peer) (Client, error) { return raw{name: string(n)}, nil }

func TestChoose(t *testing.T) {
	everything := strings.Fields("ANONYMOUS PLAIN XOAUTH2 OAUTHBEARER SCRAM-SHA-1 SCRAM-SHA-256 SCRAM-SHA-512 " +
		"SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS SCRAM-SHA-512-PLUS EXTERNAL GSSAPI")
	for name, c := range map[string]struct {
		have      []string
		allowed   string
		encrypted bool
		insecure  bool
		want      string // or the error
	}{
		"all, over TLS": {everything, "", true, false, "GSSAPI EXTERNAL " +
			"SCRAM-SHA-512-PLUS SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 OAUTHBEARER XOAUTH2 PLAIN ANONYMOUS"},
		"all, in the clear":            {everything, "", false, true, "GSSAPI SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 OAUTHBEARER XOAUTH2 PLAIN ANONYMOUS"},
		"no secret in the clear":       {everything, "", false, false, "GSSAPI SCRAM-SHA-512 SCRAM-SHA-256 SCRAM-SHA-1 ANONYMOUS"},
		"secrets over TLS are fine":    {[]string{"ANONYMOUS", "PLAIN"}, "", true, false, "PLAIN ANONYMOUS"},
		"allowed":                      {everything, "SCRAM-SHA-256 PLAIN", true, false, "SCRAM-SHA-256 PLAIN"},
		"allowed in another order":     {everything, "PLAIN  SCRAM-SHA-256", true, false, "SCRAM-SHA-256 PLAIN"},
		"allowed in lower case":        {everything, "plain", true, false, "PLAIN"},
		"allowed but not had":          {[]string{"PLAIN"}, "GSSAPI PLAIN", true, false, "PLAIN"},
		"of one's own, first":          {[]string{"PLAIN", "X-ONE", "GSSAPI", "X-TWO"}, "", true, false, "X-ONE X-TWO GSSAPI PLAIN"},
		"none is left: not allowed":    {[]string{"PLAIN"}, "GSSAPI", true, false, "sasl: logging in: no mechanism in common: GSSAPI needs a Kerberos ticket"},
		"none is left: in the clear":   {[]string{"PLAIN"}, "", false, false, "sasl: logging in: no mechanism in common: PLAIN would show its secret in the clear"},
		"none is left: without TLS":    {[]string{"EXTERNAL", "SCRAM-SHA-1-PLUS"}, "", false, true, "sasl: logging in: no mechanism in common: EXTERNAL needs TLS, SCRAM-SHA-1-PLUS needs TLS"},
		"none was there":               {nil, "", true, true, "sasl: logging in: no mechanism in common: none is configured"},
		"a blank list allows all":      {[]string{"PLAIN"}, "  ", true, false, "PLAIN"},
		"part of a name is not a name": {[]string{"SCRAM-SHA-1"}, "SCRAM-SHA-1-PLUS", true, false, "sasl: logging in: no mechanism in common: SCRAM-SHA-1-PLUS needs a user and a password"},
		"none is left: unknown":        {[]string{"PLAIN"}, "X-ONE ANONYMOUS", true, false, "sasl: logging in: no mechanism in common: there is no X-ONE, there is no ANONYMOUS"},
	} {
		t.Run(name, func(t *testing.T) {
			var mechs []Mechanism
			for _, n := range c.have {
				mechs = append(mechs, named(n))
			}
			chosen, err := Choose(mechs, c.allowed, c.encrypted, c.insecure)
			if err != nil {
				require.ErrorIs(t, err, ErrNoMechanism)
				assert.Equal(t, c.want, err.Error())
				return
			}
			var names []string
			for _, m := range chosen {
				names = append(names, m.Name())
			}
			assert.Equal(t, c.want, strings.Join(names, " "))
		})
	}
}

// failing is a mechanism that cannot start.
type failing struct {
	named
	err error
}

func (f failing) Client(context.Context, Peer) (Client, error) { return nil, f.err }

func TestOffersLeaveOutWhatIsUnavailable(t *testing.T) {
	noTicket := failing{"GSSAPI", fmt.Errorf("%w: no ticket", ErrUnavailable)}
	offers, err := Offers(t.Context(), Peer{}, []Mechanism{noTicket, Plain("alice", "secret")})
	require.NoError(t, err)
	require.Len(t, offers, 1)
	assert.Equal(t, "PLAIN", offers[0].Name)

	_, err = Offers(t.Context(), Peer{}, []Mechanism{noTicket, ScramSHA1Plus("alice", "secret")})
	require.ErrorIs(t, err, ErrNoMechanism)
	require.ErrorContains(t, err, "no ticket")
	require.ErrorContains(t, err, "no TLS to bind to")

	away := errors.New("token endpoint is away")
	_, err = Offers(t.Context(), Peer{}, []Mechanism{
		OAuthBearer("", func(context.Context) (string, error) { return "", away }), Plain("alice", "secret"),
	})
	require.ErrorIs(t, err, away, "to fall back in silence would show the password instead")
	for _, bad := range []string{"", "two words", "a\x01auth=b"} {
		_, err = Offers(t.Context(), Peer{}, []Mechanism{OAuthBearer("", token(bad))})
		require.ErrorContains(t, err, "malformed")
	}
	_, err = Offers(t.Context(), Peer{}, []Mechanism{XOAuth2("alice\x01auth=b", token("good"))})
	require.ErrorContains(t, err, "malformed")
	_, err = Offers(t.Context(), Peer{}, []Mechanism{Plain("", "secret")})
	require.ErrorContains(t, err, "empty")
}
