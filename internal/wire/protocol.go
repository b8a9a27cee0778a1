package wire

import (
	"bytes"
	"slices"
)

// Protocol names the protocol of a peer by the first bytes that it sent, as far as they tell: empty where they do not.
func Protocol(seen []byte) string {
	known := []struct{ begins, name string }{
		{string(HeaderAMQP[:]), "AMQP 1.0 without SASL"},
		{string(HeaderSASL[:]), "AMQP 1.0 with SASL"},
		{"AMQP\x02\x01\x00\x00", "AMQP 1.0 with TLS of its own (§5.2)"},
		{"AMQP\x00\x00\x09\x01", "AMQP 0-9-1"},
		{"AMQP\x01\x01\x00\x09", "AMQP 0-9"},
		{"AMQP\x01\x01\x08\x00", "AMQP 0-8"},
		{"AMQP\x01\x01\x00\x0a", "AMQP 0-10"},
		{"AMQP", "another version of AMQP"},
		{"HTTP/", "HTTP"}, {"GET ", "HTTP"}, {"POST ", "HTTP"}, {"PUT ", "HTTP"}, {"HEAD ", "HTTP"}, {"OPTIONS ", "HTTP"}, {"CONNECT ", "HTTP"},
		{"PRI * HT", "HTTP/2"},
		{"\x15\x03", "TLS"}, // an alert
		{"\x16\x03", "TLS"}, // a handshake
		{"SSH-", "SSH"},
	}
	i := slices.IndexFunc(known, func(p struct{ begins, name string }) bool { return bytes.HasPrefix(seen, []byte(p.begins)) })
	if i < 0 {
		return ""
	}
	return known[i].name
}
