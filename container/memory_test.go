package container_test

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
)

// TestTheMemoryOfAllConnectionsIsBounded sends a message that there is no room for before it is whole, and then one that there is.
func TestTheMemoryOfAllConnectionsIsBounded(t *testing.T) {
	got := make(chan int, 1)
	n := listenIn(t, []container.Option{container.MaxMemory(1 << 20)}, &handler.Funcs{Message: func(e *handler.Event) { got <- len(e.Message().GetData()) }})
	err := run(t, &handler.Funcs{
		Start: func(e *handler.Event) {
			conn, err := e.Container().Connect(n.url, connection.NoReconnect())
			require.NoError(t, err)
			_, err = e.Container().CreateSender(conn, "q")
			require.NoError(t, err)
		},
		LinkOpened: func(e *handler.Event) { sendOnce(t, e, amqp.NewMessage(make([]byte, 4<<20))) },
		LinkError: func(e *handler.Event) {
			e.Connection().Close()
			e.Pass()
		},
	})
	refused := new(amqp.Error)
	require.ErrorAs(t, err, &refused)
	require.Equal(t, amqp.ErrCondResourceLimitExceeded, refused.Condition)

	require.NoError(t, run(t, &handler.Funcs{
		Start:      sending(t, n),
		LinkOpened: func(e *handler.Event) { sendOnce(t, e, amqp.NewMessage(make([]byte, 300<<10))) },
		Accepted:   func(e *handler.Event) { e.Connection().Close() },
	}))
	require.Equal(t, 300<<10, within(t, got, "the message that there is room for"))
}
