package broker

import (
	"slices"
	"strings"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/connection"
	"github.com/hadron-mq/hadron/receiver"
)

// address returns the address that a source names, nil where it names none.
func address(s *connection.Source) *string {
	if s == nil {
		return nil
	}
	return s.Address
}

func wants(asked []amqp.Symbol, capability amqp.Symbol) bool {
	return slices.Contains(asked, capability)
}

// capabilities returns which of the capabilities that are asked for a queue has.
func (q *queue) capabilities(asked []amqp.Symbol) (has []amqp.Symbol) {
	for _, c := range asked {
		if c == "queue" || c == "temporary-queue" && q.temporary != nil {
			has = append(has, c)
		}
	}
	return has
}

// distributionModes is what a dynamic node says about its distribution modes where it is asked about them (§3.5.9); nil where not.
func distributionModes(asked map[string]any) map[string]any {
	if _, ok := asked["supported-dist-modes"]; !ok {
		return nil
	}
	return map[string]any{"supported-dist-modes": []amqp.Symbol{"move", "copy"}}
}

// grantTarget is what a target is, of all that was asked for (§3.5.4).
func grantTarget(asked *connection.Target, q *queue) []receiver.Option {
	opts := []receiver.Option{receiver.TargetAddress(q.address)}
	if c := q.capabilities(asked.Capabilities); len(c) > 0 {
		opts = append(opts, receiver.Capabilities(c...))
	}
	if asked.Dynamic {
		opts = append(opts, receiver.Lifetime(q.temporary.policy))
		if modes := distributionModes(asked.DynamicNodeProperties); modes != nil {
			opts = append(opts, receiver.NodeProperties(modes))
		}
	}
	return opts
}

// keepsUnsettled tells whether the peer is one of Azure's Python clients. They ask receivers to settle second, and then wait for a settled
// disposition first: to them each link settles first.
func (p *peer) keepsUnsettled() bool {
	product, _ := p.conn.RemoteProperties()["product"].(string)
	agent, _ := p.conn.RemoteProperties()["user-agent"].(string)
	for _, says := range []string{product, agent} {
		if says = strings.ToLower(says); strings.HasPrefix(says, "azsdk-python") || strings.HasPrefix(says, "eventhub.python") ||
			strings.Contains(says, "pyamqp") || strings.Contains(says, "uamqp") {
			return true
		}
	}
	return false
}
