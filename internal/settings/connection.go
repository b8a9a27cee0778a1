package settings

import (
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/sasl"
	"github.com/hadron-mq/hadron/tlsconf"
)

// Connection is what the options of one connection, or of all those of a listener, come to.
type Connection struct {
	Check
	Engine engine.Config

	User, Password string
	Mechanisms     []sasl.Mechanism
	AllowedMechs   string
	SASLDisabled   bool
	Insecure       *bool // whether secrets may be shown in the clear; nil for within this machine only

	Authenticators []sasl.ServerMechanism
	RequireLogin   bool

	TLS       []tlsconf.Option
	TLSConfig *tls.Config
	Dialer    func(ctx context.Context, network, address string) (net.Conn, error)
	Proxy     func(hostPort string, secure bool) (*url.URL, error) // nil, or what returns nil, for none
	KeepAlive time.Duration
	BusyPoll  time.Duration

	URLs        []string
	Policy      backoff.BackOff // nil for the default one
	NoReconnect bool
	RetryIf     func(error) bool

	ConnectTimeout time.Duration
	Handler        any // a handler.MessagingHandler, or nil
}
