package connection

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hadron-mq/hadron/tlsconf"
)

const (
	connectFileVariable = "MESSAGING_CONNECT_FILE"
	maxConnectFile      = 1 << 20 // bytes
)

// ReadConnectFile reads the file that says where to connect when the program does not, as Qpid Proton has it. It is the one that
// MESSAGING_CONNECT_FILE names, or else the first that is there of connect.json, ~/.config/messaging/connect.json and
// /etc/messaging/connect.json; with none the error wraps fs.ErrNotExist. The file is JSON with comments, // and /* */. These are its
// fields with their defaults; others are passed over:
//
//	{
//	  "scheme": "amqps",         // or amqp, amqpws, amqpwss
//	  "host": "localhost",
//	  "port": "amqps",           // a number, "amqp" or "amqps"; by default the scheme's
//	  "user": null,
//	  "password": null,
//	  "sasl": {
//	    "enable": true,
//	    "mechanisms": null,      // those that are allowed: a list, or a string with spaces; by default all
//	    "allow_insecure": null   // whether a password may be shown in the clear; by default within this machine only
//	  },
//	  "tls": {                   // only where the scheme has TLS
//	    "cert": null,            // the client's certificate, a PEM file
//	    "key": null,             // its key; by default in the same file
//	    "ca": null,              // whom to trust, a PEM file; by default the roots of the system
//	    "verify": true           // the server's certificate and its name
//	  }
//	}
//
// Paths are relative to the working directory. Connect with an empty URL, and without URLs, begins with this option; those of the
// program come after it. An error names the file and the field, and shows no value.
func ReadConnectFile() (Option, error) {
	path, b, err := findConnectFile()
	if err != nil {
		return nil, fmt.Errorf("connection: configuration: %w", err)
	}
	opt, err := parseConnectFile(b)
	if err != nil {
		return nil, fmt.Errorf("connection: configuration %s: %w", path, err)
	}
	return opt, nil
}

func findConnectFile() (path string, b []byte, err error) {
	if path = os.Getenv(connectFileVariable); path != "" {
		b, err = readConnectFile(path)
		return path, b, err
	}
	places := []string{"connect.json"}
	if home, err := os.UserHomeDir(); err == nil {
		places = append(places, filepath.Join(home, ".config", "messaging", "connect.json"))
	}
	places = append(places, "/etc/messaging/connect.json")
	for _, path := range places {
		if b, err = readConnectFile(path); !errors.Is(err, fs.ErrNotExist) {
			return path, b, err
		}
	}
	return "", nil, fmt.Errorf("no URL is given, and none of %s is there: %w", strings.Join(places, ", "), fs.ErrNotExist)
}

func readConnectFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, maxConnectFile+1))
	if err == nil && len(b) > maxConnectFile {
		err = fmt.Errorf("%s has more than %d bytes", path, maxConnectFile)
	}
	return b, err
}

// connectFile is the file's content.
type connectFile struct {
	Scheme   string `json:"scheme"`
	Host     string `json:"host"`
	Port     any    `json:"port"`
	User     string `json:"user"`
	Password string `json:"password"`
	SASL     struct {
		Enable        bool  `json:"enable"`
		Mechanisms    any   `json:"mechanisms"`
		AllowInsecure *bool `json:"allow_insecure"`
	} `json:"sasl"`
	TLS struct {
		Cert   string `json:"cert"`
		Key    string `json:"key"`
		CA     string `json:"ca"`
		Verify *bool  `json:"verify"`
	} `json:"tls"`
}

// fieldError says what is wrong with a field. It does not show the value, which may be a secret.
func fieldError(field, reason string) error { return fmt.Errorf("%s %s", field, reason) }

