package sender

import (
	"errors"
	"fmt"

	"github.com/Azure/go-amqp"
)

// check says what in a message has no right encoding, where Go's types allow more than AMQP does. The encoding itself finds the rest.
func check(m *amqp.Message) error {
	if m == nil {
		return errors.New("no message is given")
	}
	if h := m.Header; h != nil && h.TTL < 0 {
		return fmt.Errorf("header: ttl of %v is negative", h.TTL)
	}
	if m.Value != nil && len(m.Data) > 0 || m.Value != nil && len(m.Sequence) > 0 || len(m.Data) > 0 && len(m.Sequence) > 0 {
		return errors.New("body: a message has one of Data, Value and Sequence (§3.2)")
	}
	if p := m.Properties; p != nil {
		if err := checkID("message-id", p.MessageID); err != nil {
			return err
		}
		if err := checkID("correlation-id", p.CorrelationID); err != nil {
			return err
		}
	}
	for _, section := range []struct {
		name        string
		annotations amqp.Annotations
	}{{"delivery-annotations", m.DeliveryAnnotations}, {"message-annotations", m.Annotations}, {"footer", m.Footer}} {
		for k := range section.annotations {
			switch k.(type) {
			case string, amqp.Symbol, uint64:
			default:
				return fmt.Errorf("%s: key %v of type %T is neither a symbol, which is a string, nor a ulong, which is a uint64 (§3.2.10)", section.name, k, k)
			}
		}
	}
	return nil
}

// checkID checks a message-id or a correlation-id (§3.2.11 to §3.2.14).
func checkID(field string, id any) error {
	switch id.(type) {
	case nil, uint64, string, []byte, amqp.UUID:
		return nil
	default:
		return fmt.Errorf("properties: %s of type %T is none of uint64, amqp.UUID, []byte and string (§3.2.4)", field, id)
	}
}
