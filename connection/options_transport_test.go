package connection

import (
	"crypto/tls"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/tlsconf"
)

// applied is what options come to, without the defaults.
func applied(opts ...Option) *options {
	o := new(options)
	for _, opt := range opts {
		if opt != nil {
			opt(o)
		}
	}
	return o
}

func TestProxy(t *testing.T) {
	for s, want := range map[string]string{
		"http://proxy":                   "http://proxy:80",
		"http://alice:secret@proxy:3128": "http://alice:secret@proxy:3128",
		"socks5://proxy":                 "socks5://proxy:1080",
		"socks5h://[::1]:9050/x":         "socks5h://[::1]:9050",
	} {
		u, err := applied(Proxy(s)).Proxy("far.example:5672", false)
		if assert.NoError(t, err, s) {
			assert.Equal(t, want, u.String())
		}
	}
	for s, says := range map[string]string{
		"proxy:3128":                 "scheme",
		"ftp://alice:secret@proxy":   "scheme",
		"http://alice:secret@:3128":  "the host is missing",
		"http://alice:secret@h:port": "not a URL",
		"http://alice:%zzsecret@h":   "not a URL",
	} {
		err := applied(Proxy(s)).Err()
		if assert.ErrorContains(t, err, says, s) {
			assert.NotContains(t, err.Error(), "secret", s)
		}
	}
}

func TestProxyFromEnvironment(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://plain:1")
	t.Setenv("HTTPS_PROXY", "socks5://alice:secret@secure:2")
	t.Setenv("NO_PROXY", "near.example")
	o := applied(ProxyFromEnvironment())
	for s, want := range map[string]string{
		"amqp://far.example":    "http://plain:1",
		"amqpws://far.example":  "http://plain:1",
		"amqps://far.example":   "socks5://alice:secret@secure:2",
		"amqpwss://far.example": "socks5://alice:secret@secure:2",
		"amqp://near.example":   "",
		"amqp://127.0.0.1":      "",
	} {
		u, err := ParseURL(s)
		require.NoError(t, err)
		proxy, err := o.Proxy(u.HostPort(), u.Secure())
		require.NoError(t, err)
		if want == "" {
			assert.Nil(t, proxy, s)
		} else {
			assert.Equal(t, want, proxy.String(), s)
		}
	}
	t.Setenv("HTTP_PROXY", "https://alice:secret@plain")
	u, err := ParseURL("far.example")
	require.NoError(t, err)
	_, err = applied(ProxyFromEnvironment()).Proxy(u.HostPort(), u.Secure())
	require.ErrorContains(t, err, "scheme \"https\"")
	assert.NotContains(t, err.Error(), "secret")
}

func TestTheTLSOptionThatComesLastCounts(t *testing.T) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS13}
	o := applied(TLS(tlsconf.MinVersion(tls.VersionTLS13)), TLS(tlsconf.ServerName("x")))
	assert.Len(t, o.TLS, 2, "they add up")
	o = applied(TLS(tlsconf.ServerName("x")), TLSConfig(cfg))
	assert.Empty(t, o.TLS)
	assert.Same(t, cfg, o.TLSConfig)
	o = applied(TLSConfig(cfg), TLS(tlsconf.ServerName("x")))
	assert.Len(t, o.TLS, 1)
	assert.Nil(t, o.TLSConfig)
}
