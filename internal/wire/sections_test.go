package wire

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	aHeader     = "\x00\x53\x70\x45"
	aDelivery   = "\x00\x53\x71\xc1\x07\x02\xa3\x01d\xa1\x01d"
	annotations = "\x00\x80\x00\x00\x00\x00\x00\x00\x00\x72\xd1\x00\x00\x00\x0a\x00\x00\x00\x02\xa3\x01k\xa1\x01u"
	properties  = "\x00\xa3\x14amqp:properties:list\xc0\x01\x00"
	application = "\x00\x53\x74\x40"
	data        = "\x00\x53\x75\xa0\x02hi"
	sequence    = "\x00\x53\x76\x45"
	aValue      = "\x00\x53\x77\xb1\x00\x00\x00\x02hi"
	footer      = "\x00\x53\x78\xc1\x01\x00"
)

func TestWhatIsAMessage(t *testing.T) {
	for _, parts := range [][4]string{ // header, annotations, bare message, footer
		{"", "", data, ""},
		{"", "", data + data + data, footer},
		{"", "", sequence + sequence, ""},
		{aHeader, aDelivery + annotations, properties + application + aValue, footer},
		{aHeader, "", aValue, ""},
		{"", annotations, data, ""},
		{"", aDelivery, properties + data, ""},
		{"", "", "\x00\x53\x77\x40", ""},                           // a null is a value
		{"", "", "\x00\x53\x77\x00\xa3\x01x\x00\xa3\x01y\x43", ""}, // described, twice
		{"", "", "\x00\x53\x77\x98" + strings.Repeat("u", 16), ""},
	} {
		message := strings.Join(parts[:], "")
		at, err := CheckMessage([]byte(message))
		require.NoError(t, err, "%q", message)
		got := [4]string{message[:at.Annotations], message[at.Annotations:at.Bare], message[at.Bare:at.Footer], message[at.Footer:]}
		require.Equal(t, parts, got)
	}
}

func TestWhatIsNone(t *testing.T) {
	for message, reason := range map[string]error{
		"":                                   ErrSections, // no body
		aHeader + properties:                 ErrSections,
		footer:                               ErrSections,
		data + aHeader:                       ErrSections, // out of order
		annotations + aDelivery + data:       ErrSections,
		aHeader + aHeader + data:             ErrSections, // twice
		aValue + aValue:                      ErrSections,
		data + footer + data:                 ErrSections,
		data + sequence:                      ErrSections, // two kinds
		sequence + aValue:                    ErrSections,
		"\x00\x53\x79\x45" + data:            ErrSections, // no section
		aHeader + "\xa1\x02hi" + data:        ErrType,     // a bare value between sections
		data + "\x40":                        ErrType,
		"text":                               ErrType,
		"\x00\x53\x75\x40":                   ErrType, // data is binary
		"\x00\x53\x75\xa1\x02hi":             ErrType,
		"\x00\x53\x70\xc1\x01\x00" + data:    ErrType, // a header is a list
		"\x00\x53\x72\x45" + data:            ErrType,
		"\x00\x53\x77\x10":                   ErrType, // of no type
		"\x00\x53\x77":                       ErrShort,
		"\x00\x53\x75\xa0\x03hi":             ErrShort,
		"\x00\x53\x75\xb0\xff\xff\xff\xffhi": ErrShort,
		"\x00\x53\x77" + strings.Repeat("\x00\xa3\x01x", 40) + "\x40": ErrLimit,
	} {
		_, err := CheckMessage([]byte(message))
		require.Error(t, err, "%q", message)
		require.ErrorIs(t, err, reason, "%q", message)
	}
}
