package connection

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseURL(t *testing.T) {
	for s, want := range map[string]URL{
		"broker":                         {Scheme: "amqp", Host: "broker", Port: "5672"},
		"broker:1234":                    {Scheme: "amqp", Host: "broker", Port: "1234"},
		"127.0.0.1:1234/jobs":            {Scheme: "amqp", Host: "127.0.0.1", Port: "1234", Address: "jobs"},
		"[::1]":                          {Scheme: "amqp", Host: "::1", Port: "5672"},
		"[::1]:1234":                     {Scheme: "amqp", Host: "::1", Port: "1234"},
		"amqp://[fe80::1%eth0]:1":        {Scheme: "amqp", Host: "fe80::1%eth0", Port: "1"},
		"amqp://broker":                  {Scheme: "amqp", Host: "broker", Port: "5672"},
		"AMQPS://broker":                 {Scheme: "amqps", Host: "broker", Port: "5671"},
		"amqpws://broker":                {Scheme: "amqpws", Host: "broker", Port: "80"},
		"amqpwss://broker":               {Scheme: "amqpwss", Host: "broker", Port: "443"},
		"ws://broker:8080":               {Scheme: "amqpws", Host: "broker", Port: "8080"},
		"wss://broker/$x/websocket":      {Scheme: "amqpwss", Host: "broker", Port: "443", Address: "$x/websocket"},
		"amqp://alice@broker":            {Scheme: "amqp", User: "alice", Host: "broker", Port: "5672"},
		"amqp://alice:secret@broker/a/b": {Scheme: "amqp", User: "alice", Password: "secret", Host: "broker", Port: "5672", Address: "a/b"},
		"alice:a%40b%3A%2Fc@broker":      {Scheme: "amqp", User: "alice", Password: "a@b:/c", Host: "broker", Port: "5672"},
		"amqp://a%40b:c@d:e@broker":      {Scheme: "amqp", User: "a@b", Password: "c@d:e", Host: "broker", Port: "5672"},
		"amqp://broker/a%20b?c=d#e":      {Scheme: "amqp", Host: "broker", Port: "5672", Address: "a b?c=d#e"},
		"amqp://broker/100%":             {Scheme: "amqp", Host: "broker", Port: "5672", Address: "100%"},
		"amqp://broker/":                 {Scheme: "amqp", Host: "broker", Port: "5672"},
		"amqp://broker:0":                {Scheme: "amqp", Host: "broker", Port: "0"},
		"unix:///run/amqp.sock":          {Scheme: "unix", Socket: "/run/amqp.sock"},
		"unix://alice:secret@/run/a%20b": {Scheme: "unix", User: "alice", Password: "secret", Socket: "/run/a b"},
	} {
		got, err := ParseURL(s)
		if assert.NoError(t, err, s) {
			assert.Equal(t, &want, got, s)
		}
	}
}

func TestParseURLSaysWhichPartIsWrong(t *testing.T) {
	for s, part := range map[string]string{
		"":                       "host",
		"amqp://":                "host",
		"amqp://:5672":           "host",
		"amqp:///jobs":           "host",
		"amqp://::1":             "host",
		"amqp://[::1":            "host",
		"amqp://[::1]x":          "host",
		"amqp://[broker]":        "host",
		"amqp://bro ker":         "host",
		"amqp://bro\x00ker":      "host",
		"amqp://broker?x":        "host",
		"http://broker":          "scheme",
		"://broker":              "scheme",
		"amqp://broker:":         "port",
		"amqp://[::1]:":          "port",
		"amqp://broker:65536":    "port",
		"amqp://broker:-1":       "port",
		"amqp://broker:+1":       "port",
		"amqp://broker:amqp":     "port",
		"amqp://%zz@broker":      "user",
		"amqp://a:%zz@broker":    "password",
		"amqp://a:b/c@broker":    "port",
		"unix://run/amqp.sock":   "host",
		"unix://":                "address",
		"unix:///":               "address",
		"unix:///a%00b":          "address",
		"unix://alice@host/sock": "host",
	} {
		got, err := ParseURL(s)
		var wrong *URLError
		if assert.ErrorAs(t, err, &wrong, s) {
			assert.Equal(t, part, wrong.Part, s)
			assert.NotContains(t, err.Error(), "b/c@", s)
		}
		assert.Nil(t, got, s)
	}
}

func TestAURLIsShownWithoutItsPassword(t *testing.T) {
	for s, shown := range map[string]string{
		"alice:secret@broker":                "amqp://alice@broker:5672",
		"amqpwss://a%40b:secret@[::1]/x":     "amqpwss://a%40b@[::1]:443/x",
		"unix://alice:secret@/run/amqp.sock": "unix://alice@/run/amqp.sock",
	} {
		u, err := ParseURL(s)
		require.NoError(t, err)
		assert.Equal(t, shown, u.String())
	}
	for _, s := range []string{"amqp://alice:secret@", "http://alice:secret@broker", "amqp://alice:secret@broker:x", "unix://alice:secret@x/y"} {
		_, err := ParseURL(s)
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "secret")
		assert.Contains(t, err.Error(), "alice")
	}
}

func FuzzParseURL(f *testing.F) {
	for _, s := range []string{
		"broker:1", "amqps://alice:secret@[::1]:5671/jobs", "wss://h/$servicebus/websocket", "unix://a:b@/run/x", "amqp://a%40b@h/%", "[::1%25eth0]", "a@b@c",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseURL(s)
		if err != nil {
			var wrong *URLError
			require.ErrorAs(t, err, &wrong)
			require.NotEmpty(t, wrong.Part)
			return
		}
		if u.Scheme == "unix" {
			require.True(t, strings.HasPrefix(u.Socket, "/") && u.Host == "" && u.Port == "" && u.Address == "", "%+v", u)
		} else {
			require.NotEmpty(t, u.Host)
			require.NotEmpty(t, u.Port)
		}
		// Where nothing was encoded, what is shown is the URL but for its password.
		if strings.Contains(u.Address+u.Socket, "%") {
			return
		}
		again, err := ParseURL(u.String())
		require.NoError(t, err, u.String())
		u.Password = ""
		require.Equal(t, u, again)
	})
}
