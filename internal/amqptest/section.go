package amqptest

import "fmt"

// Sections writes values one after the other: the payload of a message (§3.2)
//
//	amqptest.Sections(amqptest.D{Name: "amqp-value", Value: "hello"})
func Sections(values ...any) []byte {
	return encoder{}.values(nil, values)
}

// WideSections is Sections with each value in the longest of its encodings.
func WideSections(values ...any) []byte {
	return encoder{wide: true}.values(nil, values)
}

// ParseSections reads values to the end of b. Described ones that the
// specification knows are checked as [Parse] does.
func ParseSections(b []byte) ([]any, error) {
	var values []any
	for d := (&decoder{buf: b}); d.pos < len(b); {
		v := d.value()
		if d.err != nil {
			return values, fmt.Errorf("amqptest: value %d: %w", len(values), d.err)
		}
		values = append(values, v)
	}
	return values, nil
}
