package receiver

import (
	"fmt"
	"strings"

	"github.com/Azure/go-amqp"
)

// FilterError is why a receiver was closed that had asked for filters: the peer's attach does not say that they are in place (§3.5.3), so that what came
// would not be what was asked for. Brokers leave out what they do not know: RabbitMQ's queues, for one, have no selectors.
type FilterError struct {
	Address string
	Filters []string // the names of those that are missing
}

func (e *FilterError) Error() string {
	return fmt.Sprintf("receiver: from %q: the peer does not filter by %s: receiver.UnconfirmedFilters takes its messages as they are",
		e.Address, strings.Join(e.Filters, ", "))
}

// Unwrap returns what the peer is told.
func (e *FilterError) Unwrap() error {
	return &amqp.Error{Condition: amqp.ErrCondPreconditionFailed, Description: "these filters are not in place: " + strings.Join(e.Filters, ", ")}
}
