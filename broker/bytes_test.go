package broker_test

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"

	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/receiver"
)

// A bare message with encodings that no compact encoder would choose (§3.2): wide constructors for a small body, and properties with
// their trailing nulls.
const bareMessage = "\x00\x80\x00\x00\x00\x00\x00\x00\x00\x73\xd0\x00\x00\x00\x08\x00\x00\x00\x04\x40\x40\x40\x40" +
	"\x00\xa3\x10amqp:data:binary\xb0\x00\x00\x00\x02hi"

// pass sends an encoded message through a broker and returns it as it comes out, after a round of being modified.
func pass(t *testing.T, message string, format uint32) (first, second string) {
	run(t, start(t), &handler.Funcs{
		ConnectionOpened: func(e *handler.Event) {
			s, err := e.Container().CreateSender(e.Connection(), "q")
			require.NoError(t, err)
			_, err = s.SendEncoded([]byte(message), format)
			require.NoError(t, err)
			_, err = e.Container().CreateReceiver(e.Connection(), "q", receiver.Encoded())
			require.NoError(t, err)
		},
		Message: func(e *handler.Event) {
			require.Equal(t, format, e.Delivery().Format())
			if first == "" {
				first = string(e.Delivery().Encoded())
				require.NoError(t, e.Delivery().Modify(true, false, amqp.Annotations{"k": "v"}))
				return
			}
			second = string(e.Delivery().Encoded())
			e.Connection().Close()
		},
	})
	return first, second
}

func TestBareMessagesKeepTheirBytes(t *testing.T) {
	const annotations = "\x00\x53\x72\xc1\x07\x02\xa3\x01k\xa1\x01v"
	first, second := pass(t, bareMessage, 0)
	require.Equal(t, "\x00\x53\x70\xc0\x05\x04\x42\x40\x40\x41"+bareMessage, first)
	require.Equal(t, "\x00\x53\x70\xc0\x07\x05\x42\x40\x40\x42\x52\x01"+annotations+bareMessage, second)
}

func TestOtherFormatsPassAsTheyAre(t *testing.T) {
	first, second := pass(t, "no AMQP message", 77)
	require.Equal(t, "no AMQP message", first)
	require.Equal(t, "no AMQP message", second)
}

func TestWhatCannotBeDecodedIsRejected(t *testing.T) {
	for _, message := range []string{
		"\x00\x53\x70\x01",                     // a header of no type
		"\x00\x53\x70\xd0\xff\xff\xff\xff\x00", // a size that lies
		"\x00",                                 // half a descriptor
		"plain text",
	} {
		run(t, start(t), &handler.Funcs{
			ConnectionOpened: func(e *handler.Event) {
				s, err := e.Container().CreateSender(e.Connection(), "q")
				require.NoError(t, err)
				_, err = s.SendEncoded([]byte(message), 0)
				require.NoError(t, err)
			},
			Rejected: func(e *handler.Event) {
				state := e.Delivery().RemoteState().(*amqp.StateRejected)
				require.Equal(t, amqp.ErrCondDecodeError, state.Error.Condition)
				e.Connection().Close()
			},
		})
	}
}
