package artemis_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/xdg-go/scram"

	"github.com/hadron-mq/hadron/interop/artemis"
)

// testWebSocket sends and receives over a WebSocket to the same acceptor.
func testWebSocket(t *testing.T, broker *artemis.Broker) {
	socket, response, err := websocket.Dial(t.Context(), "ws://"+broker.Addr(artemis.AMQP), //nolint:bodyclose // Dial took it over
		&websocket.DialOptions{Subprotocols: []string{"amqp"}})
	require.NoError(t, err)
	assert.Equal(t, "amqp", response.Header.Get("Sec-WebSocket-Protocol"))
	connection := websocket.NetConn(t.Context(), socket, websocket.MessageBinary)
	exchange(t, connection, login)
}

// testSCRAM logs in with each SCRAM mechanism of the acceptor. go-amqp has none, so the frames are written here.
func testSCRAM(t *testing.T, broker *artemis.Broker) {
	for mechanism, hash := range map[string]scram.HashGeneratorFcn{
		"SCRAM-SHA-256": scram.SHA256,
		"SCRAM-SHA-512": scram.SHA512,
	} {
		t.Run(mechanism, func(t *testing.T) {
			client, err := hash.NewClient(artemis.ScramUser, artemis.ScramPassword, "")
			require.NoError(t, err)
			connection, outcome := logInWithSCRAM(t, broker, mechanism, client)
			require.Equal(t, sasl.ok, outcome)
			exchange(t, connection, nil)
		})
		t.Run(mechanism+", wrong password", func(t *testing.T) {
			client, err := hash.NewClient(artemis.ScramUser, "wrong", "")
			require.NoError(t, err)
			connection, outcome := logInWithSCRAM(t, broker, mechanism, client)
			defer func() { _ = connection.Close() }()
			assert.NotEqual(t, sasl.ok, outcome)
		})
	}
}

// exchange opens AMQP on a connection, sends and receives.
func exchange(t *testing.T, transport net.Conn, options *amqp.ConnOptions) {
	t.Helper()
	connection, err := amqp.NewConn(t.Context(), transport, options)
	require.NoError(t, err)
	defer func() { _ = connection.Close() }()
	session, err := connection.NewSession(t.Context(), nil)
	require.NoError(t, err)
	send(t, session, "logins", &amqp.Message{Value: t.Name()})
	assert.Equal(t, t.Name(), receive(t, session, "logins").Value)
}

// sasl are the descriptors of the SASL frames (§5.3.3), and the outcome's code for a login that succeeded (§5.3.3.6).
var sasl = struct{ init, challenge, response, outcome, ok byte }{0x41, 0x42, 0x43, 0x44, 0}

// logInWithSCRAM goes through the exchange of §5.3.2 and gives the code of the outcome.
func logInWithSCRAM(t *testing.T, broker *artemis.Broker, mechanism string, client *scram.Client) (net.Conn, byte) {
	t.Helper()
	header := []byte{'A', 'M', 'Q', 'P', 3, 1, 0, 0}
	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", broker.Addr(artemis.SCRAM))
	require.NoError(t, err)
	_, err = connection.Write(header)
	require.NoError(t, err)
	answer := make([]byte, len(header))
	_, err = io.ReadFull(connection, answer)
	require.NoError(t, err)
	require.Equal(t, header, answer)
	_, mechanisms := readSASL(t, connection)
	require.Contains(t, string(mechanisms), mechanism)

	conversation := client.NewConversation()
	first, err := conversation.Step("")
	require.NoError(t, err)
	writeSASL(t, connection, sasl.init, symbol(mechanism), smallBinary(first))
	for {
		descriptor, body := readSASL(t, connection)
		switch descriptor {
		case sasl.challenge: // one binary, the list's first field
			require.Equal(t, byte(0xa0), body[0])
			next, err := conversation.Step(string(body[2 : 2+int(body[1])]))
			require.NoError(t, err)
			writeSASL(t, connection, sasl.response, smallBinary(next))
		case sasl.outcome: // a ubyte, then the server's own proof where the login succeeded
			require.Equal(t, byte(0x50), body[0])
			if body[1] == sasl.ok {
				require.Equal(t, byte(0xa0), body[2])
				_, err := conversation.Step(string(body[4 : 4+int(body[3])]))
				require.NoError(t, err)
				require.True(t, conversation.Valid(), "the server knows the secret too")
			}
			return connection, body[1]
		default:
			require.Failf(t, "no SASL frame that was expected", "%#x", descriptor)
		}
	}
}

func symbol(text string) []byte      { return append([]byte{0xa3, byte(len(text))}, text...) }
func smallBinary(text string) []byte { return append([]byte{0xa0, byte(len(text))}, text...) }

// writeSASL writes a SASL frame (§5.3.1): a described list of the fields.
func writeSASL(t *testing.T, w io.Writer, descriptor byte, fields ...[]byte) {
	t.Helper()
	list := bytes.Join(fields, nil)
	body := append([]byte{2, 1, 0, 0, 0, 0x53, descriptor, 0xc0, byte(len(list) + 1), byte(len(fields))}, list...)
	_, err := w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(4+len(body))), body...))
	require.NoError(t, err)
}

// readSASL reads a SASL frame and gives its descriptor and its list's fields.
func readSASL(t *testing.T, r io.Reader) (descriptor byte, fields []byte) {
	t.Helper()
	size := make([]byte, 4)
	_, err := io.ReadFull(r, size)
	require.NoError(t, err)
	frame := make([]byte, binary.BigEndian.Uint32(size)-4)
	_, err = io.ReadFull(r, frame)
	require.NoError(t, err)
	require.Equal(t, []byte{2, 1}, frame[:2], "a SASL frame without an extended header")
	require.Equal(t, []byte{0, 0x53}, frame[4:6], "a small descriptor")
	require.Equal(t, byte(0xc0), frame[7], "a short list")
	return frame[6], frame[10:]
}
