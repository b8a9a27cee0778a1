package amqptest

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// The types of frames (§2.3.1, §5.3.1).
const (
	typeAMQP byte = 0
	typeSASL byte = 1
)

// maxFrame bounds the frames that are read, in bytes.
const maxFrame = 256 << 20

// Frame is one frame (§2.3), or a protocol header (see [Header.Frame]).
type Frame struct {
	Type    byte   // 0 for AMQP, 1 for SASL
	Channel uint16 // without meaning in a SASL frame (§5.3.1)
	// Name is that of the performative in the specification: "open",
	// "transfer", "sasl-init". It may be a symbolic descriptor or a code, as in
	// D. A frame without a name is empty: a heartbeat.
	Name string
	// Fields are the performative's, by their names in the specification. A
	// field that is absent is null. The fields of a performative that the
	// specification does not know are named by their positions: "0", "1".
	Fields  M
	Payload []byte
	// Ext is an extended header, which receivers ignore (§2.3.1). It is written
	// padded to a multiple of four bytes.
	Ext []byte
	// Wide writes each value in the longest of its encodings, and the null
	// fields at the end too.
	Wide bool
}

// F is the frame of a performative, of the type that the name asks for. The
// parts of the payload follow one another.
func F(channel uint16, name string, fields M, payload ...[]byte) Frame {
	f := Frame{Channel: channel, Name: name, Fields: fields}
	if strings.HasPrefix(name, "sasl-") {
		f.Type = typeSASL
	}
	for _, part := range payload {
		f.Payload = append(f.Payload, part...)
	}
	return f
}

// Widened is the frame with Wide set.
func (f Frame) Widened() Frame {
	f.Wide = true
	return f
}

// Bytes writes the frame. It panics on a field that the specification does not
// have and on a Go value that no AMQP type stands for.
func (f Frame) Bytes() []byte {
	if f.Name == protocolHeader {
		return append([]byte(nil), f.Payload...)
	}
	b := make([]byte, headerSize, 64+len(f.Payload))
	b = append(b, f.Ext...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	b[4] = byte(len(b) / 4)
	b[5] = f.Type
	binary.BigEndian.PutUint16(b[6:], f.Channel)
	if f.Name != "" {
		b = encoder{wide: f.Wide}.value(b, D{Name: f.Name, Fields: f.Fields})
	}
	b = append(b, f.Payload...)
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	return b
}

// Bytes writes the frames one after the other.
func Bytes(frames ...Frame) []byte {
	var b []byte
	for _, f := range frames {
		b = append(b, f.Bytes()...)
	}
	return b
}

// Parse reads all the frames and protocol headers that b holds whole. The rest
// is the beginning of one that is not whole yet. The error says where the bytes
// are not what the specification says: a type, a mandatory field, a size.
func Parse(b []byte) (frames []Frame, rest []byte, err error) {
	for len(b) >= headerSize {
		size, err := unitSize(b)
		if err != nil {
			return frames, b, err
		}
		if size > len(b) {
			break
		}
		f, err := parseUnit(b[:size])
		if err != nil {
			return frames, b, err
		}
		frames, b = append(frames, f), b[size:]
	}
	return frames, b, nil
}

// unitSize is the size of the frame or protocol header whose first eight bytes
// b begins with.
func unitSize(b []byte) (int, error) {
	if startsHeader(b) {
		return headerSize, nil
	}
	size := binary.BigEndian.Uint32(b)
	if size < headerSize || size > maxFrame {
		return 0, fmt.Errorf("amqptest: a frame of %d bytes, beginning % x", size, b[:headerSize])
	}
	return int(size), nil
}

// parseUnit reads exactly one frame or protocol header.
func parseUnit(b []byte) (Frame, error) {
	if startsHeader(b) {
		return Header(b).Frame(), nil
	}
	f := Frame{Type: b[5], Channel: binary.BigEndian.Uint16(b[6:])}
	if f.Type > typeSASL {
		return f, fmt.Errorf("amqptest: a frame of type %d", f.Type)
	}
	doff := 4 * int(b[4])
	if doff < headerSize || doff > len(b) {
		return f, fmt.Errorf("amqptest: a data offset of %d in a frame of %d bytes", doff, len(b))
	}
	if doff > headerSize {
		f.Ext = append(f.Ext, b[headerSize:doff]...)
	}
	if doff == len(b) {
		return f, nil
	}
	d := &decoder{buf: b, pos: doff}
	v := d.value()
	f.Name, f.Fields = d.performative(v)
	if d.err != nil {
		return f, fmt.Errorf("amqptest: frame on channel %d: %w", f.Channel, d.err)
	}
	if d.pos < len(b) {
		f.Payload = append(f.Payload, b[d.pos:]...)
	}
	return f, nil
}

// performative takes the value that begins a frame's body apart (§2.3.2).
func (d *decoder) performative(v any) (name string, fields M) {
	body, ok := v.(D)
	if !ok || body.Name == "" {
		d.fail("the body begins with %s and not with a performative", typed(v))
		return "", nil
	}
	if byName[body.Name] != nil && byName[body.Name].value == "" {
		return body.Name, body.Fields
	}
	list, ok := body.Value.(List)
	if !ok || byName[body.Name] != nil {
		d.fail("the body begins with %s, which is no performative", body.Name)
	} else if len(list) > maxFields {
		d.fail("%s: more than %d fields", body.Name, maxFields)
	}
	fields = M{}
	for i, v := range list {
		if v != nil {
			fields[strconv.Itoa(i)] = v
		}
	}
	return body.Name, fields
}
