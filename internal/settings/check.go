package settings

import (
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/Azure/go-amqp"
)

// Check collects what options were given that they cannot take: an option cannot return an error, but the call that it is for does.
type Check struct{ err error }

// Err returns what was wrong first, nil for nothing. It names the option.
func (c *Check) Err() error { return c.err }

// Refuse says that an option was given what it cannot take.
func (c *Check) Refuse(option, format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("option %s: %s", option, fmt.Sprintf(format, args...))
	}
}

// Text wants a text that can go into a frame, and is not empty.
func (c *Check) Text(option, what, text string) {
	switch {
	case text == "":
		c.Refuse(option, "the %s is empty", what)
	case !utf8.ValidString(text):
		c.Refuse(option, "the %s %q is not valid UTF-8", what, text)
	}
}

// Symbols wants names in ASCII (§1.6.21), each of them once.
func (c *Check) Symbols(option string, list []amqp.Symbol) {
	for i, s := range list {
		switch {
		case s == "":
			c.Refuse(option, "one is empty")
		case !isASCII(string(s)):
			c.Refuse(option, "%q is not ASCII, as symbols are (§1.6.21)", string(s))
		case slices.Contains(list[:i], s):
			c.Refuse(option, "%q is there twice", string(s))
		}
	}
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Properties wants the keys of properties to be symbols (§2.7.1, §2.7.3).
func (c *Check) Properties(option string, p map[string]any) {
	for key := range p {
		c.Symbols(option, []amqp.Symbol{amqp.Symbol(key)})
	}
}

// NotNegative wants a duration that is none below zero.
func (c *Check) NotNegative(option string, d time.Duration) {
	if d < 0 {
		c.Refuse(option, "%v is less than 0", d)
	}
}

// Within wants a number within bounds.
func Within[N ~int | ~uint32](c *Check, option string, n, least, most N) {
	switch {
	case n < least:
		c.Refuse(option, "%d is less than %d", n, least)
	case n > most:
		c.Refuse(option, "%d is more than %d", n, most)
	}
}

// SenderMode wants a settle mode that there is (§2.8.2).
func (c *Check) SenderMode(option string, m amqp.SenderSettleMode) {
	if m > amqp.SenderSettleModeMixed {
		c.Refuse(option, "there is no settle mode %d", m)
	}
}

// ReceiverMode wants a settle mode that there is (§2.8.3).
func (c *Check) ReceiverMode(option string, m amqp.ReceiverSettleMode) {
	if m > amqp.ReceiverSettleModeSecond {
		c.Refuse(option, "there is no settle mode %d", m)
	}
}

// Seconds makes a time-out what it is on the wire (§3.5.3, §3.5.4).
func (c *Check) Seconds(option string, d time.Duration) uint32 {
	n := d / time.Second
	switch {
	case d < 0:
		c.NotNegative(option, d)
	case d%time.Second != 0:
		c.Refuse(option, "the time-out %v is not one of whole seconds, as on the wire", d)
	case n > 1<<32-1:
		c.Refuse(option, "the time-out %v is too long", d)
	}
	return uint32(n)
}

// Durability wants values that there are (§3.5.5, §3.5.6).
func (c *Check) Durability(option string, d amqp.Durability, expiry amqp.ExpiryPolicy) {
	if d > amqp.DurabilityUnsettledState {
		c.Refuse(option, "there is no durability %d", d)
	}
	switch expiry {
	case "", amqp.ExpiryPolicyLinkDetach, amqp.ExpiryPolicySessionEnd, amqp.ExpiryPolicyConnectionClose, amqp.ExpiryPolicyNever:
	default:
		c.Refuse(option, "there is no expiry policy %q", string(expiry))
	}
}

// Kind wants an address to be of one kind, a queue or a topic.
func (c *Check) Kind(kind amqp.Symbol, have []amqp.Symbol) {
	for _, other := range []amqp.Symbol{"queue", "topic"} {
		if slices.Contains(have, other) {
			c.Refuse(map[amqp.Symbol]string{"queue": "Queue", "topic": "Topic"}[kind], "the address is said to be a %s already", other)
		}
	}
}