func parseConnectFile(b []byte) (Option, error) {
	c := connectFile{Scheme: "amqps", Host: "localhost"}
	c.SASL.Enable = true
	b = blankComments(b)
	var mistyped *json.UnmarshalTypeError
	var malformed *json.SyntaxError
	switch err := json.Unmarshal(b, &c); {
	case errors.As(err, &mistyped) && mistyped.Field == "":
		return nil, errors.New("it is not a JSON object")
	case errors.As(err, &mistyped):
		return nil, fieldError(mistyped.Field, "is not a "+strings.TrimPrefix(mistyped.Type.String(), "*"))
	case errors.As(err, &malformed):
		read := b[:min(int(malformed.Offset), len(b))]
		return nil, fmt.Errorf("malformed JSON in line %d", 1+bytes.Count(read, []byte("\n")))
	case err != nil:
		return nil, errors.New("malformed JSON")
	}
	u, err := c.url()
	if err != nil {
		return nil, err
	}
	mechs, err := c.mechanisms()
	if err != nil {
		return nil, err
	}
	tls, err := c.tls(u)
	if err != nil {
		return nil, err
	}
	opts := []Option{URLs(u.String()), TLS(tls...), SASLEnabled(c.SASL.Enable)}
	if allow := c.SASL.AllowInsecure; allow != nil {
		opts = append(opts, AllowInsecureMechs(*allow))
	}
	if c.User != "" {
		opts = append(opts, User(c.User, c.Password))
	}
	if mechs != "" {
		opts = append(opts, AllowedMechs(mechs))
	}
	return func(o *options) {
		for _, opt := range opts {
			opt(o)
		}
	}, nil
}

func (c *connectFile) url() (*URL, error) {
	if known, ok := schemes[c.Scheme]; !ok || known.port == "" {
		return nil, fieldError("scheme", "is none of amqp, amqps, amqpws and amqpwss")
	}
	port := ""
	switch p := c.Port.(type) {
	case nil:
	case float64:
		port = strconv.FormatFloat(p, 'f', -1, 64)
	case string:
		if port = p; p == "amqp" || p == "amqps" {
			port = schemes[p].port
		}
	default:
		return nil, fieldError("port", "is neither a number nor a string")
	}
	host := strings.TrimSuffix(strings.TrimPrefix(c.Host, "["), "]")
	if strings.ContainsAny(host, "/@") {
		return nil, fieldError("host", "is not a host name")
	}
	s := c.Scheme + "://" + net.JoinHostPort(host, port)
	u, err := ParseURL(strings.TrimSuffix(s, ":"))
	if wrong := (*URLError)(nil); errors.As(err, &wrong) {
		return nil, fieldError(wrong.Part, wrong.Reason)
	}
	return u, nil
}

func (c *connectFile) mechanisms() (string, error) {
	switch m := c.SASL.Mechanisms.(type) {
	case nil:
		return "", nil
	case string:
		return m, nil
	case []any:
		var names []string
		for _, name := range m {
			s, ok := name.(string)
			if !ok {
				return "", fieldError("sasl.mechanisms", "holds what is not a string")
			}
			names = append(names, s)
		}
		return strings.Join(names, " "), nil
	default:
		return "", fieldError("sasl.mechanisms", "is neither a list nor a string")
	}
}

func (c *connectFile) tls(u *URL) ([]tlsconf.Option, error) {
	t := &c.TLS
	var opts []tlsconf.Option
	switch {
	case t.Cert == "" && t.Key != "":
		return nil, fieldError("tls.key", "is given without tls.cert")
	case t.Cert != "" && t.Key == "":
		opts = append(opts, tlsconf.CertAndKey(t.Cert, t.Cert))
	case t.Cert != "":
		opts = append(opts, tlsconf.CertAndKey(t.Cert, t.Key))
	}
	if t.CA != "" {
		opts = append(opts, tlsconf.CA(t.CA))
	}
	if t.Verify != nil && !*t.Verify {
		opts = append(opts, tlsconf.VerifyNone(nil))
	}
	if !u.Secure() && (len(opts) > 0 || t.Verify != nil) {
		return nil, fieldError("tls", "is given, but scheme "+u.Scheme+" has no TLS")
	}
	return opts, nil
}

// blankComments puts spaces in the place of comments, so that lines stay what they are.
func blankComments(b []byte) []byte {
	b = bytes.Clone(b)
	quoted := false
	for i := 0; i < len(b); i++ {
		switch {
		case quoted && b[i] == '\\':
			i++
		case b[i] == '"':
			quoted = !quoted
		case quoted || b[i] != '/' || i+1 == len(b):
		case b[i+1] == '/':
			for ; i < len(b) && b[i] != '\n'; i++ {
				b[i] = ' '
			}
		case b[i+1] == '*':
			end := bytes.Index(b[i+2:], []byte("*/"))
			if end < 0 {
				return b // JSON has no slash there: it is malformed from here on
			}
			for end += i + 4; i < end; i++ {
				if b[i] != '\n' {
					b[i] = ' '
				}
			}
			i--
		}
	}
	return b
}
