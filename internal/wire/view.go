package wire

import "unsafe"

// The two functions here are the only use of unsafe.

// stringView is b as a string, without a copy. A decoded message owns one copy of its
// bytes and its strings point into that; nothing writes to those bytes again, for no []byte that is handed out overlaps
// a string. One copy per message instead of one per string is what it buys.
func stringView(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// anyView is *p as a value of an interface that lies where p points, and not in an allocation of its own. Go takes what an interface holds to be
// constant, and so it is while a message is lent: see Lent. One allocation less for each message with an id is what it buys.
func anyView[T uint64 | string](p *T) any {
	var zero T
	v := any(zero) // of which the type is wanted: Go has no allocation for it
	(*[2]unsafe.Pointer)(unsafe.Pointer(&v))[1] = unsafe.Pointer(p)
	return v
}
