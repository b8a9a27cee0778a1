package interop_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/interop/artemis"
	"github.com/hadron-mq/hadron/receiver"
	"github.com/hadron-mq/hadron/sasl"
	"github.com/hadron-mq/hadron/sender"
	"github.com/hadron-mq/hadron/tlsconf"
)

var asScram = connection.User(artemis.ScramUser, artemis.ScramPassword)

// webSocket is an acceptor's URL for AMQP over WebSocket.
func webSocket(url string) string {
	url = strings.Replace(url, "amqps://", "amqpwss://", 1)
	return strings.Replace(url, "amqp://", "amqpws://", 1)
}

// testLogins sends and receives with each way to log in.
func testLogins(t *testing.T, b broker) {
	trust := tlsconf.CA(b.Certificates.RootsFile)
	certificate := tlsconf.CertAndKey(b.Certificates.ClientFile, b.Certificates.ClientKeyFile)
	for _, login := range []struct {
		name, url, mechanism string
		opts                 []connection.Option
	}{
		{"no SASL", b.URL(artemis.AMQP), "", []connection.Option{connection.SASLEnabled(false)}},
		{"ANONYMOUS", b.URL(artemis.AMQP), "ANONYMOUS", nil},
		{"PLAIN", b.URL(artemis.AMQP), "PLAIN", []connection.Option{asAdmin}},
		{"PLAIN, of the URL", strings.Replace(b.URL(artemis.AMQP), "://", "://admin:admin@", 1), "PLAIN", nil},
		{"SCRAM, the strongest", b.URL(artemis.SCRAM), "SCRAM-SHA-512", []connection.Option{asScram}},
		{"SCRAM-SHA-512", b.URL(artemis.SCRAM), "SCRAM-SHA-512", []connection.Option{asScram, connection.AllowedMechs("SCRAM-SHA-512")}},
		{"SCRAM-SHA-256", b.URL(artemis.SCRAM), "SCRAM-SHA-256", []connection.Option{asScram, connection.AllowedMechs("SCRAM-SHA-256 PLAIN")}},
		{"TLS, ANONYMOUS", b.URL(artemis.TLS), "ANONYMOUS", []connection.Option{connection.TLS(trust)}},
		{"TLS, PLAIN", b.URL(artemis.TLS), "PLAIN", []connection.Option{asAdmin, connection.TLS(trust), connection.AllowInsecureMechs(false)}},
		{"TLS, EXTERNAL", b.URL(artemis.MutualTLS), "EXTERNAL", []connection.Option{connection.TLS(trust, certificate)}},
		{"TLS, verified but for the name", b.URL(artemis.TLS), "PLAIN", []connection.Option{asAdmin, connection.TLS(trust, tlsconf.VerifyPeerOnly())}},
		{"WebSocket", webSocket(b.URL(artemis.AMQP)), "PLAIN", []connection.Option{asAdmin}},
		{"WebSocket, SCRAM", webSocket(b.URL(artemis.SCRAM)), "SCRAM-SHA-512", []connection.Option{asScram}},
		{"WebSocket, TLS", webSocket(b.URL(artemis.TLS)), "PLAIN", []connection.Option{asAdmin, connection.TLS(trust)}},
	} {
		t.Run(login.name, func(t *testing.T) {
			c := dial(t, login.url, login.opts...)
			c.sender("logins", sender.Queue()).send(text(login.name))
			c.receiver("logins", receiver.Queue()).next(login.name).accept()
			require.NoError(t, c.do(func() error {
				assert.Equal(t, login.mechanism, c.conn.Mechanism())
				return nil
			}))
		})
	}
}

// testRefusedLogins are each one clear error, which no other attempt follows.
func testRefusedLogins(t *testing.T, b broker) {
	trust := tlsconf.CA(b.Certificates.RootsFile)
	for _, refusal := range []struct {
		name, url string
		opts      []connection.Option
		is        error
		says      string
	}{
		{"PLAIN, wrong password", b.URL(artemis.AMQP),
			[]connection.Option{connection.User(artemis.User, "mistaken")}, sasl.ErrAuthentication, "PLAIN"},
		{"SCRAM, wrong password", b.URL(artemis.SCRAM),
			[]connection.Option{connection.User(artemis.ScramUser, "mistaken")}, sasl.ErrAuthentication, "SCRAM-SHA-512"},
		{"SCRAM, unknown user", b.URL(artemis.SCRAM),
			[]connection.Option{connection.User("nobody", "mistaken")}, sasl.ErrAuthentication, "SCRAM-SHA-512"},
		{"SCRAM is allowed, PLAIN offered", b.URL(artemis.AMQP),
			[]connection.Option{asAdmin, connection.AllowInsecureMechs(false)}, sasl.ErrNoMechanism, "PLAIN ANONYMOUS"},
		{"PLAIN is allowed, SCRAM offered", b.URL(artemis.SCRAM),
			[]connection.Option{asAdmin, connection.AllowedMechs("PLAIN")}, sasl.ErrNoMechanism, "SCRAM-SHA-512 SCRAM-SHA-256"},
		{"TLS, an authority that nobody knows", b.URL(artemis.TLS), []connection.Option{asAdmin}, nil, "certificate"},
		{"WebSocket, TLS, the same", webSocket(b.URL(artemis.TLS)), []connection.Option{asAdmin}, nil, "certificate"},
		{"TLS, another name", b.URL(artemis.TLS),
			[]connection.Option{asAdmin, connection.TLS(trust, tlsconf.ServerName("elsewhere.example"))}, nil, "elsewhere.example"},
	} {
		t.Run(refusal.name, func(t *testing.T) {
			failure := refused(t, refusal.url, refusal.opts...)
			t.Log(failure)
			if refusal.is != nil {
				require.ErrorIs(t, failure, refusal.is)
			}
			require.ErrorContains(t, failure, refusal.says)
			require.NotContains(t, failure.Error(), "mistaken", "the password")
		})
	}
}
