package connection

import (
	"math"
	"strings"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/settings"
	"github.com/hadron-mq/hadron/sasl"
)

// Option sets one thing about a connection, or about all those that a listener takes.
type Option func(*options)

type options = settings.Connection

// DefaultConnectTimeout bounds dialling, logging in and the peer's open together.
const DefaultConnectTimeout = 30 * time.Second

// DefaultIdleTimeout is how long a peer may be silent before the connection is given up.
const DefaultIdleTimeout = time.Minute

// maxIdleTimeout is the longest: half of it is told, in milliseconds, of which there may be 2^32-1 (§2.7.1).
const maxIdleTimeout = 2 * (1<<32 - 1) * time.Millisecond

// User logs in with a name and a password, by the strongest mechanism that both ends have. It takes the place of what the URL has.
func User(name, password string) Option {
	return func(o *options) {
		if o.Text("User", "name", name); strings.ContainsRune(name+password, 0) {
			o.Refuse("User", "name or password holds a NUL, which no mechanism takes")
		}
		o.User, o.Password = name, password
	}
}

// Mechanisms adds ways to log in beyond those that a name and a password, a certificate or nothing allow.
func Mechanisms(m ...sasl.Mechanism) Option {
	return func(o *options) {
		o.Mechanisms = append(o.Mechanisms, m...)
		checkMechanisms(o, "Mechanisms", o.Mechanisms)
	}
}

// AllowedMechs limits a client's login to the SASL mechanisms in a list separated by spaces, such as "SCRAM-SHA-256 PLAIN". "ANONYMOUS" alone
// logs in as nobody, also where there is a user. A name that is unknown, or that of a mechanism which has to be given by Mechanisms and is not
// (GSSAPI, OAUTHBEARER, XOAUTH2), is an error of Connect. Default: any.
func AllowedMechs(list string) Option { return func(o *options) { o.AllowedMechs = list } }

// SASLEnabled turns the SASL layer off, or on again. Off, nobody logs in: the connection begins with the bare AMQP header.
// Default: on.
func SASLEnabled(on bool) Option { return func(o *options) { o.SASLDisabled = !on } }

// AllowInsecureMechs says whether a client may log in by a mechanism that shows its secret to the peer (PLAIN, OAUTHBEARER, XOAUTH2) without
// TLS, where all on the way see it too. Default: to this machine only, that is, to a loopback address, localhost or a Unix socket, and
// not by way of a proxy.
func AllowInsecureMechs(allow bool) Option { return func(o *options) { o.Insecure = &allow } }

// Authenticate sets the ways in which a listener lets peers log in, and takes no peer that does not.
// Default: ANONYMOUS, and peers that send the bare AMQP header.
func Authenticate(mechs ...sasl.ServerMechanism) Option {
	return func(o *options) {
		if len(mechs) == 0 {
			o.Refuse("Authenticate", "no mechanism is given, so nobody could log in")
		}
		checkMechanisms(o, "Authenticate", mechs)
		o.Authenticators, o.RequireLogin = mechs, true
	}
}

// checkMechanisms wants mechanisms that are there, each of them once: a second one of the same name would never be used.
func checkMechanisms[M interface{ Name() string }](o *options, option string, mechs []M) {
	names := make(map[string]bool)
	for _, m := range mechs {
		if any(m) == nil {
			o.Refuse(option, "a mechanism is nil")
			return
		}
		name := m.Name()
		if names[name] {
			o.Refuse(option, "%s is there twice", name)
		}
		names[name] = true
	}
}

// ContainerID names this end's container in the open frame. Default: the container's own.
func ContainerID(id string) Option {
	return func(o *options) {
		o.Text("ContainerID", "id", id)
		o.Engine.ContainerID = id
	}
}

// VirtualHost sets the host name in the open frame, where it is not the host that was dialled (§2.7.1).
func VirtualHost(name string) Option {
	return func(o *options) {
		o.Text("VirtualHost", "name", name)
		o.Engine.Hostname = name
	}
}

// Properties adds to what the open frame says of this end.
func Properties(p map[string]any) Option {
	return func(o *options) {
		o.Properties("Properties", p)
		if o.Engine.Properties == nil {
			o.Engine.Properties = make(map[string]any, len(p))
		}
		for k, v := range p {
			o.Engine.Properties[k] = v
		}
	}
}

// OfferedCapabilities names extensions that this end supports, DesiredCapabilities those that it would use (§2.7.1).
func OfferedCapabilities(c ...amqp.Symbol) Option {
	return func(o *options) {
		o.Symbols("OfferedCapabilities", c)
		o.Engine.OfferedCapabilities = append(o.Engine.OfferedCapabilities, c...)
	}
}

// DesiredCapabilities names extensions that this end would use if the peer has them (§2.7.1).
func DesiredCapabilities(c ...amqp.Symbol) Option {
	return func(o *options) {
		o.Symbols("DesiredCapabilities", c)
		o.Engine.DesiredCapabilities = append(o.Engine.DesiredCapabilities, c...)
	}
}

// MaxFrameSize sets the largest frame that is taken, in bytes: 512 to 1 GiB. Default: 131,072.
func MaxFrameSize(bytes uint32) Option {
	return func(o *options) {
		settings.Within(&o.Check, "MaxFrameSize", bytes, 512, 1<<30) // 512 is what a peer may count on (§2.4.1)
		o.Engine.MaxFrameSize = bytes
	}
}

// MaxSessions sets how many sessions the peer may have at a time, up to 65,536. Default: 1,024.
func MaxSessions(n int) Option {
	return func(o *options) {
		settings.Within(&o.Check, "MaxSessions", n, 1, 1<<16)
		o.Engine.MaxSessions = n
	}
}

// MaxLinks sets how many links the connection may have at a time, on all sessions. Default: 16,384.
func MaxLinks(n int) Option {
	return func(o *options) {
		settings.Within(&o.Check, "MaxLinks", n, 1, math.MaxInt32)
		o.Engine.MaxLinks, o.Engine.MaxHandles = n, n
	}
}

// MaxPartial sets how many bytes of messages may have arrived in part, on all links together. Default: 256 MiB.
func MaxPartial(bytes int) Option {
	return func(o *options) {
		settings.Within(&o.Check, "MaxPartial", bytes, 1, math.MaxInt)
		o.Engine.MaxPartial = bytes
	}
}

// IdleTimeout sets how long the peer may be silent before the connection is given up; 0 is for ever. The peer is told half of
// it (§2.4.5), and may refuse what is too short for it: this library supports 100 ms, which is an IdleTimeout of 200 ms. Default: 1 minute.
func IdleTimeout(d time.Duration) Option {
	return func(o *options) {
		if o.NotNegative("IdleTimeout", d); d > maxIdleTimeout {
			o.Refuse("IdleTimeout", "%v is longer than the %v that can be told; 0 is for ever", d, maxIdleTimeout)
		}
		o.Engine.IdleTimeout = d
	}
}

// ConnectTimeout bounds dialling, logging in and the peer's open together; 0 is no bound. Default: 30 seconds.
func ConnectTimeout(d time.Duration) Option {
	return func(o *options) {
		o.NotNegative("ConnectTimeout", d)
		o.ConnectTimeout = d
	}
}
