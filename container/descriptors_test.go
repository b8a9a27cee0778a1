package container_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/container"
	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/amqptest"
)

// descriptors counts the files and sockets that the process has open, where the system tells.
func descriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir(filepath.Join("/proc", "self", "fd"))
	if err != nil {
		t.Skip("the system does not tell what is open:", err)
	}
	return len(open)
}

// Nothing stays open of connections, however they end, and nothing of containers.
func TestNoDescriptorIsLeft(t *testing.T) {
	for name, end := range map[string]func(t *testing.T){
		"a close": func(t *testing.T) {
			n := listenIn(t, []container.Option{container.Loops(2)}, &handler.Funcs{})
			for range 5 {
				askNeighbour(t, n)
			}
			require.NoError(t, n.stop())
		},
		"a stop of the listener": func(t *testing.T) {
			n := listen(t, &handler.Funcs{})
			require.NoError(t, run(t, &handler.Funcs{
				Start:            connectOnce(t, n.url),
				ConnectionOpened: func(*handler.Event) { n.Stop() },
			}))
			require.NoError(t, n.stop())
		},
		"resets": func(t *testing.T) {
			n := listen(t, &handler.Funcs{})
			proxy := amqptest.NewProxy(t, n.url[len("amqp://"):])
			cuts := 0
			cut := func(e *handler.Event) {
				if cuts++; cuts == 5 {
					e.Connection().Close()
					return
				}
				proxy.CutAll()
			}
			require.NoError(t, run(t, &handler.Funcs{
				Start: func(e *handler.Event) {
					_, err := e.Container().Connect("amqp://" + proxy.Addr())
					require.NoError(t, err)
				},
				ConnectionOpened: cut,
				Reconnected:      cut,
				TransportError:   func(*handler.Event) {},
			}))
			proxy.Close()
			require.NoError(t, n.stop())
		},
		"nobody there": func(t *testing.T) {
			require.Error(t, run(t, &handler.Funcs{Start: connectOnce(t, "amqp://127.0.0.1:1", connection.ConnectTimeout(time.Second))}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := descriptors(t)
			t.Run("use", end)
			for late := time.Now().Add(patience); descriptors(t) > before; runtime.Gosched() {
				require.True(t, time.Now().Before(late), "%d are open, and %d were before", descriptors(t), before)
			}
		})
	}
}
