package proton_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/hadron-mq/hadron/interop/peer"
)

// patience is how long a test waits for anything before it fails.
const patience = time.Minute

// built is the folder of what the tests build, which is removed at their end.
var built string

func TestMain(m *testing.M) {
	var err error
	if built, err = os.MkdirTemp("", "hadron-proton-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(built)
		os.Exit(code)
	}))
}

var quiet = slog.New(slog.DiscardHandler)

// How the peers are had.
const (
	howCPP    = "Debian: g++ libqpid-proton-cpp12-dev libsasl2-dev"
	howPython = "Debian: python3-qpid-proton"
	howRhea   = "Node.js and npm, which fetches rhea"
	howCyrus  = "Debian: sasl2-bin libsasl2-modules"
)

// once keeps what is made for all tests, or why it cannot be.
type once struct {
	sync.Once
	path string
	err  error
}

func (o *once) get(t *testing.T, how string, obtain func() (string, error)) string {
	t.Helper()
	o.Do(func() { o.path, o.err = obtain() })
	if o.err != nil {
		peer.Missing(t, o.err.Error(), how)
	}
	return o.path
}

var listener, client, python, rhea once

// compile builds a C++ program of testdata. That there is no compiler or no library is no failure; that there are both, and the program
// does not compile, is.
func compile(t *testing.T, o *once, name string) string {
	t.Helper()
	compiler := peer.Program(t, "g++", howCPP)
	return o.get(t, howCPP, func() (string, error) {
		for what, header := range map[string]string{"Qpid Proton C++": "proton/container.hpp", "Cyrus SASL": "sasl/sasl.h"} {
			probe := exec.Command(compiler, "-std=c++17", "-fsyntax-only", "-include", header, "-x", "c++", os.DevNull)
			if err := probe.Run(); err != nil {
				return "", fmt.Errorf("the library of %s: %w", what, err)
			}
		}
		path := filepath.Join(built, name)
		// The plug-in of cyrus.hpp belongs to the library of Proton's core that the C++ one is linked with.
		peer.Run(t, exec.Command(compiler, "-std=c++17", "-Wall", "-Werror", "-Wl,--copy-dt-needed-entries", "-o", path,
			filepath.Join("testdata", name+".cpp"), "-lqpid-proton-cpp", "-lsasl2"))
		return path, nil
	})
}

// clients are the client programs, each as a command that waits for its arguments.
var clients = []struct {
	name    string
	command func(t *testing.T) *exec.Cmd
	failed  string // how many failed deliveries a message has that the client has modified
}{
	{"C++", func(t *testing.T) *exec.Cmd { return exec.Command(compile(t, &client, "client")) }, "0"},
	{"Python", func(t *testing.T) *exec.Cmd {
		return exec.Command(python.get(t, howPython, findPython), "-u", filepath.Join("testdata", "client.py"))
	}, "1"},
	{"rhea", func(t *testing.T) *exec.Cmd {
		cmd := exec.Command(peer.Program(t, "node", howRhea), filepath.Join("testdata", "client.js"))
		npm := peer.Program(t, "npm", howRhea)
		cmd.Env = append(os.Environ(), "NODE_PATH="+rhea.get(t, howRhea, func() (string, error) { return fetchRhea(npm) }))
		return cmd
	}, "1"},
}

// findPython finds a Python that has Proton: the first in the path may be another than the system's.
func findPython() (string, error) {
	for _, path := range peer.Programs("python3") {
		if exec.Command(path, "-c", "import proton").Run() == nil {
			return path, nil
		}
	}
	return "", errors.New("the module proton of Python")
}

// rheaVersion is the one that the tests were written with.
const rheaVersion = "3.0.4"

func fetchRhea(npm string) (modules string, err error) {
	dir := filepath.Join(built, "rhea")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	cmd := exec.Command(npm, "install", "--prefix", dir, "--no-audit", "--no-fund", "--ignore-scripts", "rhea@"+rheaVersion)
	cmd.WaitDelay = time.Second
	late := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("rhea: npm: %w: %.300s", err, out)
	}
	return filepath.Join(dir, "node_modules"), nil
}

// run runs a client program to its end, and returns what it says.
func run(t *testing.T, cmd *exec.Cmd, args ...string) (says string, err error) {
	t.Helper()
	cmd.Args = append(cmd.Args, args...)
	return peer.Start(t, cmd).Wait()
}

// requireSays runs a client program, which must not fail and say this.
func requireSays(t *testing.T, want string, cmd *exec.Cmd, args ...string) {
	t.Helper()
	says, err := run(t, cmd, args...)
	require.NoError(t, err, says)
	require.Equal(t, want, strings.TrimSpace(says))
}

// broker is the broker of listener.cpp.
type broker struct {
	*peer.Process
	url string
}

// startBroker starts one in an environment, nil for the test's own.
func startBroker(t *testing.T, env []string, args ...string) *broker {
	t.Helper()
	cmd := exec.Command(compile(t, &listener, "listener"), args...)
	cmd.Env = env
	p := peer.Start(t, cmd)
	return &broker{p, "amqp://127.0.0.1:" + p.Line("listening ")}
}
