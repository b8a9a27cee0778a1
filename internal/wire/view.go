package wire

import "unsafe"

// stringView is b as a string, without a copy. It is the only use of unsafe here. A decoded message owns one copy of its
// bytes and its strings point into that; nothing writes to those bytes again, for no []byte that is handed out overlaps
// a string. One copy per message instead of one per string is what it buys.
func stringView(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
