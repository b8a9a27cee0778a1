package engine

import (
	"strings"

	"github.com/hadron-mq/hadron/internal/wire"
)

// What the engine forgives goes by who the peer is, and is decided in this file, by its open.

// overrunLimit is how many messages beyond the credit are forgiven, between two flows.
const overrunLimit = 2048

// overruns says whether the peer is known to send beyond its credit when a flow crosses its transfers, as RabbitMQ did before 4.0.
func overruns(p *wire.Open) bool {
	product, _ := p.Properties["product"].(string)
	version, _ := p.Properties["version"].(string)
	return product == "RabbitMQ" && strings.HasPrefix(version, "3.")
}

// overrun says whether a message without credit is forgiven.
func (l *Link) overrun() bool {
	if !l.session.conn.overruns || l.beyond >= overrunLimit {
		return false
	}
	l.beyond++
	return true
}
