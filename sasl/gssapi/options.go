package gssapi

import (
	"context"
	"fmt"
	"strings"

	"github.com/hadron-mq/hadron/sasl"
)

// name is the mechanism's registered name.
const name = "GSSAPI"

// defaultService is the one of AMQP in a host-based service name.
const defaultService = "amqp"

// Option says one thing about a client.
type Option func(*settings)

type settings struct {
	config  string // path
	login   credential
	service string
	host    string
	authzid string
}

// Config is the path of the Kerberos configuration. The default is the first
// file that the environment's KRB5_CONFIG names, or else /etc/krb5.conf.
func Config(path string) Option { return func(s *settings) { s.config = path } }

// CredentialCache logs in by the ticket in a credential cache, which is a file.
// This is the default, with the path that the environment's KRB5CCNAME names, or
// else that of kinit's default. With no usable ticket in it the mechanism is
// unavailable, and another may be used.
func CredentialCache(path string) Option {
	return func(s *settings) { s.login = cacheLogin(path) }
}

// Keytab logs in as a principal, such as "app@EXAMPLE.COM", by its key in a
// file. Without a realm the configuration's default is meant.
func Keytab(principal, path string) Option {
	return func(s *settings) { s.login = keytabLogin(principal, path) }
}

// Password logs in as a principal by its password.
func Password(principal, password string) Option {
	return func(s *settings) { s.login = passwordLogin(principal, password) }
}

// Service is the first part of the server's principal. The default is "amqp".
func Service(service string) Option { return func(s *settings) { s.service = service } }

// Host is the second part of the server's principal, where it is another than
// the host's name as it was dialled.
func Host(host string) Option { return func(s *settings) { s.host = host } }

// Authzid asks to act as that user, where the server maps and allows it.
func Authzid(authzid string) Option { return func(s *settings) { s.authzid = authzid } }

// New logs in by Kerberos. For every connection attempt it reads its files and
// asks the KDC for a ticket, without keeping one.
func New(opts ...Option) sasl.Mechanism {
	s := &settings{service: defaultService, login: cacheLogin("")}
	for _, o := range opts {
		o(s)
	}
	return mechanism{func(ctx context.Context, peer sasl.Peer) (sasl.Client, error) {
		host := strings.ToLower(s.host)
		if host == "" {
			host = strings.ToLower(strings.TrimSuffix(peer.Host, "."))
		}
		if host == "" {
			return nil, fmt.Errorf("sasl: %s: %w: the server's host is not known", name, sasl.ErrUnavailable)
		}
		t, err := s.ticket(ctx, s.service+"/"+host)
		if err != nil {
			return nil, fmt.Errorf("sasl: %s: getting a ticket for %s/%s: %w", name, s.service, host, err)
		}
		c, err := newInitiator(t, s.authzid)
		if err != nil {
			return nil, fmt.Errorf("sasl: %s: %w", name, err)
		}
		return c, nil
	}}
}

// mechanism holds what it knows, passwords among it, in a function, out of reach
// of whoever prints a configuration.
type mechanism struct {
	client func(ctx context.Context, peer sasl.Peer) (sasl.Client, error)
}

func (mechanism) Name() string { return name }

func (m mechanism) Client(ctx context.Context, peer sasl.Peer) (sasl.Client, error) {
	return m.client(ctx, peer)
}
