package connection

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/tlsconf"
)

// written makes a file.
func written(t *testing.T, content string, path ...string) string {
	t.Helper()
	name := filepath.Join(path...)
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
	require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
	return name
}

// configured is what a configuration file comes to.
func configured(t *testing.T, content string) (*options, error) {
	t.Helper()
	t.Setenv(connectFileVariable, written(t, content, t.TempDir(), "c.json"))
	opt, err := ReadConnectFile()
	return applied(opt), err
}

func TestConnectFile(t *testing.T) {
	yes, no := true, false
	for name, c := range map[string]struct {
		content  string
		url      string
		mechs    string
		user     string
		password string
		sasl     bool
		insecure *bool
	}{
		"nothing but defaults": {content: `{}`, url: "amqps://localhost:5671", sasl: true},
		"nulls are defaults": {
			content: `{"scheme":null,"host":null,"port":null,"user":null,"sasl":{"enable":null,"mechanisms":null},"tls":{"cert":null,"verify":null}}`,
			url:     "amqps://localhost:5671", sasl: true,
		},
		"a port is of the scheme":  {content: `{"scheme":"amqp","host":"h"}`, url: "amqp://h:5672", sasl: true},
		"a port is a number":       {content: `{"port":1234}`, url: "amqps://localhost:1234", sasl: true},
		"a port is a string":       {content: `{"port":"1234"}`, url: "amqps://localhost:1234", sasl: true},
		"a port is a service":      {content: `{"scheme":"amqp","port":"amqps"}`, url: "amqp://localhost:5671", sasl: true},
		"an IPv6 address":          {content: `{"host":"::1"}`, url: "amqps://[::1]:5671", sasl: true},
		"and in brackets":          {content: `{"host":"[::1]"}`, url: "amqps://[::1]:5671", sasl: true},
		"who":                      {content: `{"user":"alice","password":"a@b/c"}`, url: "amqps://localhost:5671", user: "alice", password: "a@b/c", sasl: true},
		"SASL is off":              {content: `{"sasl":{"enable":false}}`, url: "amqps://localhost:5671"},
		"a password may be shown":  {content: `{"sasl":{"allow_insecure":true}}`, url: "amqps://localhost:5671", sasl: true, insecure: &yes},
		"a password may not":       {content: `{"sasl":{"allow_insecure":false}}`, url: "amqps://localhost:5671", sasl: true, insecure: &no},
		"mechanisms in a string":   {content: `{"sasl":{"mechanisms":"PLAIN EXTERNAL"}}`, url: "amqps://localhost:5671", mechs: "PLAIN EXTERNAL", sasl: true},
		"mechanisms in a list":     {content: `{"sasl":{"mechanisms":["PLAIN","EXTERNAL"]}}`, url: "amqps://localhost:5671", mechs: "PLAIN EXTERNAL", sasl: true},
		"others are not looked at": {content: `{"vendor":{"x":[1]},"host":"h"}`, url: "amqps://h:5671", sasl: true},
		"with comments": {
			content: "// first\n{ /* the\n host */ \"host\": \"h\", // a name\n\"user\": \"/*a//b\\\"*/\" } // done",
			url:     "amqps://h:5671", user: `/*a//b"*/`, sasl: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := configured(t, c.content)
			require.NoError(t, err)
			assert.Equal(t, []string{c.url}, o.URLs)
			assert.Equal(t, c.user, o.User)
			assert.Equal(t, c.password, o.Password)
			assert.Equal(t, c.mechs, o.AllowedMechs)
			assert.Equal(t, !c.sasl, o.SASLDisabled)
			assert.Equal(t, c.insecure, o.Insecure)
		})
	}
}

