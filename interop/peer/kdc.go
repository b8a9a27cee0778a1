package peer

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What a realm of [StartKDC] has.
const (
	Realm       = "HADRON.TEST"
	ServiceHost = "broker.example" // of its services
	Password    = "secret"         // of its users
)

// kerberos is how what a KDC needs is had.
const kerberos = "Debian: krb5-kdc krb5-admin-server krb5-user"

// KDC is an MIT key distribution center on loopback, with one realm: the users alice and bob, and the services amqp and http of
// ServiceHost.
type KDC struct {
	Dir    string
	Config string   // the path of krb5.conf
	Keytab string   // the path of the services' keytab
	Alice  string   // the path of alice's keytab
	Cache  string   // the path of the credential cache of Env
	Env    []string // the environment of programs that use the realm, as service or as user
}

// StartKDC makes a realm in a folder of its own and serves it until the test ends.
func StartKDC(t testing.TB) *KDC {
	t.Helper()
	server, create, admin := Program(t, "krb5kdc", kerberos), Program(t, "kdb5_util", kerberos), Program(t, "kadmin.local", kerberos)
	dir := t.TempDir()
	k := &KDC{
		Dir:    dir,
		Config: filepath.Join(dir, "krb5.conf"),
		Keytab: filepath.Join(dir, "broker.keytab"),
		Alice:  filepath.Join(dir, "alice.keytab"),
		Cache:  filepath.Join(dir, "cache"),
	}
	profile := filepath.Join(dir, "kdc.conf")
	k.Env = append(os.Environ(),
		"KRB5_CONFIG="+k.Config, "KRB5_KDC_PROFILE="+profile, "KRB5_KTNAME="+k.Keytab,
		"KRB5CCNAME="+k.Cache, "KRB5RCACHENAME=none:")
	port := FreePort(t)
	// A service takes tickets for any host that its keytab has, whatever the machine is called.
	write(t, k.Config, `
[libdefaults]
	default_realm = %[1]s
	dns_lookup_kdc = false
	dns_lookup_realm = false
	dns_canonicalize_hostname = false
	rdns = false
	udp_preference_limit = 1
	ignore_acceptor_hostname = true
[realms]
	%[1]s = {
		kdc = 127.0.0.1:%[2]d
	}
`, Realm, port)
	write(t, profile, `
[kdcdefaults]
	kdc_listen = 127.0.0.1:%[2]d
	kdc_tcp_listen = 127.0.0.1:%[2]d
[realms]
	%[1]s = {
		database_name = %[3]s/principal
		key_stash_file = %[3]s/stash
		acl_file = %[3]s/acl
		max_life = 1h
	}
[logging]
	kdc = STDERR
`, Realm, port, dir)
	k.Run(t, "", create, "create", "-s", "-W", "-r", Realm, "-P", "master")
	query := func(q string) { t.Helper(); k.Run(t, "", admin, "-r", Realm, "-q", q) }
	query("addprinc -pw " + Password + " alice")
	query("addprinc +requires_preauth -pw " + Password + " bob")
	query("ktadd -norandkey -k " + k.Alice + " alice")
	for _, service := range []string{"amqp/" + ServiceHost, "http/" + ServiceHost} {
		query("addprinc -randkey " + service)
		query("ktadd -k " + k.Keytab + " " + service)
	}
	cmd := exec.Command(server, "-n", "-r", Realm)
	cmd.Env = k.Env
	Start(t, cmd).Line("commencing operation")
	return k
}

// Login gets alice a ticket, which is then in Cache.
func (k *KDC) Login(t testing.TB) {
	t.Helper()
	k.Run(t, Password+"\n", Program(t, "kinit", kerberos), "alice")
}

// Run runs a program in the environment of the realm to its end.
func (k *KDC) Run(t testing.TB, stdin, path string, args ...string) {
	t.Helper()
	cmd := exec.Command(path, args...)
	cmd.Env = k.Env
	cmd.Stdin = strings.NewReader(stdin)
	Run(t, cmd)
}

func write(t testing.TB, path, format string, args ...any) {
	t.Helper()
	if err := os.WriteFile(path, fmt.Appendf(nil, format, args...), 0o600); err != nil {
		t.Fatalf("peer: %v", err)
	}
}
