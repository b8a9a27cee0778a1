package delivery

import (
	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

var (
	accepted = new(amqp.StateAccepted)
	released = new(amqp.StateReleased)
)

// vocabulary gives a state in go-amqp's terms.
func vocabulary(s *wire.State) amqp.DeliveryState {
	if s == nil {
		return nil
	}
	switch s.Code {
	case wire.CodeAccepted:
		return accepted
	case wire.CodeReleased:
		return released
	case wire.CodeRejected:
		return &amqp.StateRejected{Error: s.Error}
	case wire.CodeModified:
		return &amqp.StateModified{DeliveryFailed: s.DeliveryFailed, UndeliverableHere: s.UndeliverableHere, MessageAnnotations: s.Annotations}
	case wire.CodeReceived:
		return &amqp.StateReceived{SectionNumber: s.SectionNumber, SectionOffset: s.SectionOffset}
	default:
		return nil
	}
}
