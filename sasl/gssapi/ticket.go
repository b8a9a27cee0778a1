package gssapi

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"github.com/hadron-mq/hadron/sasl"
)

// ticket is what a client shows to one service.
type ticket struct {
	messages.Ticket
	key   types.EncryptionKey // shared with the service
	realm string              // the client's
	cname types.PrincipalName
}

// credential makes a client of the KDC, who has a ticket-granting ticket.
type credential func(cfg *config.Config) (*client.Client, error)

// ticket asks for a ticket to a service. The library takes no context, but has
// time-outs of its own: what is left behind when the context ends does end too.
func (s *settings) ticket(ctx context.Context, spn string) (ticket, error) {
	type result struct {
		ticket
		err error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		r.err = guard(func() (err error) {
			r.ticket, err = s.fetch(spn)
			return err
		})
		done <- r
	}()
	select {
	case r := <-done:
		return r.ticket, r.err
	case <-ctx.Done():
		return ticket{}, ctx.Err()
	}
}

func (s *settings) fetch(spn string) (ticket, error) {
	cfg, err := loadConfig(s.config)
	if err != nil {
		return ticket{}, err
	}
	c, err := s.login(cfg)
	if err != nil {
		return ticket{}, err
	}
	defer c.Destroy() // it would renew its tickets for ever
	t := ticket{realm: c.Credentials.Domain(), cname: c.Credentials.CName()}
	t.Ticket, t.key, err = c.GetServiceTicket(spn)
	return t, refusal(err)
}

// refusals are the answers of a KDC that another try will not change. The
// library tells its errors apart by their text only.
var refusals = []string{
	"KDC_ERR_C_PRINCIPAL_UNKNOWN", "KDC_ERR_S_PRINCIPAL_UNKNOWN", "KDC_ERR_PREAUTH_FAILED",
	"KDC_ERR_CLIENT_REVOKED", "KDC_ERR_KEY_EXPIRED", "KDC_ERR_POLICY",
	"client password/keytab incorrect", // where the KDC asks for no pre-authentication
}

func refusal(err error) error {
	if err == nil {
		return nil
	}
	for _, code := range refusals {
		if strings.Contains(err.Error(), code) {
			return fmt.Errorf("%w: %w", sasl.ErrAuthentication, err)
		}
	}
	return err
}

func loadConfig(path string) (*config.Config, error) {
	if path == "" {
		path = "/etc/krb5.conf"
		for _, p := range filepath.SplitList(os.Getenv("KRB5_CONFIG")) {
			if _, err := os.Stat(p); err == nil {
				path = p
				break
			}
		}
	}
	cfg, err := config.Load(path)
	// What the library does not support, such as an include, is left out.
	if err != nil && !errors.As(err, new(config.UnsupportedDirective)) {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return cfg, nil
}

// cacheLogin takes the ticket that somebody else has got. The path may be empty.
func cacheLogin(path string) credential {
	return func(cfg *config.Config) (*client.Client, error) {
		path, err := cachePath(path)
		if err != nil {
			return nil, err
		}
		var c *client.Client
		err = guard(func() error {
			cache, err := credentials.LoadCCache(path)
			if err != nil {
				return err
			}
			if c, err = client.NewFromCCache(cache, cfg, client.DisablePAFXFAST(true)); err != nil {
				return err
			}
			return c.AffirmLogin()
		})
		if err != nil {
			return nil, fmt.Errorf("%w: credential cache %s: %w", sasl.ErrUnavailable, path, err)
		}
		return c, nil
	}
}

func cachePath(path string) (string, error) {
	if path == "" {
		path = os.Getenv("KRB5CCNAME")
	}
	if path == "" {
		return filepath.Join(os.TempDir(), fmt.Sprintf("krb5cc_%d", os.Getuid())), nil
	}
	kind, rest, typed := strings.Cut(path, ":")
	switch {
	case !typed || filepath.IsAbs(path):
		return path, nil
	case kind == "FILE":
		return rest, nil
	}
	return "", fmt.Errorf("%w: credential cache %s is no file", sasl.ErrUnavailable, path)
}

func keytabLogin(principal, path string) credential {
	return func(cfg *config.Config) (*client.Client, error) {
		kt, err := keytab.Load(path)
		if err != nil {
			return nil, fmt.Errorf("keytab %s: %w", path, err)
		}
		user, realm := split(principal, cfg)
		return loggedIn(client.NewWithKeytab(user, realm, kt, cfg, client.DisablePAFXFAST(true)))
	}
}

func passwordLogin(principal, password string) credential {
	return func(cfg *config.Config) (*client.Client, error) {
		user, realm := split(principal, cfg)
		return loggedIn(client.NewWithPassword(user, realm, password, cfg, client.DisablePAFXFAST(true)))
	}
}

func loggedIn(c *client.Client) (*client.Client, error) {
	if err := c.Login(); err != nil {
		c.Destroy()
		return nil, refusal(err)
	}
	return c, nil
}

// split takes a principal apart, user from realm.
func split(principal string, cfg *config.Config) (user, realm string) {
	i := strings.LastIndexByte(principal, '@')
	if i < 0 {
		return principal, cfg.LibDefaults.DefaultRealm
	}
	return principal[:i], principal[i+1:]
}
