package container

import (
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/internal/settings"
	"github.com/hadron-mq/hadron/sasl"
)

// ways returns all ways to log in that a client has: those that its options name, its certificate, its user and password, and as
// nobody where it is not said who it is, or asked for. A user of the options is the one for all URLs.
func ways(o *settings.Connection, u *connection.URL) []sasl.Mechanism {
	mechs := slices.Clone(o.Mechanisms)
	user, password := o.User, o.Password
	if user == "" {
		user, password = u.User, u.Password
	}
	if user == "" && len(mechs) == 0 || strings.EqualFold(strings.TrimSpace(o.AllowedMechs), "ANONYMOUS") {
		mechs = append(mechs, sasl.Anonymous())
	}
	if hasCertificate(o.TLSConfig) {
		mechs = append(mechs, sasl.External(""))
	}
	if user != "" {
		mechs = append(mechs,
			sasl.ScramSHA512Plus(user, password), sasl.ScramSHA256Plus(user, password), sasl.ScramSHA1Plus(user, password),
			sasl.ScramSHA512(user, password), sasl.ScramSHA256(user, password), sasl.ScramSHA1(user, password),
			sasl.Plain(user, password))
	}
	return mechs
}

// hasCertificate says whether a client's configuration has a certificate to show.
func hasCertificate(cfg *tls.Config) bool {
	return cfg != nil && (cfg.GetClientCertificate != nil || len(cfg.Certificates) > 0)
}

// mechanisms returns those of the ways to log in that may be used with this URL, strongest first.
func mechanisms(o *settings.Connection, u *connection.URL) ([]sasl.Mechanism, error) {
	mechs := ways(o, u)
	if err := checkAllowed(o.AllowedMechs, mechs); err != nil {
		return nil, err
	}
	return sasl.Choose(mechs, o.AllowedMechs, u.Secure(), mayShowSecrets(o, u))
}

// given are the mechanisms that are only there if the application gives them, and how it does that.
var given = map[string]string{
	"GSSAPI":      `import "github.com/hadron-mq/hadron/sasl/gssapi" and give connection.Mechanisms(gssapi.New())`,
	"OAUTHBEARER": "give connection.Mechanisms(sasl.OAuthBearer(...))",
	"XOAUTH2":     "give connection.Mechanisms(sasl.XOAuth2(...))",
}

// checkAllowed refuses names that mean nothing, or nothing here: a login by the next mechanism of the list would be another one than was meant.
func checkAllowed(list string, mechs []sasl.Mechanism) error {
	names := strings.Fields(strings.ToUpper(list))
	for i, name := range names {
		how, isGiven := given[name]
		switch {
		case slices.Contains(names[:i], name):
			return fmt.Errorf("option AllowedMechs: %s is there twice", name)
		case slices.ContainsFunc(mechs, func(m sasl.Mechanism) bool { return m.Name() == name }):
		case isGiven:
			return fmt.Errorf("option AllowedMechs: there is no mechanism %s: %s", name, how)
		case !slices.Contains(sasl.Names(), name):
			return fmt.Errorf("option AllowedMechs: unknown mechanism %q; names are separated by spaces, and known are %s", name, strings.Join(sasl.Names(), " "))
		}
	}
	return nil
}

// mayShowSecrets says whether a password may be shown without TLS.
func mayShowSecrets(o *settings.Connection, u *connection.URL) bool {
	if o.Insecure != nil {
		return *o.Insecure
	}
	if o.Proxy != nil && u.Socket == "" { // the host is what the proxy takes it for
		if proxy, err := o.Proxy(u.HostPort(), u.Secure()); err != nil || proxy != nil {
			return false
		}
	}
	return isLocal(u)
}

// isLocal says whether what is sent stays within this machine.
func isLocal(u *connection.URL) bool {
	host, _, _ := strings.Cut(u.Host, "%")
	ip, err := netip.ParseAddr(host)
	return u.Socket != "" || err == nil && ip.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

// How long a listener's peer waits to hear that its login has failed, whatever the reason: who guesses passwords is slow, and does not
// learn from the time that it takes what was wrong.
const (
	refusalDelay  = time.Second
	refusalJitter = time.Second / 2
)

// slowDown holds the output back where a listener's peer has failed to log in. A timer of the loop waits, and nobody else.
func (d *driver) slowDown(err error) {
	var failed *sasl.AuthError
	if d.route != nil || !errors.As(err, &failed) || d.loop.container.stopping.Load() {
		return
	}
	d.loop.timers.stop(d.connecting)
	d.connecting = nil
	d.refusal = d.loop.timers.start(d.loop.now.Add(refusalDelay+rand.N(refusalJitter)), func() {
		d.refusal = nil
		d.wake()
	})
}

// elsewhere has a step of the login taken off the loop. Input waits meanwhile.
func (d *driver) elsewhere(work *sasl.Work) {
	i := &login{step: work.Run}
	if d.route == nil {
		i.from = neighbourhood(d.socket.peer())
	}
	i.done = func(err error) {
		d.loop.post(item{kind: itemCall, call: func() {
			if d.login == i { // the connection is still there, and this its transport
				d.login = nil
				work.Resume(err)
				d.wake()
			}
		}})
	}
	d.login = i
	d.loop.container.logins.begin(i)
}
