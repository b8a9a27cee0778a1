package connection

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// URL is where a peer is, and how it is spoken to. Its string form is
//
//	[scheme://][user[:password]@]host[:port][/address]
//	unix://[user[:password]@]/path/of/the/socket
//
// A WebSocket is asked for at the path of its URL: amqpwss://host/$servicebus/websocket. Servers that take any path let it be an address
// as well.
type URL struct {
	Scheme   string // amqp, amqps, amqpws, amqpwss or unix
	User     string
	Password string
	Host     string // a name or an IP address, without brackets
	Port     string // a number
	Address  string // the path: an address to send to or receive from, for programs that take both in one
	Socket   string // of scheme unix, which has no host, port and address: the path of the socket, which is absolute

	virtual string // what a peer that sent us there calls the host
}

// URLError is a URL that cannot be used. It shows no password.
type URLError struct {
	URL    string // with the password left out
	Part   string // which part is wrong: scheme, user, host, port or address
	Reason string
}

func (e *URLError) Error() string {
	return fmt.Sprintf("connection: url %q: %s: %s", e.URL, e.Part, e.Reason)
}

var schemes = map[string]struct{ name, port string }{
	"amqp":    {"amqp", "5672"},
	"amqps":   {"amqps", "5671"},
	"amqpws":  {"amqpws", "80"},
	"amqpwss": {"amqpwss", "443"},
	"ws":      {"amqpws", "80"},
	"wss":     {"amqpwss", "443"},
	"unix":    {"unix", ""},
}

// ParseURL reads a URL. Without a scheme it means amqp, without a port the scheme's own: 5672 for amqp, 5671 for amqps, 80 for
// amqpws (also written ws) and 443 for amqpwss (also wss); unix is AMQP in the clear on a Unix socket. User, password and address
// may be percent-encoded; an address that holds no valid encoding is taken as it stands. The error is a *URLError.
func ParseURL(s string) (*URL, error) {
	fail := func(part, reason string) (*URL, error) {
		return nil, &URLError{URL: redact(s), Part: part, Reason: reason}
	}
	scheme, rest, found := strings.Cut(s, "://")
	if !found {
		scheme, rest = "amqp", s
	}
	known, ok := schemes[strings.ToLower(scheme)]
	if !ok {
		return fail("scheme", fmt.Sprintf("%q is none of amqp, amqps, amqpws, amqpwss, ws, wss and unix", scheme))
	}
	u := &URL{Scheme: known.name, Port: known.port}
	rest, address, _ := strings.Cut(rest, "/")
	if u.Address = address; strings.Contains(address, "%") {
		if plain, err := url.PathUnescape(address); err == nil {
			u.Address = plain
		}
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		user, password, _ := strings.Cut(rest[:at], ":")
		rest = rest[at+1:]
		var err error
		if u.User, err = url.PathUnescape(user); err != nil {
			return fail("user", "is not percent-encoded as it should be")
		}
		if u.Password, err = url.PathUnescape(password); err != nil {
			return fail("password", "is not percent-encoded as it should be")
		}
	}
	if u.Scheme == "unix" {
		switch {
		case rest != "":
			return fail("host", "a socket has none: its path has a slash in front, as in unix:///run/amqp.sock")
		case u.Address == "" || strings.ContainsRune(u.Address, 0):
			return fail("address", "is not the path of a socket")
		}
		u.Socket, u.Address = "/"+u.Address, ""
		return u, nil
	}
	var host, port string
	switch {
	case strings.HasPrefix(rest, "["):
		end := strings.IndexByte(rest, ']')
		if end < 0 {
			return fail("host", "bracket is not closed")
		}
		host = rest[1:end]
		if ip, _, _ := strings.Cut(host, "%"); net.ParseIP(ip) == nil || !strings.Contains(ip, ":") {
			return fail("host", fmt.Sprintf("%q is not an IPv6 address", host))
		}
		if tail := rest[end+1:]; strings.HasPrefix(tail, ":") {
			port = tail[1:]
			if port == "" {
				return fail("port", "is empty")
			}
		} else if tail != "" {
			return fail("host", fmt.Sprintf("%q follows the bracket", tail))
		}
	case strings.Count(rest, ":") > 1:
		return fail("host", "an IPv6 address belongs in brackets")
	default:
		var colon bool
		if host, port, colon = strings.Cut(rest, ":"); colon && port == "" {
			return fail("port", "is empty")
		}
	}
	if i := strings.IndexFunc(host, func(r rune) bool { return r <= ' ' || strings.ContainsRune("\"<>\\^`{|}?#", r) || r == 0x7f }); i >= 0 {
		return fail("host", fmt.Sprintf("%q has a character that no host name has", host))
	}
	if u.Host = host; host == "" {
		return fail("host", "is missing")
	}
	if port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 || port[0] == '+' || port[0] == '-' {
			if err == nil {
				return fail("port", fmt.Sprintf("%q is not a number from 0 to 65535", port))
			}
			// A password with a slash in it, or one without a host behind it, as like as not.
			return nil, &URLError{URL: redactPort(redact(s), port), Part: "port", Reason: "is not a number from 0 to 65535"}
		}
		u.Port = port
	}
	return u, nil
}

// HostPort returns host and port in the form that dialling takes.
func (u *URL) HostPort() string { return net.JoinHostPort(u.Host, u.Port) }

// VirtualHost returns the name by which the host is asked for, in TLS, in the login and in the open frame. It is Host, unless a peer that
// sent us there says otherwise (§2.8.16).
func (u *URL) VirtualHost() string {
	if u.virtual != "" {
		return u.virtual
	}
	return u.Host
}

// Secure tells whether the scheme asks for TLS.
func (u *URL) Secure() bool { return u.Scheme == "amqps" || u.Scheme == "amqpwss" }

// WebSocket tells whether the scheme asks for AMQP within WebSocket frames.
func (u *URL) WebSocket() bool { return u.Scheme == "amqpws" || u.Scheme == "amqpwss" }

// String returns the URL without its password.
func (u URL) String() string {
	var b strings.Builder
	b.WriteString(u.Scheme + "://")
	if u.User != "" {
		b.WriteString(url.User(u.User).String() + "@")
	}
	if u.Socket != "" {
		b.WriteString(u.Socket)
		return b.String()
	}
	b.WriteString(u.HostPort())
	if u.Address != "" {
		b.WriteString("/" + u.Address)
	}
	return b.String()
}

// Format writes what String returns, whatever the verb is: nothing prints the password.
func (u URL) Format(f fmt.State, verb rune) {
	if verb != 'q' {
		verb = 's'
	}
	_, _ = fmt.Fprintf(f, fmt.FormatString(f, verb), u.String())
}

// MarshalText writes what String returns, for JSON and logs.
func (u URL) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// redact leaves out what may be a password, also where the URL cannot be parsed.
func redact(s string) string {
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return s
	}
	start := 0
	if i := strings.Index(s, "://"); i >= 0 && i < at {
		start = i + 3
	}
	if colon := strings.IndexByte(s[start:at], ':'); colon >= 0 {
		return s[:start+colon] + ":xxxxx" + s[at:]
	}
	return s
}

// redactPort leaves out what is no port, and may be the password of a URL whose host was forgotten.
func redactPort(s, port string) string {
	return strings.Replace(s, ":"+port, ":xxxxx", 1)
}
