package settings

import (
	"strings"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

// What goes by who the peer is, is decided in this file, by its open.

// Addressing returns what makes the address of a link that of a queue, or of a topic, in the peer's terms. A peer whose open has the property queue-prefix, or topic-prefix, as those of ActiveMQ Classic and Solace have, gets that before an
// address that does not begin with it. Others get the address as it is: to ActiveMQ Artemis and Qpid the capability of the terminus says the
// kind, and to RabbitMQ the address itself.
func Addressing(kind amqp.Symbol) func(peer *wire.Open, attach *wire.Attach) {
	property := string(kind) + "-prefix"
	return func(peer *wire.Open, attach *wire.Attach) {
		prefix, _ := peer.Properties[property].(string)
		prefixed := func(address *string) *string {
			if address == nil || strings.HasPrefix(*address, prefix) {
				return address
			}
			whole := prefix + *address
			return &whole
		}
		if receiver := attach.Role; receiver && attach.Source != nil {
			source := *attach.Source
			source.Address = prefixed(source.Address)
			attach.Source = &source
		} else if !receiver && attach.Target != nil {
			target := *attach.Target
			target.Address = prefixed(target.Address)
			attach.Target = &target
		}
	}
}
