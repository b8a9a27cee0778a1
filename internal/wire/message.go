package wire

import "github.com/Azure/go-amqp"

// DecodeMessage decodes the sections of a message, §3.2. The message keeps nothing of b: all of it is copied once, and what is
// in the message shares that copy, so a message keeps as much memory as its encoding as long as any part of it is in use.
//
// Sections may come in any order and more than once, as go-amqp allows: another data or amqp-sequence section is added,
// a field of another header or properties replaces the earlier one, and so does any other section. A null in place of a section's
// value leaves it out. Nothing is an empty message.
func DecodeMessage(b []byte) (*amqp.Message, error) {
	return new(slot).decode(append([]byte(nil), b...), newHeader)
}

func newHeader() *amqp.MessageHeader { return new(amqp.MessageHeader) }

// DecodeMessage is the function of that name, with memory from the slabs: a message keeps that of its neighbours, too. Where b is own, it is
// the message's to keep and not copied.
func (s *Slabs) DecodeMessage(b []byte, own bool) (*amqp.Message, error) {
	m := s.slot()
	if !own {
		b = s.Clone(b)
	}
	return m.decode(b, s.header)
}

func (s *slot) decode(own []byte, header func() *amqp.MessageHeader) (*amqp.Message, error) {
	d := newMessageDecoder(own)
	d.owned = true
	for d.Len() > 0 {
		s.section(&d, header)
	}
	if d.err != nil {
		return nil, d.err
	}
	return &s.message, nil
}

func (s *slot) section(d *Decoder, header func() *amqp.MessageHeader) {
	m := &s.message
	code := d.Descriptor()
	if d.err != nil {
		return
	}
	switch code {
	case CodeHeader:
		if m.Header == nil {
			m.Header = header()
		}
		d.headerFields(m.Header)
		return
	case CodeProperties:
		m.Properties = &s.properties
		d.propertiesFields(m.Properties)
		return
	case CodeData:
		var data []byte
		if !d.Null() {
			data = d.Binary()
		}
		if m.Data == nil { // nearly always
			s.data[0] = data
			m.Data = s.data[:]
			return
		}
		m.Data = append(m.Data, data)
		return
	case CodeAMQPSequence:
		var list []any
		if !d.Null() {
			list = d.listOf(d.constructor("amqp-sequence"))
		}
		m.Sequence = append(m.Sequence, list)
		return
	}
	if d.Null() {
		d.known(code)
		return
	}
	switch code {
	case CodeDeliveryAnnotations:
		m.DeliveryAnnotations = d.annotations()
	case CodeMessageAnnotations:
		m.Annotations = d.annotations()
	case CodeApplicationProperties:
		m.ApplicationProperties = d.fieldMap()
	case CodeAMQPValue:
		m.Value = d.Value()
	case CodeFooter:
		m.Footer = d.annotations()
	default:
		d.known(code)
	}
}

// known fails for a descriptor that is not of a section.
func (d *Decoder) known(code uint64) {
	if code < CodeHeader || code > CodeFooter {
		d.fail("message section", ErrType)
	}
}

// SplitHeader decodes the header section if it is first in b, else h is nil. The rest is a view of all that follows:
// what an intermediary may change is apart from what it may not, §3.2.
func SplitHeader(b []byte) (h *amqp.MessageHeader, rest []byte, err error) {
	if len(b) == 0 {
		return nil, b, nil
	}
	d := NewDecoder(b)
	if d.Descriptor() != CodeHeader {
		return nil, b, d.Err()
	}
	h = new(amqp.MessageHeader)
	d.headerFields(h)
	if d.err != nil {
		return nil, nil, d.err
	}
	return h, d.Rest(), nil
}

// AppendMessage appends the sections of m that are there, in the order of §3.2. As in go-amqp's MarshalBinary, a nil Value
// is no section and amqp.Null is a null; Format and DeliveryTag belong to the transfer. On an error, dst is returned as it came.
func AppendMessage(dst []byte, m *amqp.Message) ([]byte, error) {
	out, err := appendSections(dst, m)
	if err == nil && uint64(len(out)-len(dst)) > 1<<32-1 {
		err = encodeError("message", ErrLimit)
	}
	if err != nil {
		return dst, err
	}
	return out, nil
}

func appendSections(dst []byte, m *amqp.Message) (_ []byte, err error) {
	if m.Header != nil {
		dst = AppendHeader(dst, m.Header)
	}
	if m.DeliveryAnnotations != nil {
		if dst, err = appendAnnotations(appendSection(dst, CodeDeliveryAnnotations), m.DeliveryAnnotations, 0); err != nil {
			return dst, err
		}
	}
	if m.Annotations != nil {
		if dst, err = appendAnnotations(appendSection(dst, CodeMessageAnnotations), m.Annotations, 0); err != nil {
			return dst, err
		}
	}
	if m.Properties != nil {
		if dst, err = appendProperties(dst, m.Properties); err != nil {
			return dst, err
		}
	}
	if m.ApplicationProperties != nil {
		dst = appendSection(dst, CodeApplicationProperties)
		if dst, err = appendMap(dst, m.ApplicationProperties, 0, AppendString); err != nil {
			return dst, err
		}
	}
	for _, data := range m.Data {
		dst = AppendBinary(appendSection(dst, CodeData), data)
	}
	if m.Value != nil {
		if dst, err = appendValue(appendSection(dst, CodeAMQPValue), m.Value, 0); err != nil {
			return dst, err
		}
	}
	for _, list := range m.Sequence {
		if dst, err = appendList(appendSection(dst, CodeAMQPSequence), list, 0); err != nil {
			return dst, err
		}
	}
	if m.Footer != nil {
		dst, err = appendAnnotations(appendSection(dst, CodeFooter), m.Footer, 0)
	}
	return dst, err
}

func appendSection(dst []byte, code uint64) []byte {
	return append(dst, ctorDescribed, ctorSmallUlong, byte(code))
}
