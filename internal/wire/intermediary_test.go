package wire

import (
	"testing"

	"github.com/Azure/go-amqp"
	"github.com/stretchr/testify/require"
)

func TestAnnotatingKeepsTheRest(t *testing.T) {
	const (
		header   = "\x00\x53\x70\x45"
		delivery = "\x00\x53\x71\xc1\x07\x02\xa3\x01d\xa1\x01d"
		have     = "\x00\x80\x00\x00\x00\x00\x00\x00\x00\x72\xd1\x00\x00\x00\x0a\x00\x00\x00\x02\xa3\x01k\xa1\x01u"
		null     = "\x00\x53\x72\x40"
		want     = "\x00\x53\x72\xc1\x07\x02\xa3\x01k\xa1\x01v"
		bare     = "\x00\x53\x77\xb1\x00\x00\x00\x02hi"
	)
	for before, after := range map[string]string{
		"":                              want,
		bare:                            want + bare,
		header + bare:                   header + want + bare,
		delivery + bare:                 delivery + want + bare,
		have + bare:                     want + bare,
		null + bare:                     want + bare,
		header + delivery + have + bare: header + delivery + want + bare,
		header + null:                   header + want,
	} {
		out, err := AppendAnnotated([]byte("dst"), []byte(before), amqp.Annotations{"k": "v"})
		require.NoError(t, err)
		require.Equal(t, "dst"+after, string(out))
	}
}

func TestAnnotatingWhatCannotBe(t *testing.T) {
	for _, message := range []string{"\x00", "text", "\x00\x53\x70\xff", "\x00\x53\x72\x43"} {
		out, err := AppendAnnotated([]byte("dst"), []byte(message), amqp.Annotations{"k": "v"})
		require.Error(t, err)
		require.Equal(t, "dst", string(out))
	}
	_, err := AppendAnnotated(nil, nil, amqp.Annotations{"k": make(chan int)})
	require.Error(t, err)
}

func TestPropertiesAreFoundBehindTheRest(t *testing.T) {
	to := "there"
	m := amqp.Message{
		Header:              &amqp.MessageHeader{Durable: true},
		DeliveryAnnotations: amqp.Annotations{"d": []any{int32(1)}},
		Annotations:         amqp.Annotations{"a": "b"},
		Properties:          &amqp.MessageProperties{To: &to},
		Value:               "body",
	}
	b, err := AppendMessage(nil, &m)
	require.NoError(t, err)
	p, err := DecodeProperties(b)
	require.NoError(t, err)
	require.Equal(t, m.Properties, p)
	m.Properties = nil
	b, err = AppendMessage(nil, &m)
	require.NoError(t, err)
	p, err = DecodeProperties(b)
	require.NoError(t, err)
	require.Nil(t, p)
	p, err = DecodeProperties(nil)
	require.NoError(t, err)
	require.Nil(t, p)
	for _, message := range []string{"\x00", "text", "\x00\x53\x73\xc0\x02\x01\x50", "\x00\x53\x71\x00"} {
		_, err = DecodeProperties([]byte(message))
		require.Error(t, err)
	}
}
