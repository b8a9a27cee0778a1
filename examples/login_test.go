package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/broker"
	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/interop/peer"
	"github.com/hadron-mq/hadron/sasl/gssapi"
)

func TestTLSNeedsNothing(t *testing.T) {
	both := start(t, "tls")
	require.Equal(t, "logged in by EXTERNAL\nHello TLS!\n", both.rest())
	require.Zero(t, both.exit())
}

func TestTLSByFiles(t *testing.T) {
	dir := t.TempDir()
	made := start(t, "tls", "-make", dir)
	require.Empty(t, made.rest())
	require.Zero(t, made.exit())
	pem := func(name string) string { return filepath.Join(dir, name+".pem") }

	open := at(t, start(t, "tls", "-listen", "-a", "amqps://127.0.0.1:0", "-cert", pem("server")))
	strict := at(t, start(t, "tls", "-listen", "-a", "amqps://127.0.0.1:0", "-cert", pem("server"), "-ca", pem("ca")))
	localhost := strings.Replace(open, "127.0.0.1", "localhost", 1)
	for _, c := range []struct {
		args []string
		by   string
	}{
		{[]string{"-a", open + "/q", "-ca", pem("ca")}, "ANONYMOUS"},
		{[]string{"-a", localhost + "/q", "-ca", pem("ca")}, "ANONYMOUS"},
		{[]string{"-a", strict + "/q", "-ca", pem("ca"), "-cert", pem("client")}, "EXTERNAL"},
	} {
		client := start(t, "tls", c.args...)
		require.Equal(t, "logged in by "+c.by+"\nHello TLS!\n", client.rest(), "%v", c.args)
		require.Zero(t, client.exit())
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"-a", open + "/q"}, "certificate signed by unknown authority"},
		{[]string{"-a", strict + "/q", "-ca", pem("ca"), "-cert", pem("server")}, "tls: "}, // not one for clients
		{[]string{"-a", open + "/q", "-ca", pem("missing")}, "missing.pem"},
		{[]string{"-listen", "-a", "amqps://127.0.0.1:0"}, "-cert"},
		{[]string{"-make", pem("missing")}, "missing.pem"},
	} {
		client := start(t, "tls", c.args...)
		require.Empty(t, client.rest(), "%v", c.args)
		require.Equal(t, 1, client.exit(), "%v", c.args)
		require.Contains(t, client.errors(), c.says, "%v", c.args)
	}
}

func TestScramNeedsNothing(t *testing.T) {
	both := start(t, "scram")
	require.Equal(t, "alice logged in by SCRAM-SHA-256\nalice says hello\n", both.rest())
	require.Zero(t, both.exit())
}

func TestScramByFile(t *testing.T) {
	users := filepath.Join(t.TempDir(), "users")
	for name, password := range map[string]string{"alice": "wonderland", "bob": "the builder"} {
		add := exec.CommandContext(t.Context(), filepath.Join(programs, "scram"), "-add", name, "-users", users)
		add.Stdin = strings.NewReader(password + "\n")
		out, err := add.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	kept, err := os.ReadFile(users)
	require.NoError(t, err)
	require.Regexp(t, `^alice=SCRAM-SHA-256\$.*\nbob=SCRAM-SHA-256\$.*\n$`, string(kept))
	require.NotContains(t, string(kept), "wonderland")

	server := start(t, "scram", "-listen", "-a", "127.0.0.1:0", "-users", users)
	host := strings.TrimPrefix(at(t, server), "amqp://")
	client := start(t, "scram", "-a", "amqp://bob:the%20builder@"+host+"/q")
	require.Empty(t, client.rest())
	require.Zero(t, client.exit())
	require.Equal(t, "bob logged in by SCRAM-SHA-256", server.line())
	require.Equal(t, "bob says hello", server.line())

	for _, who := range []string{"alice:looking-glass", "carol:wonderland"} {
		stranger := start(t, "scram", "-a", "amqp://"+who+"@"+host+"/q")
		require.Empty(t, stranger.rest())
		require.Equal(t, 1, stranger.exit())
		require.Contains(t, stranger.errors(), "SCRAM-SHA-256")
		_, password, _ := strings.Cut(who, ":")
		require.NotContains(t, stranger.errors(), password)
	}
	server.interrupt()
	require.Empty(t, server.rest(), "strangers are nowhere")
	require.Zero(t, server.exit())
	require.NotContains(t, server.errors(), "wonderland")
}

func TestKerberos(t *testing.T) {
	k := peer.StartKDC(t)
	k.Login(t)
	services, err := gssapi.NewServer(k.Keytab)
	require.NoError(t, err)
	b, err := broker.Start("amqp://127.0.0.1:0", broker.Connections(connection.Authenticate(services)))
	require.NoError(t, err)
	defer b.Stop()

	to := []string{"-a", b.URL() + "/q", "-config", k.Config, "-host", peer.ServiceHost}
	for _, by := range [][]string{{"-cache", k.Cache}, {"-principal", "alice", "-keytab", k.Alice}} {
		client := start(t, "kerberos", append(by, to...)...)
		require.Equal(t, "logged in by GSSAPI\nHello Kerberos!\n", client.rest(), "%v", by)
		require.Zero(t, client.exit())
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{append([]string{"-cache", filepath.Join(t.TempDir(), "none")}, to...), "GSSAPI"},
		{append([]string{"-principal", "bob"}, to...), "-keytab"},
	} {
		client := start(t, "kerberos", c.args...)
		require.Empty(t, client.rest(), "%v", c.args)
		require.Equal(t, 1, client.exit(), "%v", c.args)
		require.Contains(t, client.errors(), c.says, "%v", c.args)
	}
}
