package gssapi

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const realm = "HADRON.TEST"

// kdc is an MIT key distribution center on loopback, with one realm: the users
// alice and bob, whose password is "secret", and the services amqp and http of
// broker.example.
type kdc struct {
	dir    string
	config string // krb5.conf
	keytab string // of the services
	alice  string // keytab of alice
	env    []string
}

// program finds a program, also where the path of ordinary users does not lead.
func program(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/usr/local/sbin") {
		if path := filepath.Join(dir, name); exec.Command(path).Path == path {
			if info, err := os.Stat(path); err == nil && !info.IsDir() {
				return path
			}
		}
	}
	if os.Getenv("HADRON_REQUIRE_PEERS") == "1" {
		t.Fatalf("%s is not installed, and HADRON_REQUIRE_PEERS=1 asks for it (Debian: krb5-kdc, krb5-admin-server, krb5-user, sasl2-bin, libsasl2-modules-gssapi-mit)", name)
	}
	t.Skipf("%s is not installed (Debian: krb5-kdc, krb5-admin-server, krb5-user, sasl2-bin, libsasl2-modules-gssapi-mit)", name)
	return ""
}

// startKDC makes a realm in a folder of its own and serves it until the test ends.
func startKDC(t *testing.T) *kdc {
	t.Helper()
	server, create, admin := program(t, "krb5kdc"), program(t, "kdb5_util"), program(t, "kadmin.local")
	dir := t.TempDir()
	k := &kdc{
		dir:    dir,
		config: filepath.Join(dir, "krb5.conf"),
		keytab: filepath.Join(dir, "broker.keytab"),
		alice:  filepath.Join(dir, "alice.keytab"),
	}
	profile := filepath.Join(dir, "kdc.conf")
	k.env = append(os.Environ(),
		"KRB5_CONFIG="+k.config, "KRB5_KDC_PROFILE="+profile, "KRB5_KTNAME="+k.keytab,
		"KRB5CCNAME="+filepath.Join(dir, "cache"), "KRB5RCACHENAME=none:")
	port := freePort(t)
	write(t, k.config, `
[libdefaults]
	default_realm = %[1]s
	dns_lookup_kdc = false
	dns_lookup_realm = false
	dns_canonicalize_hostname = false
	rdns = false
	udp_preference_limit = 1
[realms]
	%[1]s = {
		kdc = 127.0.0.1:%[2]d
	}
`, realm, port)
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
`, realm, port, dir)
	k.run(t, "", create, "create", "-s", "-W", "-r", realm, "-P", "master")
	k.run(t, "", admin, "-r", realm, "-q", "addprinc -pw secret alice")
	k.run(t, "", admin, "-r", realm, "-q", "addprinc +requires_preauth -pw secret bob")
	k.run(t, "", admin, "-r", realm, "-q", "ktadd -norandkey -k "+k.alice+" alice")
	for _, service := range []string{"amqp/broker.example", "http/broker.example"} {
		k.run(t, "", admin, "-r", realm, "-q", "addprinc -randkey "+service)
		k.run(t, "", admin, "-r", realm, "-q", "ktadd -k "+k.keytab+" "+service)
	}
	k.serve(t, server)
	return k
}

// serve starts the server and waits until it says that it is ready.
func (k *kdc) serve(t *testing.T, server string) {
	t.Helper()
	cmd := exec.Command(server, "-n", "-r", realm)
	cmd.Env = k.env
	log, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	ready, ended := make(chan bool, 1), make(chan struct{})
	go func() {
		defer close(ended)
		lines := bufio.NewScanner(log)
		for lines.Scan() {
			t.Log(lines.Text())
			if strings.Contains(lines.Text(), "commencing operation") {
				ready <- true
			}
		}
		close(ready)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		_ = cmd.Wait()
	})
	require.True(t, <-ready, "the KDC ended before it was ready")
}

// run runs a program of Kerberos to its end.
func (k *kdc) run(t *testing.T, stdin, path string, args ...string) {
	t.Helper()
	cmd := exec.Command(path, args...)
	cmd.Env = k.env
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %v: %s", path, args, out)
}

func write(t *testing.T, path, format string, args ...any) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, format, args...), 0o600))
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().(*net.TCPAddr).Port
}
