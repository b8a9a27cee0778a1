package gssapi

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/interop/peer"
	"github.com/hadron-mq/hadron/sasl"
)

// cyrus is a sample program of Cyrus SASL, which says and hears base64 on lines
// that begin with "S: " for the server and "C: " for the client.
type cyrus struct {
	t   *testing.T
	in  io.WriteCloser
	out *bufio.Reader
	log bytes.Buffer
}

func startCyrus(t *testing.T, k *peer.KDC, name string, args ...string) *cyrus {
	t.Helper()
	// Its output is buffered unless it is told not to.
	sample := peer.Program(t, name, "Debian: sasl2-bin libsasl2-modules-gssapi-mit")
	cmd := exec.Command(peer.Program(t, "stdbuf", "Debian: coreutils"), append([]string{"-o0", sample}, args...)...)
	cmd.Env = k.Env
	c := &cyrus{t: t}
	cmd.Stderr = &c.log
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	c.in, c.out = in, bufio.NewReader(out)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		t.Log(c.log.String())
	})
	return c
}

// wait returns the rest of the next line with the prefix.
func (c *cyrus) wait(prefix string) string {
	c.t.Helper()
	for {
		line, err := c.out.ReadString('\n')
		require.NoError(c.t, err, "waiting for %q", prefix)
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), strings.TrimSpace(prefix)); ok {
			return strings.TrimSpace(rest)
		}
	}
}

// hear waits for what the other end says.
func (c *cyrus) hear(prefix string) []byte {
	c.t.Helper()
	b, err := base64.StdEncoding.DecodeString(c.wait(prefix))
	require.NoError(c.t, err)
	return b
}

func (c *cyrus) say(prefix string, b []byte) {
	c.t.Helper()
	_, err := io.WriteString(c.in, prefix+base64.StdEncoding.EncodeToString(b)+"\n")
	require.NoError(c.t, err)
}

// cyrusServer logs our client in at a server of Cyrus SASL and MIT Kerberos.
func cyrusServer(t *testing.T, k *peer.KDC, m sasl.Mechanism) {
	t.Helper()
	p := startCyrus(t, k, "sasl-sample-server", "-s", "amqp", "-m", name, "-d", "broker.example")
	c, err := m.Client(t.Context(), broker)
	require.NoError(t, err)
	require.Equal(t, name, string(p.hear("S: ")))
	initial, err := c.Start()
	require.NoError(t, err)
	p.say("C: ", append([]byte(name+"\x00"), initial...))
	for range 2 {
		response, err := c.Next(p.hear("S: "))
		require.NoError(t, err)
		p.say("C: ", response)
	}
	require.Equal(t, "alice", p.wait("Username: "))
	require.NoError(t, c.Finish(nil))
}

// cyrusClient logs a client of Cyrus SASL and MIT Kerberos in at our server.
func cyrusClient(t *testing.T, k *peer.KDC, m sasl.ServerMechanism) {
	t.Helper()
	k.Login(t)
	p := startCyrus(t, k, "sasl-sample-client", "-s", "amqp", "-m", name, "-n", "broker.example", "-u", "alice")
	s := m.Server(sasl.Peer{})
	p.say("S: ", []byte(name))
	_, response, ok := bytes.Cut(p.hear("C: "), []byte{0})
	require.True(t, ok, "an initial response")
	for {
		challenge, done, err := s.Next(response)
		require.NoError(t, err)
		if done {
			break
		}
		p.say("S: ", challenge)
		response = p.hear("C: ")
	}
	require.Equal(t, "alice@"+realm, s.Identity())
}
