package container

import (
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/internal/settings"
	"github.com/hadron-mq/hadron/sasl"
)

// ways returns all ways to log in that a client has: those that its options name, its certificate, its user and password, and as
// nobody where it is not said who it is. A user of the options is the one for all URLs.
func ways(o *settings.Connection, u *connection.URL) []sasl.Mechanism {
	mechs := slices.Clone(o.Mechanisms)
	user, password := o.User, o.Password
	if user == "" {
		user, password = u.User, u.Password
	}
	if user == "" && len(mechs) == 0 {
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
	return sasl.Choose(ways(o, u), o.AllowedMechs, u.Secure(), !o.ForbidInsecure)
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

// elsewhere has a step of the login taken off the loop. Input waits meanwhile: there is no more of it to keep than what was read already.
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
