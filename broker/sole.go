package broker

import (
	"slices"

	"github.com/Azure/go-amqp"
)

// What a container asks for that wants to have no connection but one ("Enforcing Connection Uniqueness", 2 and 3): the capability, and what is to
// become of a second one.
const (
	soleConnection    = amqp.Symbol("sole-connection-for-container")
	soleEnforcement   = "sole-connection-enforcement-policy"
	closeExisting     = 1 // and 0 refuses the second
	enforcedOnClosing = "sole-connection-enforcement"
)

// containerName is who a connection is of: a name that some user gave it.
type containerName struct{ user, id string }

// connections are those of one container.
type connections struct {
	all     map[*peer]struct{}
	wanting map[*peer]struct{} // to be the only one
}

// sole is what a connection asks for about others of its container.
type sole struct {
	name   containerName
	wanted bool
	closes bool // the existing ones, and not the new one
}

func (p *peer) asksSole() sole {
	c := p.conn
	s := sole{name: containerName{c.User(), c.RemoteContainerID()}, wanted: slices.Contains(c.RemoteDesiredCapabilities(), soleConnection)}
	if policy, ok := number(c.RemoteProperties()[soleEnforcement]); ok {
		s.closes = policy == closeExisting
	}
	return s
}

func number(v any) (uint64, bool) {
	switch v := v.(type) {
	case uint32:
		return uint64(v), true
	case uint8:
		return uint64(v), true
	case uint64:
		return v, true
	}
	return 0, false
}

// enforce looks for other connections of a new one's container, where one of them wants to be the only one: it returns why the new one is
// refused, and which ones are to be closed for it. The policy is that of the one that was first, where it has one. The server's mutex is held.
func (s *server) enforce(p *peer) (refusal *amqp.Error, closed []*peer) {
	c := s.containers[p.sole.name]
	if c == nil {
		c = &connections{make(map[*peer]struct{}), make(map[*peer]struct{})}
	}
	others := c.wanting
	if p.sole.wanted {
		others = c.all
	}
	for other := range others {
		first := other.sole
		if !first.wanted {
			first = p.sole
		}
		if first.closes {
			closed = append(closed, other)
		} else {
			return &amqp.Error{Condition: amqp.ErrCondInvalidField, Description: "there is a connection of this container, which is to be the only one",
				Info: map[string]any{"invalid-field": amqp.Symbol("container-id")}}, nil
		}
	}
	s.containers[p.sole.name] = c
	c.all[p] = struct{}{}
	if p.sole.wanted {
		c.wanting[p] = struct{}{}
	}
	return nil, closed
}

// release forgets a connection among those of its container. The server's mutex is held.
func (s *server) release(p *peer) {
	c := s.containers[p.sole.name]
	if c == nil {
		return
	}
	delete(c.wanting, p)
	if delete(c.all, p); len(c.all) == 0 {
		delete(s.containers, p.sole.name)
	}
}

// supersede closes a connection for a newer one of its container.
func (p *peer) supersede() {
	p.conn.CloseWithError(&amqp.Error{Condition: amqp.ErrCondResourceLocked, Description: "there is a newer connection of this container, which is to be the only one",
		Info: map[string]any{enforcedOnClosing: true}})
}
