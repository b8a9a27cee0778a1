package wire

import "fmt"

// What a value takes in memory once it is decoded has little to do with what it takes on the wire: a map of one pair has 5 bytes there, and
// 336 here. MaxCount bounds each compound, and the allowance all of them together, for a frame or a message.

const (
	// FrameAllowance and MessageAllowance are the bytes that the compounds of one frame body, or of one message, may take when they are decoded,
	// in addition to allowanceRate for each of their own bytes.
	FrameAllowance   = 64 << 10
	MessageAllowance = 8 << 20

	allowanceRate = 4
)

// What compounds take, in bytes, as Go lays them out.
const (
	costSlice     = 24  // a slice of any, in an any
	costElement   = 16  // an any
	costMap       = 48  // an empty map
	costGroup     = 304 // its first eight pairs, used or not
	costPair      = 70  // each pair more, with what growing leaves behind
	costDescribed = 48
	costState     = 96 // what a delivery state is decoded to, and what it is then shown as
)

// ErrAllowance is the ErrLimit of values that would take too much memory.
var ErrAllowance = fmt.Errorf("%w: decoded, it would take more than %d times its bytes and %d KiB, or %d MiB in a message", ErrLimit,
	allowanceRate, FrameAllowance>>10, MessageAllowance>>20)

// newMessageDecoder is NewDecoder for a whole message.
func newMessageDecoder(b []byte) Decoder {
	return Decoder{buf: b, allowance: MessageAllowance + allowanceRate*len(b)}
}

// Taken is about how many bytes the compounds took that were decoded of a frame body.
func (d *Decoder) Taken(body []byte) int {
	return FrameAllowance + allowanceRate*len(body) - d.allowance
}

// charge takes what is about to be made off the allowance, and says whether there was enough.
func (d *Decoder) charge(what string, bytes int) bool {
	if d.allowance -= bytes; d.allowance < 0 {
		d.fail(what, ErrAllowance)
		return false
	}
	return true
}

// chargeMap is charge for a map of n pairs.
func (d *Decoder) chargeMap(what string, n int) bool {
	bytes := costMap
	if n > 0 {
		bytes += costGroup + costPair*max(n-8, 0)
	}
	return d.charge(what, bytes)
}

// chargeArray is charge for an array of n elements of constructor c.
func (d *Decoder) chargeArray(what string, n int, c byte) bool {
	each := costSlice // at most
	switch {
	case c == ctorDescribed: // one value with a descriptor: its elements come again
		n, each = 1, costDescribed
	case c < ctorTimestamp:
		each = 8
	}
	return d.charge(what, costSlice+n*each)
}
