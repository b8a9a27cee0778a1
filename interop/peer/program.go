package peer

import (
	"net"
	"os"
	"path/filepath"
	"testing"
)

// Missing skips the test for want of something, or fails it where HADRON_REQUIRE_PEERS=1 takes no excuse. how says how it is had, as
// in "Debian: krb5-kdc".
func Missing(t testing.TB, what, how string) {
	t.Helper()
	if os.Getenv("HADRON_REQUIRE_PEERS") == "1" {
		t.Fatalf("%s is missing, and HADRON_REQUIRE_PEERS=1 asks for it (%s)", what, how)
	}
	t.Skipf("%s is missing (%s)", what, how)
}

// Program finds a program, also where the path of ordinary users does not lead.
func Program(t testing.TB, name, how string) (path string) {
	t.Helper()
	found := Programs(name)
	if len(found) == 0 {
		Missing(t, name, how)
	}
	return found[0]
}

// Programs finds all programs of a name, the one that a shell would take first.
func Programs(name string) (paths []string) {
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/bin", "/usr/sbin", "/usr/local/sbin") {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && !info.IsDir() && info.Mode()&0o111 != 0 {
			paths = append(paths, path)
		}
	}
	return paths
}

// FreePort finds a port of the loopback that nobody listens at, for programs that do not find one themselves.
func FreePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("peer: finding a free port: %v", err)
	}
	_ = l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
