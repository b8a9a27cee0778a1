package connection

import (
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

// User logs in with a name and a password, by the strongest mechanism that both ends have. It takes the place of what the URL has.
func User(name, password string) Option {
	return func(o *options) { o.User, o.Password = name, password }
}

// Mechanisms adds ways to log in beyond those that a name and a password, a certificate or nothing allow.
func Mechanisms(m ...sasl.Mechanism) Option {
	return func(o *options) { o.Mechanisms = append(o.Mechanisms, m...) }
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
	return func(o *options) { o.Authenticators, o.RequireLogin = mechs, true }
}

// ContainerID names this end's container in the open frame. Default: the container's own.
func ContainerID(id string) Option { return func(o *options) { o.Engine.ContainerID = id } }

// VirtualHost sets the host name in the open frame, where it is not the host that was dialled (§2.7.1).
func VirtualHost(name string) Option { return func(o *options) { o.Engine.Hostname = name } }

// Properties adds to what the open frame says of this end.
func Properties(p map[string]any) Option {
	return func(o *options) {
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
	return func(o *options) { o.Engine.OfferedCapabilities = append(o.Engine.OfferedCapabilities, c...) }
}

// DesiredCapabilities names extensions that this end would use if the peer has them (§2.7.1).
func DesiredCapabilities(c ...amqp.Symbol) Option {
	return func(o *options) { o.Engine.DesiredCapabilities = append(o.Engine.DesiredCapabilities, c...) }
}

// MaxFrameSize sets the largest frame that is taken, in bytes: 512 to 1 GiB. Default: 131,072.
func MaxFrameSize(bytes uint32) Option {
	return func(o *options) { o.Engine.MaxFrameSize = max(bytes, 512) }
}

// MaxSessions sets how many sessions the peer may have at a time, up to 65,536. Default: 1,024.
func MaxSessions(n int) Option {
	return func(o *options) { o.Engine.ChannelMax = uint16(min(max(n, 1), 65536) - 1) }
}

// MaxLinks sets how many links the connection may have at a time, on all sessions. Default: 16,384.
func MaxLinks(n int) Option {
	return func(o *options) {
		o.Engine.MaxLinks = n
		o.Engine.HandleMax = uint32(max(n, 1) - 1)
	}
}

// MaxPartial sets how many bytes of messages may have arrived in part, on all links together. Default: 256 MiB.
func MaxPartial(bytes int) Option { return func(o *options) { o.Engine.MaxPartial = bytes } }

// IdleTimeout sets how long the peer may be silent before the connection is given up; 0 is for ever. The peer is told half of
// it (§2.4.5), and may refuse what is too short for it: this library supports 100 ms, which is an IdleTimeout of 200 ms. Default: 1 minute.
func IdleTimeout(d time.Duration) Option {
	return func(o *options) { o.Engine.IdleTimeout = max(d, 0) }
}

// ConnectTimeout bounds dialling, logging in and the peer's open together; 0 is no bound. Default: 30 seconds.
func ConnectTimeout(d time.Duration) Option {
	return func(o *options) { o.ConnectTimeout = max(d, 0) }
}
