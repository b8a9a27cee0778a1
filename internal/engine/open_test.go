package engine

import (
	"strings"
	"testing"
	"time"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
)

func TestClientOpensAndCloses(t *testing.T) {
	k := newTalk(t, Config{ContainerID: "me", Hostname: "there", IdleTimeout: 10 * time.Second, Properties: map[string]any{"product": "x"}})
	k.c.Open()
	k.wantNothing("there is no transport yet")
	k.c.StartClient(k.now, nil)
	k.settle()
	k.wantHeader(amqptest.HeaderAMQP)
	k.want("what the peer is told", "open", m{
		"container-id": "me", "hostname": "there", "max-frame-size": 131072, "channel-max": 1023,
		"idle-time-out": 5000, "properties": m{"product": "x"}})
	k.hear(amqptest.HeaderAMQP.Frame(), f(0, "open", m{"container-id": "you", "max-frame-size": 4096}))
	k.wantEvent("open", ConnectionRemoteOpen)
	require.Equal(t, "you", k.c.RemoteOpen().ContainerID)

	k.c.Close(&amqp.Error{Condition: amqp.ErrCondInternalError, Description: "bye"})
	k.settle()
	k.want("the reason is told", "close", m{"error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:internal-error", "description": "bye"}}})
	require.False(t, k.c.Finished(), "the peer has not closed")
	k.hear(f(3, "begin", m{"next-outgoing-id": 0, "incoming-window": 1, "outgoing-window": 1}), f(0, "close", nil))
	k.wantEvent("what came before its close is not looked at", ConnectionRemoteClose)
	require.True(t, k.c.Finished())
}

func TestPeerClosesWithAnError(t *testing.T) {
	k := clientTalk(t, Config{}, nil)
	k.hear(f(0, "close", m{"error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:connection:forced", "description": "going down"}}}))
	e := k.wantEvent("close", ConnectionRemoteClose)
	var told *amqp.Error
	require.ErrorAs(t, e.Err, &told)
	require.Equal(t, amqp.ErrCondConnectionForced, told.Condition)
	require.EqualError(t, e.Err, "connection: closed by the peer: going down (amqp:connection:forced)")
	k.c.Close(nil)
	k.settle()
	k.want("answered", "close", m{"error": nil})
	require.True(t, k.c.Finished())
}

func TestInputMayComeInAnyPieces(t *testing.T) {
	for _, size := range []int{1, 2, 3, 7, 8, 9, 100} {
		k := newTalk(t, Config{})
		k.c.StartServer(k.now, nil, false)
		b := amqptest.Bytes(amqptest.HeaderAMQP.Frame(), f(0, "open", m{"container-id": "peer"}),
			f(0, "begin", m{"next-outgoing-id": 0, "incoming-window": 1, "outgoing-window": 1}).Widened(), f(0, "", nil), f(0, "close", nil))
		for len(b) > 0 {
			n := min(size, len(b))
			piece := append([]byte(nil), b[:n]...)
			k.hearBytes(piece)
			clear(piece) // the driver has its chunk back
			b = b[n:]
		}
		k.wantEvent("open", ConnectionRemoteOpen)
		k.wantEvent("begin", SessionRemoteBegin)
		k.wantEvent("close", ConnectionRemoteClose)
	}
}

func TestWhatIsNoHeaderIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ sent, says string }{
		"http":          {"GET / HTTP/1.1\r\n\r\n", `"GET / HT": not an AMQP 1.0 peer`},
		"amqp 0-9-1":    {"AMQP\x00\x00\x09\x01", "not an AMQP 1.0 peer"},
		"few bytes":     {"GE", `"GE": not an AMQP 1.0 peer`},
		"tls":           {"\x16\x03\x01\x02\x00\x01\x00\x01", "not an AMQP 1.0 peer"},
		"sasl not here": {"AMQP\x03\x01\x00\x00", "SASL, which is off on this side"},
	} {
		t.Run(name, func(t *testing.T) {
			k := newTalk(t, Config{})
			k.c.StartServer(k.now, nil, false)
			k.hearBytes([]byte(c.sent))
			k.wantHeader(amqptest.HeaderAMQP) // §2.2: the answer is the header that is understood
			e := k.wantEvent("failed", TransportFailed)
			require.ErrorContains(t, e.Err, c.says)
			var h *HeaderError
			require.ErrorAs(t, e.Err, &h)
			require.True(t, k.c.Finished())
		})
	}
}

func TestIdle(t *testing.T) {
	k := clientTalk(t, Config{IdleTimeout: 10 * time.Second}, m{"idle-time-out": 4000})
	beat := k.now.Add(2 * time.Second)
	require.Equal(t, beat, k.c.Tick(k.now), "half of what the peer asks for")
	k.now = beat
	require.Equal(t, beat.Add(2*time.Second), k.c.Tick(k.now))
	k.settle()
	k.want("a heartbeat is an empty frame", "", nil)
	k.now = k.now.Add(time.Second)
	require.NoError(t, k.c.NewSession().Begin())
	k.settle()
	k.want("output", "begin", nil)
	require.Equal(t, k.now.Add(2*time.Second), k.c.Tick(k.now), "output counts as a beat")

	k.now = k.now.Add(time.Second)
	k.hear(f(0, "", nil))
	require.Equal(t, k.now.Add(time.Second), k.c.Tick(k.now))
	k.now = k.now.Add(10*time.Second - time.Nanosecond)
	k.c.Tick(k.now)
	require.False(t, k.c.Finished())
	k.now = k.now.Add(time.Nanosecond)
	require.Zero(t, k.c.Tick(k.now))
	k.settle()
	k.want("still alive", "", nil)
	k.want("the silent peer is told", "close", m{"error": amqptest.D{Name: "error", Fields: m{"condition": "amqp:resource-limit-exceeded"}}})
	e := k.wantEvent("and the application", TransportFailed)
	var idle *IdleError
	require.ErrorAs(t, e.Err, &idle)
	require.ErrorContains(t, e.Err, "10s")
}

func TestAPeerCannotAskForEndlessHeartbeats(t *testing.T) {
	k := clientTalk(t, Config{}, m{"idle-time-out": 100})
	require.Equal(t, k.now.Add(50*time.Millisecond), k.c.Tick(k.now))

	k = newTalk(t, Config{})
	k.c.StartServer(k.now, nil, false)
	k.hear(amqptest.HeaderAMQP.Frame(), f(0, "open", m{"container-id": "peer", "idle-time-out": 99}))
	k.wantViolation(amqp.ErrCondInvalidField, "idle-time-out of 99ms, less than the 100ms that are supported")
}

// A peer may not say more of itself than is to be kept for as long as it is connected.
func TestAnOpenIsBounded(t *testing.T) {
	k := newTalk(t, Config{})
	k.c.StartServer(k.now, nil, false)
	k.hear(amqptest.HeaderAMQP.Frame(), f(0, "open", m{"container-id": strings.Repeat("x", 100_000)}))
	k.wantViolation(amqp.ErrCondFramingError, "before the open, more than 16384")

	clientTalk(t, Config{}, m{"properties": m{"product": strings.Repeat("x", 10_000)}})
}
