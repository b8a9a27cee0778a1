package container_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/handler"
)

// prints is what printing a value comes to, in all the ways that there are.
func prints(t *testing.T, v any) (all []string) {
	t.Helper()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%20v", "%T"} {
		all = append(all, fmt.Sprintf(verb, v), fmt.Sprintf(verb, []any{v}), fmt.Sprintf(verb, struct{ V any }{v}))
	}
	if b, err := json.Marshal(v); err == nil {
		all = append(all, string(b))
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
	return append(all, log.String())
}

func TestNoWayOfPrintingShowsAPassword(t *testing.T) {
	u, err := connection.ParseURL("amqp://alice:secret@h/q")
	require.NoError(t, err)
	_, bad := connection.ParseURL("amqp://alice:secret")
	_, worse := connection.ParseURL("amqp://alice:sec/ret@h")
	_, worst := connection.ParseURL("amqp://alice:secret@h:port")
	for _, v := range []any{u, *u, map[string]connection.URL{"u": *u}, bad, worse, worst,
		connection.User("alice", "secret"), connection.Proxy("http://alice:secret@h"), connection.URLs("amqp://alice:secret@h")} {
		for _, printed := range prints(t, v) {
			require.NotContains(t, printed, "secret")
			require.NotContains(t, printed, ":sec")
		}
	}
	require.Equal(t, `amqp://alice@h:5672/q`, fmt.Sprintf("%#v", *u))
	require.Equal(t, `"amqp://alice@h:5672/q"`, fmt.Sprintf("%q", u))
	require.EqualError(t, bad, `connection: url "amqp://alice:xxxxx": port: is not a number from 0 to 65535`)
}

func TestEndpointsSayWhoTheyAre(t *testing.T) {
	n := listen(t, &handler.Funcs{}, connection.ContainerID("broker"))
	var said []string
	require.NoError(t, run(t, &handler.Funcs{
		Start: func(e *handler.Event) {
			conn, err := e.Container().Connect("amqp://alice:secret@"+n.url[len("amqp://"):], connection.AllowedMechs("ANONYMOUS"))
			require.NoError(t, err)
			_, err = e.Container().CreateSender(conn, "jobs")
			require.NoError(t, err)
		},
		Sendable: func(e *handler.Event) {
			if said == nil {
				d, err := e.Sender().Send(text("x"))
				require.NoError(t, err)
				said = append(said, fmt.Sprint(d))
			}
		},
		Accepted: func(e *handler.Event) {
			for _, v := range []any{e.Connection(), e.Session(), e.Sender(), e.Receiver(), e.Delivery()} {
				said = append(said, fmt.Sprintf("%v", v))
			}
			for _, v := range []any{e.Connection(), e.Session(), e.Sender(), e.Delivery()} {
				for _, printed := range prints(t, v) {
					require.NotContains(t, printed, "secret")
				}
			}
			e.Connection().Close()
		},
	}))
	require.Len(t, said, 6)
	require.Regexp(t, `^delivery [0-9a-f]+ of sender "[-0-9a-f]{36}", without an outcome$`, said[0])
	require.Equal(t, `connection with amqp://alice@`+n.url[len("amqp://"):]+` (container "broker")`, said[1])
	require.Equal(t, "session on channel 0", said[2])
	require.Regexp(t, `^sender "[-0-9a-f]{36}" to "jobs"$`, said[3])
	require.Equal(t, "<nil>", said[4])
	require.Regexp(t, `^delivery [0-9a-f]+ of sender "[-0-9a-f]{36}", accepted$`, said[5])
}
