package container

import (
	"errors"
	"slices"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/handler"
	"github.com/hadron-mq/hadron/internal/engine"
	"github.com/hadron-mq/hadron/internal/wire"
	"github.com/hadron-mq/hadron/receiver"
)

// unfiltered closes a receiver of ours whose filters are not in place, and says whether it was one. What came would not be what was asked for: the peer's
// attach says which filters are in place (§3.5.3).
func (d *driver) unfiltered(e *engine.Event) bool {
	link := e.Link
	cfg := link.Config()
	if link.Role() != engine.RoleReceiver || !link.Ours() || cfg.AnyFilter || cfg.Source == nil {
		return false
	}
	missing := unconfirmed(cfg.Source.Filter, link.Peer().Source.Filter)
	if len(missing) == 0 {
		return false
	}
	err := &receiver.FilterError{Filters: missing}
	if cfg.Source.Address != nil {
		err.Address = *cfg.Source.Address
	}
	told := new(amqp.Error)
	errors.As(err, &told)
	link.Close(told)
	d.failed(&engine.Event{Session: e.Session, Link: link, Err: err}, handler.MessagingHandler.OnLinkError, "link closed: its filters are not in place")
	return true
}

// unconfirmed returns the names of the filters that were asked for and that are not in place. A filter is known by its name, or by its
// descriptor (§3.5.8).
func unconfirmed(asked, inPlace map[string]any) (missing []string) {
	for name, filter := range asked {
		if inPlace[name] == nil && !isDescribed(inPlace, name, filter) {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return missing
}

// isDescribed says whether one of the filters has the descriptor of this one.
func isDescribed(filters map[string]any, name string, filter any) bool {
	asked, _ := filter.(wire.Described)
	for _, f := range filters {
		if have, ok := f.(wire.Described); ok && slices.Contains([]any{asked.Descriptor, amqp.Symbol(name), name}, have.Descriptor) {
			return true
		}
	}
	return false
}