func TestConnectFileIsWrong(t *testing.T) {
	for content, says := range map[string]string{
		`[]`:                                      "it is not a JSON object",
		``:                                        "malformed JSON in line 1",
		"{\n\n\"password\": \"secret\", x}":       "malformed JSON in line 3",
		"{\n\"password\": \"secret\" /* \n}":      "malformed JSON in line 2",
		`{"host":"h"} {}`:                         "malformed JSON in line 1",
		`{"password":12345}`:                      "password is not a string",
		`{"scheme":"http"}`:                       "scheme is none of",
		`{"scheme":"unix"}`:                       "scheme is none of",
		`{"host":["h"]}`:                          "host is not a string",
		`{"host":"h/x"}`:                          "host is not a host name",
		`{"host":""}`:                             "host is missing",
		`{"host":"a b"}`:                          "host ",
		`{"port":true}`:                           "port is neither a number nor a string",
		`{"port":70000}`:                          "port ",
		`{"port":1.5}`:                            "port ",
		`{"sasl":true}`:                           "sasl is not a ",
		`{"sasl":{"enable":"yes"}}`:               "sasl.enable is not a bool",
		`{"sasl":{"mechanisms":[1]}}`:             "sasl.mechanisms holds",
		`{"sasl":{"mechanisms":{}}}`:              "sasl.mechanisms is neither",
		`{"tls":{"verify":"no"}}`:                 "tls.verify is not a bool",
		`{"tls":{"key":"k.pem"}}`:                 "tls.key is given without tls.cert",
		`{"scheme":"amqp","tls":{"verify":true}}`: "tls is given, but scheme amqp has no TLS",
		`{"scheme":"amqpws","tls":{"ca":"ca"}}`:   "tls is given, but scheme amqpws has no TLS",
	} {
		_, err := configured(t, content)
		if assert.Error(t, err, content) {
			assert.Contains(t, err.Error(), "c.json: "+says, content)
			assert.NotContains(t, err.Error(), "secret", content)
			assert.NotContains(t, err.Error(), "12345", content)
		}
	}
	_, err := configured(t, "{}"+strings.Repeat(" ", maxConnectFile))
	assert.ErrorContains(t, err, "more than 1048576 bytes")
}

func TestConnectFileSpeaksOfTLS(t *testing.T) {
	dir := t.TempDir()
	o, err := configured(t, `{"tls":{"cert":"`+filepath.Join(dir, "none.pem")+`"}}`)
	require.NoError(t, err)
	_, err = tlsconf.Client(o.TLS...)
	require.ErrorContains(t, err, "none.pem")
	o, err = configured(t, `{"tls":{"ca":"`+filepath.Join(dir, "ca.pem")+`"}}`)
	require.NoError(t, err)
	_, err = tlsconf.Client(o.TLS...)
	require.ErrorContains(t, err, "ca.pem")
	o, err = configured(t, `{"tls":{"verify":false}}`)
	require.NoError(t, err)
	cfg, err := tlsconf.Client(o.TLS...)
	require.NoError(t, err)
	assert.True(t, cfg.InsecureSkipVerify)
	o, err = configured(t, `{"tls":{"verify":true}}`)
	require.NoError(t, err)
	cfg, err = tlsconf.Client(o.TLS...)
	require.NoError(t, err)
	assert.False(t, cfg.InsecureSkipVerify)
}

func TestConnectFileIsLookedForInOrder(t *testing.T) {
	home, work := t.TempDir(), t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv(connectFileVariable, "")
	t.Chdir(work)
	host := func() string {
		opt, err := ReadConnectFile()
		require.NoError(t, err)
		return applied(opt).URLs[0]
	}
	if _, err := os.Stat("/etc/messaging/connect.json"); err != nil {
		_, err := ReadConnectFile()
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.ErrorContains(t, err, "no URL is given")
	}
	written(t, `{"host":"home"}`, home, ".config", "messaging", "connect.json")
	assert.Equal(t, "amqps://home:5671", host())
	written(t, `{"host":"work"}`, work, "connect.json")
	assert.Equal(t, "amqps://work:5671", host())
	t.Setenv(connectFileVariable, written(t, `{"host":"named"}`, t.TempDir(), "x"))
	assert.Equal(t, "amqps://named:5671", host())
	t.Setenv(connectFileVariable, filepath.Join(home, "nowhere.json"))
	_, err := ReadConnectFile()
	assert.ErrorIs(t, err, fs.ErrNotExist, "the file that is named is the one that is meant")
	assert.ErrorContains(t, err, "nowhere.json")
}

func FuzzConnectFile(f *testing.F) {
	f.Add([]byte(`{"host":"h","port":1,/* x */"sasl":{"mechanisms":["PLAIN"]},"tls":{"verify":false}} // end`))
	f.Add([]byte("{/*"))
	f.Add([]byte(`{"host":"a\"//b"`))
	f.Fuzz(func(t *testing.T, b []byte) {
		require.Len(t, blankComments(b), len(b))
		opt, err := parseConnectFile(b)
		if err != nil {
			return
		}
		_, err = ParseURL(applied(opt).URLs[0])
		require.NoError(t, err)
	})
}
