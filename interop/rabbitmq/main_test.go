package rabbitmq_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hadron-mq/hadron/interop/peer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const how = "Debian: rabbitmq-server"

// scripts is where Debian has the broker's own start script. The one in the path starts it as another user.
const scripts = "/usr/lib/rabbitmq/bin"

// broker is a RabbitMQ with the user guest, whose password is guest.
type broker struct {
	t       *testing.T
	url     string
	command string
	env     []string
	process *peer.Process
}

// startBroker starts a broker that lives as long as the test.
func startBroker(t *testing.T) *broker {
	t.Helper()
	b := &broker{t: t, command: filepath.Join(scripts, "rabbitmq-server")}
	if _, err := os.Stat(b.command); err != nil {
		peer.Missing(t, "RabbitMQ", how)
	}
	dir, port, mapper := t.TempDir(), peer.FreePort(t), peer.FreePort(t)
	b.url = fmt.Sprintf("amqp://guest:guest@127.0.0.1:%d", port)
	write := func(name, format string, args ...any) (path string) {
		path = filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, format, args...), 0o600))
		return path
	}
	b.env = append(os.Environ(),
		"HOME="+dir, // for the cookie
		"ERL_EPMD_ADDRESS=127.0.0.1", fmt.Sprintf("ERL_EPMD_PORT=%d", mapper),
		"RABBITMQ_NODENAME=hadron@localhost",
		fmt.Sprintf("RABBITMQ_DIST_PORT=%d", peer.FreePort(t)),
		"RABBITMQ_CONFIG_FILE="+write("rabbitmq.conf", "listeners.tcp.1 = 127.0.0.1:%d\n", port),
		"RABBITMQ_CONF_ENV_FILE="+write("rabbitmq-env.conf", ""),
		"RABBITMQ_ENABLED_PLUGINS_FILE="+write("plugins", "[rabbitmq_amqp1_0].\n"),
		"RABBITMQ_MNESIA_BASE="+filepath.Join(dir, "mnesia"), "RABBITMQ_LOG_BASE="+filepath.Join(dir, "log"), "RABBITMQ_LOGS=-",
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-kernel inet_dist_use_interface {127,0,0,1}",
		"RUNNING_UNDER_SYSTEMD=true", // so that the script becomes the broker, and the process that was started is the one to end
	)
	epmd := exec.Command(peer.Program(t, "epmd", how))
	epmd.Env = b.env
	peer.Start(t, epmd)
	b.start()
	return b
}

// start starts the broker, again where it was killed.
func (b *broker) start() {
	b.t.Helper()
	cmd := exec.Command(b.command)
	cmd.Env = b.env
	b.process = peer.Start(b.t, cmd)
	b.process.Line("Server startup complete")
}
