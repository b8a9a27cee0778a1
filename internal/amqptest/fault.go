package amqptest

import (
	"fmt"
	"time"
)

// Direction is a way through a [Proxy].
type Direction int

const (
	// ToTarget is from the one who connects to the target.
	ToTarget Direction = iota
	// FromTarget is from the target to the one who connected.
	FromTarget
)

// String names the direction.
func (d Direction) String() string {
	if d == ToTarget {
		return "to target"
	}
	return "from target"
}

// Fault is something that goes wrong in one direction of a connection through a
// [Proxy]. Offsets count the bytes of that direction from 0.
type Fault struct {
	kind  faultKind
	dir   Direction
	at    int64
	frame int // that at counts from, where the kind says so
	delay time.Duration
	mask  byte
}

type faultKind int

const (
	cut faultKind = iota
	reset
	stall
	halfClose
	corrupt
	corruptFrame
	hold
)

// Cut ends the connection after exactly n bytes: both sides get FIN, and what
// they still send goes nowhere.
func Cut(dir Direction, n int64) Fault { return Fault{kind: cut, dir: dir, at: n} }

// Reset ends the connection after exactly n bytes: both sides get RST. A side
// that has no room for the last of the bytes at that moment does not get them.
func Reset(dir Direction, n int64) Fault { return Fault{kind: reset, dir: dir, at: n} }

// Stall passes n bytes and then no more, while the connection stays, and the
// sender's buffers fill. [Proxy.Heal] lets the bytes go on.
func Stall(dir Direction, n int64) Fault { return Fault{kind: stall, dir: dir, at: n} }

// HalfClose passes n bytes and then FIN in this direction alone. What is still
// sent goes nowhere.
func HalfClose(dir Direction, n int64) Fault { return Fault{kind: halfClose, dir: dir, at: n} }

// Corrupt passes byte n as its exclusive or with the mask.
func Corrupt(dir Direction, n int64, mask byte) Fault {
	return Fault{kind: corrupt, dir: dir, at: n, mask: mask}
}

// CorruptFrame is Corrupt for byte n of a frame, wherever that one begins: frames are counted from 0, and protocol headers among them.
func CorruptFrame(dir Direction, frame int, n int64, mask byte) Fault {
	return Fault{kind: corruptFrame, dir: dir, frame: frame, at: n, mask: mask}
}

// Delay holds each chunk back, as it was read, before the next one is read.
func Delay(dir Direction, d time.Duration) Fault { return Fault{kind: hold, dir: dir, delay: d} }

// String says what the fault does, as a name for a subtest.
func (f Fault) String() string {
	name := [...]string{cut: "cut", reset: "reset", stall: "stall", halfClose: "half-close", corrupt: "corrupt", corruptFrame: "corrupt", hold: "delay"}[f.kind]
	switch f.kind {
	case hold:
		return fmt.Sprintf("%s %s by %s", name, f.dir, f.delay)
	case corruptFrame:
		return fmt.Sprintf("%s %s frame %d at %d", name, f.dir, f.frame, f.at)
	}
	return fmt.Sprintf("%s %s at %d", name, f.dir, f.at)
}

// stops says whether no byte passes after the fault's offset.
func (f Fault) stops() bool { return f.kind <= halfClose }
