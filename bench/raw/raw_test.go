package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMove(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	ended := make(chan error, 1)
	go func() {
		conn, err := l.Accept()
		if err == nil {
			defer conn.Close()
			_, err = send(conn, 50, 1000)
		}
		ended <- err
	}()
	host, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, run([]string{"receive", "connect", host, port, "50", "1000"}, "", &out))
	require.NoError(t, <-ended)
	var figure struct{ Count int }
	require.NoError(t, json.Unmarshal(out.Bytes(), &figure))
	require.Equal(t, 50, figure.Count)
}

func TestCutShort(t *testing.T) {
	here, there := net.Pipe()
	go there.Close()
	_, err := receive(here, 1, 1)
	require.ErrorIs(t, err, io.EOF)
}

func TestArguments(t *testing.T) {
	for args, says := range map[string]string{
		"send":                         "usage",
		"sing connect 127.0.0.1 1 1 1": "usage",
		"send convene 127.0.0.1 1 1 1": `side "convene"`,
		"send connect 127.0.0.1 1 0 1": `COUNT "0"`,
		"send connect 127.0.0.1 1 1 0": `BODY_BYTES "0"`,
	} {
		require.ErrorContains(t, run(strings.Fields(args), "", io.Discard), says, args)
	}
}
