package connection

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"
)

func mustParse(t *testing.T, s string) *URL {
	t.Helper()
	u, err := ParseURL(s)
	require.NoError(t, err)
	return u
}

func TestWhereARedirectLeads(t *testing.T) {
	for name, c := range map[string]struct {
		from, to string
		virtual  string
		info     map[string]any
		why      string
	}{
		"host":                       {from: "amqp://u:p@a:1/q", info: map[string]any{"network-host": "b"}, to: "amqp://u@b:1/q", virtual: "b"},
		"host and port":              {from: "amqp://a", info: map[string]any{"network-host": "b", "port": uint32(7)}, to: "amqp://b:7", virtual: "b"},
		"port as a string":           {from: "amqp://a", info: map[string]any{"network-host": "b", "port": "7"}, to: "amqp://b:7", virtual: "b"},
		"virtual host":               {from: "amqp://a", info: map[string]any{"network-host": "b", "hostname": "v"}, to: "amqp://b:5672", virtual: "v"},
		"virtual host alone":         {from: "amqp://a", info: map[string]any{"hostname": "v"}, to: "amqp://v:5672", virtual: "v"},
		"to TLS":                     {from: "amqp://a", info: map[string]any{"network-host": "b", "scheme": "amqps"}, to: "amqps://b:5671", virtual: "b"},
		"to WebSocket":               {from: "amqps://a", info: map[string]any{"network-host": "b", "scheme": "wss"}, to: "amqpwss://b:443", virtual: "b"},
		"from a socket":              {from: "unix:///s", info: map[string]any{"network-host": "b"}, to: "amqp://b:5672", virtual: "b"},
		"away from TLS":              {from: "amqps://a", info: map[string]any{"network-host": "b", "scheme": "amqp"}, why: "would be without TLS"},
		"away from TLS to WebSocket": {from: "amqpwss://a", info: map[string]any{"network-host": "b", "scheme": "amqpws"}, why: "would be without TLS"},
		"to a socket":                {from: "amqp://a", info: map[string]any{"network-host": "b", "scheme": "unix"}, why: "is not one of ours"},
		"nowhere":                    {from: "amqp://a", why: "no network-host"},
		"port 0":                     {from: "amqp://a", info: map[string]any{"network-host": "b", "port": uint16(0)}, why: `port "0"`},
		"port of another type":       {from: "amqp://a", info: map[string]any{"network-host": "b", "port": []any{1}}, why: "is not one"},
	} {
		t.Run(name, func(t *testing.T) {
			from := mustParse(t, c.from)
			to, ok, why := from.Redirect(&amqp.Error{Condition: amqp.ErrCondConnectionRedirect, Info: c.info})
			require.True(t, ok)
			if c.why != "" {
				require.ErrorContains(t, why, "connection: "+from.String()+": redirect is not followed: ")
				require.ErrorContains(t, why, c.why)
				return
			}
			require.NoError(t, why)
			require.Equal(t, c.to, to.String())
			require.Equal(t, c.virtual, to.VirtualHost())
			require.Equal(t, from.Password, to.Password, "who it is does not change")
			require.Empty(t, to.Socket)
		})
	}
	_, ok, _ := mustParse(t, "amqp://a").Redirect(&amqp.Error{Condition: amqp.ErrCondNotFound})
	require.False(t, ok)
}

func TestWhereALinkIsRedirected(t *testing.T) {
	from := mustParse(t, "amqps://a")
	for name, c := range map[string]struct {
		info        map[string]any
		to, address string
		why         string
	}{
		"another address":    {info: map[string]any{"address": "q"}, address: "q"},
		"the same place":     {info: map[string]any{"address": "q", "network-host": "a", "port": uint16(5671), "scheme": "amqps", "hostname": "a"}, address: "q"},
		"another place":      {info: map[string]any{"network-host": "b"}, to: "amqps://b:5671"},
		"another host":       {info: map[string]any{"network-host": "a", "hostname": "v"}, to: "amqps://a:5671"},
		"another port":       {info: map[string]any{"network-host": "a", "port": uint16(7), "address": "q"}, to: "amqps://a:7", address: "q"},
		"without TLS":        {info: map[string]any{"network-host": "b", "scheme": "amqp", "address": "q"}, why: "would be without TLS"},
		"nothing":            {why: "neither a network-host nor an address is given"},
		"a port and no host": {info: map[string]any{"port": uint16(7), "address": "q"}, why: "no network-host"},
	} {
		t.Run(name, func(t *testing.T) {
			to, address, ok, why := from.RedirectLink(&amqp.Error{Condition: amqp.ErrCondLinkRedirect, Info: c.info})
			require.True(t, ok)
			if c.why != "" {
				require.ErrorContains(t, why, c.why)
				return
			}
			require.NoError(t, why)
			require.Equal(t, c.address, address)
			if c.to == "" {
				require.Nil(t, to)
				return
			}
			require.Equal(t, c.to, to.String())
		})
	}
	_, _, ok, _ := from.RedirectLink(&amqp.Error{Condition: amqp.ErrCondConnectionRedirect})
	require.False(t, ok)
}

func TestAFailoverList(t *testing.T) {
	from := mustParse(t, "amqps://a")
	places, skipped := from.Failover(map[string]any{"failover-server-list": []any{
		map[string]any{"network-host": "b"},
		map[string]any{"network-host": "c", "scheme": "amqp"},
		"nonsense",
	}})
	require.Len(t, places, 1)
	require.Equal(t, "amqps://b:5671", places[0].String())
	require.Len(t, skipped, 2)
	require.ErrorContains(t, skipped[0], "connection: amqps://a:5671: failover-server-list: amqp://c:5672 would be without TLS")

	long := make([]any, 10*maxFailover)
	for i := range long {
		long[i] = map[string]any{"network-host": "b"}
	}
	places, _ = from.Failover(map[string]any{"failover-server-list": long})
	require.Len(t, places, maxFailover)
	places, skipped = from.Failover(map[string]any{"failover-server-list": "b"})
	require.Empty(t, places)
	require.Empty(t, skipped)
}
