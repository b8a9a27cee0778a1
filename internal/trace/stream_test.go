package trace_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/internal/amqptest"
	"github.com/hadron-mq/hadron/internal/trace"
)

// m and f write the frames of a peer, by an encoding that is not ours.
type m = amqptest.M

var f = amqptest.F

// shown returns the lines of what a peer sends, given in pieces of a size.
func shown(b []byte, piece int) []string {
	var lines []string
	s := trace.New("amqp://host:5672", true, func(line string) { lines = append(lines, line) })
	for len(b) > 0 {
		n := min(piece, len(b))
		s.Feed(b[:n])
		b = b[n:]
	}
	return lines
}

func TestAConversationIsALineAFrame(t *testing.T) {
	said := amqptest.Bytes(
		amqptest.HeaderSASL.Frame(),
		f(0, "sasl-init", m{"mechanism": "PLAIN", "initial-response": []byte("\x00me\x00secret"), "hostname": "h"}),
		f(0, "sasl-response", m{"response": []byte("secret")}),
		amqptest.HeaderAMQP.Frame(),
		f(0, "open", m{"container-id": "c", "max-frame-size": 1024, "properties": amqptest.Map{{amqptest.Symbol("product"), "p"}}}),
		f(1, "begin", m{"next-outgoing-id": 0, "incoming-window": 10, "outgoing-window": 20}),
		f(1, "attach", m{"name": "l", "handle": 0, "role": true, "source": amqptest.D{Name: "source", Fields: m{"address": "q"}}}),
		f(1, "transfer", m{"handle": 0, "delivery-id": 7, "delivery-tag": []byte("\x00t"), "more": false}, make([]byte, 300)),
		f(1, "disposition", m{"role": true, "first": 7, "settled": true, "state": amqptest.D{Name: "rejected", Fields: m{
			"error": amqptest.D{Name: "error", Fields: m{"condition": amqptest.Symbol("amqp:not-found"), "description": "where\nis it"}}}}}),
		amqptest.Frame{},
		f(0, "close", nil),
	)
	want := []string{
		`-> SASL 1.0.0`,
		`0 -> @sasl-init(65) [mechanism="PLAIN", initial-response=***, hostname="h"]`,
		`0 -> @sasl-response(67) [response=***]`,
		`-> AMQP 1.0.0`,
		`0 -> @open(16) [container-id="c", max-frame-size=1024, properties={"product"="p"}]`,
		`1 -> @begin(17) [next-outgoing-id=0, incoming-window=10, outgoing-window=20]`,
		`1 -> @attach(18) [name="l", handle=0, role=true, source=@source(40) [address="q"]]`,
		`1 -> @transfer(20) [handle=0, delivery-id=7, delivery-tag=b"\x00t", more=false] (300)`,
		`1 -> @disposition(21) [role=true, first=7, settled=true, state=@rejected(37) [error=@error(29) [condition="amqp:not-found", description="where\nis it"]]]`,
		`0 -> (empty frame)`,
		`0 -> @close(24) []`,
	}
	for i := range want {
		want[i] = "[amqp://host:5672]: " + want[i] + "\n"
	}
	for _, piece := range []int{1, 7, 100, len(said)} {
		require.Equal(t, want, shown(said, piece), "in pieces of %d bytes", piece)
	}
}

func TestALoginIsNotShown(t *testing.T) {
	for name, frame := range map[string]amqptest.Frame{
		"an initial response":             f(0, "sasl-init", m{"mechanism": "PLAIN", "initial-response": []byte("secret")}),
		"a challenge":                     f(0, "sasl-challenge", m{"challenge": []byte("secret")}),
		"a response":                      f(0, "sasl-response", m{"response": []byte("secret")}),
		"what comes with the outcome":     f(0, "sasl-outcome", m{"code": 0, "additional-data": []byte("secret")}),
		"a response by its symbol":        {Type: 1, Name: "amqp:sasl-response:list", Fields: m{"response": []byte("secret")}},
		"a frame that nobody knows":       {Type: 1, Name: "0x4f", Fields: m{"0": []byte("secret")}},
		"a response in an AMQP frame":     {Type: 0, Name: "sasl-response", Fields: m{"response": []byte("secret")}},
		"a message, which may be a token": f(0, "transfer", m{"handle": 0}, []byte("secret")),
	} {
		lines := shown(frame.Bytes(), 1000)
		require.Len(t, lines, 1, name)
		require.NotContains(t, lines[0], "secret", name)
	}
}

func TestWhatAPeerSaysIsCut(t *testing.T) {
	long := strings.Repeat("é", 4000)
	many := make(amqptest.Map, 1000)
	for i := range many {
		many[i] = amqptest.Pair{amqptest.Symbol(fmt.Sprint(i)), long}
	}
	for name, frame := range map[string]amqptest.Frame{
		"a text":                            f(0, "open", m{"container-id": long}),
		"a map":                             f(0, "open", m{"container-id": "c", "properties": many[:3]}),
		"a large frame":                     f(0, "transfer", m{"handle": 0}, make([]byte, 1<<20)),
		"what is no performative, and long": f(0, "open", m{"container-id": "c", "properties": many}),
	} {
		lines := shown(frame.Bytes(), 999)
		require.Len(t, lines, 1, name)
		require.Less(t, len(lines[0]), 5000, name)
		require.Equal(t, 1, strings.Count(lines[0], "\n"), name)
	}
}

func TestWhatIsNoFrameEndsTheTrace(t *testing.T) {
	require.Equal(t, []string{"[amqp://host:5672]: -> no frame: \"HTTP/1.1\"; nothing more is shown\n"}, shown([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"), 3))
	lines := shown([]byte{0, 0, 0, 13, 2, 0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0, 8, 2, 0, 0, 0}, 3)
	require.Len(t, lines, 2, "a frame that makes no sense is one, and what follows is shown")
	require.Contains(t, lines[0], "0 -> (5 bytes that cannot be shown: ")
	require.Contains(t, lines[1], "(empty frame)")
}

func FuzzStream(f *testing.F) {
	f.Add([]byte("AMQP\x00\x01\x00\x00"), 3)
	f.Add(amqptest.F(0, "open", m{"container-id": "c"}).Bytes(), 5)
	f.Fuzz(func(t *testing.T, b []byte, piece int) {
		for _, line := range shown(b, max(piece, 1)) {
			require.Less(t, len(line), 5000)
			require.Equal(t, 1, strings.Count(line, "\n"))
		}
	})
}
