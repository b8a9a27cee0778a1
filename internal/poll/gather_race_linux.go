//go:build race

package poll

// gathered is one where the race detector looks on: of a gathered write it does not know that it happens before the read at the other end.
const gathered = 1
