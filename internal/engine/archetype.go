package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/Azure/go-amqp"

	"github.com/hadron-mq/hadron/internal/wire"
)

// An attach has fields whose types the encoding leaves open: any value that provides an archetype, such as an outcome, will do (§3.5). Decoding
// takes them as they come, and what they must be is looked at here. One that is wrong refuses the link: the frame was read rightly.

// Outcomes are the symbols of the outcomes that a delivery can have (§3.4).
var Outcomes = []amqp.Symbol{"amqp:accepted:list", "amqp:rejected:list", "amqp:released:list", "amqp:modified:list"}

// malformed says which field of an attach is not what it must be; empty where all are.
func malformed(p *wire.Attach) string {
	if s := p.Source; s != nil {
		switch {
		case !knownExpiry(s.ExpiryPolicy):
			return fmt.Sprintf("source: expiry-policy %q", s.ExpiryPolicy)
		case p.Role && s.Dynamic && addressed(s.Address):
			return "source: an address, where it is to be dynamic"
		case s.DistributionMode != "" && !distributionMode(s.DistributionMode):
			return fmt.Sprintf("source: distribution-mode %q", s.DistributionMode)
		}
		if what := malformedNode(s.Dynamic, s.DynamicNodeProperties); what != "" {
			return "source: " + what
		}
		for name, v := range s.Filter {
			if _, described := v.(wire.Described); !described && v != nil { // §3.5.8
				return fmt.Sprintf("source: filter %q is no described value", name)
			}
		}
		if _, received := s.DefaultOutcome.(*amqp.StateReceived); received {
			return "source: default-outcome received, which is no outcome"
		}
		for _, o := range s.Outcomes {
			known := o == "amqp:declared:list" || o == "amqp:transactional-state:list" // §4.5.5, §4.5.8
			if strings.HasPrefix(string(o), "amqp:") && !known && !slices.Contains(Outcomes, o) {
				return fmt.Sprintf("source: outcome %q", o)
			}
		}
	}
	if t := p.Target; t != nil {
		switch {
		case !knownExpiry(t.ExpiryPolicy):
			return fmt.Sprintf("target: expiry-policy %q", t.ExpiryPolicy)
		case !p.Role && t.Dynamic && addressed(t.Address):
			return "target: an address, where it is to be dynamic"
		}
		if what := malformedNode(t.Dynamic, t.DynamicNodeProperties); what != "" {
			return "target: " + what
		}
	}
	return ""
}

// malformedNode looks at the properties of a node that is made up for the link (§3.5.9).
func malformedNode(dynamic bool, properties map[string]any) string {
	if !dynamic && len(properties) > 0 {
		return "dynamic-node-properties, where it is not dynamic"
	}
	if _, ok := wire.LifetimePolicy(properties); !ok {
		return "lifetime-policy of another type"
	}
	wrong := false
	switch modes := properties["supported-dist-modes"].(type) {
	case nil:
	case string: // a symbol
		wrong = !distributionMode(amqp.Symbol(modes))
	case amqp.Symbol:
		wrong = !distributionMode(modes)
	case []amqp.Symbol:
		wrong = !all(modes, distributionMode)
	default:
		wrong = true
	}
	if wrong {
		return "supported-dist-modes other than move and copy"
	}
	return ""
}

// unnamed says that the peer has granted a dynamic node and does not say where: without its address the link is of no use.
func (l *Link) unnamed() bool {
	ours, peer := &l.cfg, l.peer
	if l.role == RoleReceiver {
		return ours.Source != nil && ours.Source.Dynamic && peer.Source != nil && !addressed(peer.Source.Address)
	}
	return ours.Target != nil && ours.Target.Dynamic && peer.Target != nil && !addressed(peer.Target.Address)
}

func addressed(address *string) bool { return address != nil && *address != "" }

func distributionMode(m amqp.Symbol) bool { return m == "move" || m == "copy" } // §3.5.7

func knownExpiry(p amqp.ExpiryPolicy) bool { // §3.5.6
	switch p {
	case "", amqp.ExpiryPolicyLinkDetach, amqp.ExpiryPolicySessionEnd, amqp.ExpiryPolicyConnectionClose, amqp.ExpiryPolicyNever:
		return true
	}
	return false
}

func all[T any](list []T, holds func(T) bool) bool {
	return !slices.ContainsFunc(list, func(v T) bool { return !holds(v) })
}
