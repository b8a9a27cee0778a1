package connection

import (
	"reflect"
	"sync/atomic"
	"unsafe"

	"github.com/cenkalti/backoff/v4"
)

// policies gives each connection a policy of its own, made of the one that the application gave: a policy keeps state, and an option may be
// for any number of connections.
type policies struct {
	given backoff.BackOff
	fresh backoff.BackOff // as it was given
	taken atomic.Bool
}

func newPolicies(given backoff.BackOff) *policies {
	return &policies{given: given, fresh: copyPolicy(given)}
}

// next returns the policy itself the first time, and then copies.
func (p *policies) next() backoff.BackOff {
	if !p.taken.Swap(true) {
		return p.given
	}
	return copyPolicy(p.fresh)
}

var policyType = reflect.TypeFor[backoff.BackOff]()

// copyPolicy copies a policy, and the policies within it, as those that package backoff makes of others have one. What else it refers to, such as a
// context, a clock or what the application keeps there, is not its own, and stays as it is.
func copyPolicy(p backoff.BackOff) backoff.BackOff {
	from := reflect.ValueOf(p)
	if from.Kind() != reflect.Pointer || from.IsNil() || from.Elem().Kind() != reflect.Struct {
		return p
	}
	to := reflect.New(from.Type().Elem())
	to.Elem().Set(from.Elem())
	for i := range to.Elem().NumField() {
		field := to.Elem().Field(i)
		if !field.Type().Implements(policyType) {
			continue
		}
		field = reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem() // it may be unexported
		if k := field.Kind(); (k == reflect.Interface || k == reflect.Pointer) && !field.IsNil() {
			if within, ok := field.Interface().(backoff.BackOff); ok {
				field.Set(reflect.ValueOf(copyPolicy(within)))
			}
		}
	}
	copied, ok := to.Interface().(backoff.BackOff)
	if !ok {
		return p
	}
	return copied
}
