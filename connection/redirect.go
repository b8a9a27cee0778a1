package connection

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/Azure/go-amqp"
)

// place makes a URL of what a peer says of another place, in a redirect's info (§2.8.16) or an entry of a failover list: its network-host,
// port and scheme, and hostname for the virtual host. What is missing is as in base. A place without TLS is refused where base has it.
func (u *URL) place(info map[string]any) (*URL, error) {
	to := *u
	if to.Socket != "" { // another place is not on a socket of this machine
		to.Scheme, to.Port, to.Socket = "amqp", schemes["amqp"].port, ""
	}
	virtual, _ := info["hostname"].(string)
	host, _ := info["network-host"].(string)
	if host == "" {
		host = virtual
	}
	if host == "" {
		return nil, errors.New("no network-host is given")
	}
	to.Host, to.virtual = host, virtual
	if name, _ := info["scheme"].(string); name != "" {
		known, ok := schemes[name]
		if !ok || known.port == "" {
			return nil, fmt.Errorf("scheme %q is not one of ours", name)
		}
		to.Scheme, to.Port = known.name, known.port
	}
	switch port := info["port"].(type) {
	case nil:
	case string:
		to.Port = port
	default:
		to.Port = fmt.Sprint(port)
	}
	if n, err := strconv.ParseUint(to.Port, 10, 16); err != nil || n == 0 {
		return nil, fmt.Errorf("port %q is not one", to.Port)
	}
	if u.Secure() && !to.Secure() {
		return nil, fmt.Errorf("%s would be without TLS, which was asked for", &to)
	}
	return &to, nil
}

// Redirect makes the URL that a peer's redirect error names, or says why it is not followed. ok is false for other errors.
func (u *URL) Redirect(err error) (to *URL, ok bool, why error) {
	var told *amqp.Error
	if !errors.As(err, &told) || told.Condition != amqp.ErrCondConnectionRedirect {
		return nil, false, nil
	}
	to, why = u.place(told.Info)
	if why != nil {
		why = fmt.Errorf("connection: %s: redirect is not followed: %w", u, why)
	}
	return to, true, why
}

// RedirectLink reads a peer's redirect of a link (§2.8.18): the address at which it is to be attached, empty where that stays as it is, and
// where, nil for the connection that it is on; or why it is not followed. ok is false for other errors.
func (u *URL) RedirectLink(err error) (to *URL, address string, ok bool, why error) {
	var told *amqp.Error
	if !errors.As(err, &told) || told.Condition != amqp.ErrCondLinkRedirect {
		return nil, "", false, nil
	}
	address, _ = told.Info["address"].(string)
	elsewhere := false
	for _, name := range []string{"network-host", "hostname", "port", "scheme"} {
		elsewhere = elsewhere || told.Info[name] != nil
	}
	switch {
	case elsewhere:
		to, why = u.place(told.Info)
	case address == "":
		why = errors.New("neither a network-host nor an address is given")
	}
	if why != nil {
		return nil, "", true, fmt.Errorf("connection: %s: redirect of a link is not followed: %w", u, why)
	}
	if to != nil && to.HostPort() == u.HostPort() && to.Scheme == u.Scheme && to.VirtualHost() == u.VirtualHost() {
		to = nil
	}
	return to, address, true, nil
}

// maxFailover bounds how many places a peer's failover list may add.
const maxFailover = 64

// Failover reads the failover-server-list of a peer's open: the places that may take over from it. Those that cannot be used, and why, are in
// skipped.
func (u *URL) Failover(properties map[string]any) (places []*URL, skipped []error) {
	var list []any
	switch entries := properties["failover-server-list"].(type) {
	case []any:
		list = entries
	case []map[any]any: // an array of maps
		for _, entry := range entries {
			info := make(map[string]any, len(entry))
			for k, v := range entry {
				info[fmt.Sprint(k)] = v
			}
			list = append(list, info)
		}
	}
	for _, entry := range list[:min(len(list), maxFailover)] {
		info, _ := entry.(map[string]any)
		to, err := u.place(info)
		if err != nil {
			skipped = append(skipped, fmt.Errorf("connection: %s: failover-server-list: %w", u, err))
			continue
		}
		places = append(places, to)
	}
	return places, skipped
}
