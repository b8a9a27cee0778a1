package wire

import (
	"maps"

	"github.com/Azure/go-amqp"
)

// What an intermediary does with a message that it passes on: it reads the section that it goes by, and changes
// those before the bare message, whose bytes stay as they are (§3.2).

// DecodeProperties decodes the properties section, nil where there is none. The sections before it are passed over, those after it
// are not looked at.
func DecodeProperties(b []byte) (*amqp.MessageProperties, error) {
	d := newMessageDecoder(b)
	for d.Len() > 0 {
		switch d.Descriptor() {
		case CodeHeader, CodeDeliveryAnnotations, CodeMessageAnnotations:
			d.Value()
			continue
		case CodeProperties:
			p := new(amqp.MessageProperties)
			if d.propertiesFields(p); d.err == nil {
				return p, nil
			}
		}
		break
	}
	return nil, d.Err()
}

// SectionOffset returns where in an encoded message a section's byte is, for a delivery that is resumed from there on (§3.4.1); 0 where there is no
// such byte.
func SectionOffset(b []byte, section uint32, offset uint64) int {
	d := NewDecoder(b)
	for range section {
		if d.Descriptor(); d.err != nil || d.Len() == 0 {
			return 0
		}
		d.Value()
	}
	if d.err != nil || offset > uint64(d.Len()) {
		return 0
	}
	return d.off + int(offset)
}

// AppendAnnotated appends an encoded message with more message annotations: they take the place of those that have the same keys.
func AppendAnnotated(dst, b []byte, more amqp.Annotations) ([]byte, error) {
	d := newMessageDecoder(b)
	start, end := 0, 0 // of the section, which may be empty
	var all amqp.Annotations
sections:
	for d.Len() > 0 {
		switch d.Descriptor() {
		case CodeHeader, CodeDeliveryAnnotations:
			d.Value()
			start, end = d.off, d.off
		case CodeMessageAnnotations:
			if !d.Null() {
				all = d.annotations()
			}
			end = d.off
			break sections
		default:
			break sections
		}
	}
	if d.err != nil {
		return dst, d.err
	}
	if all == nil {
		all = make(amqp.Annotations, len(more))
	}
	maps.Copy(all, more)
	out, err := appendAnnotations(appendSection(append(dst, b[:start]...), CodeMessageAnnotations), all, 0)
	if err != nil {
		return dst, err
	}
	return append(out, b[end:]...), nil
}
