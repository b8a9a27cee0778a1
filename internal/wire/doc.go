// Package wire is the AMQP 1.0 encoding: bytes to Go values and back, and nothing else.
//
// What lives here: the primitive types (part 1 of the specification), frame and protocol headers, the performatives of
// transport, security and transactions as Go structs (generated from one table, see the gen directory), delivery
// states, and the sections of a message to and from [amqp.Message]. Every function appends to or consumes a byte slice;
// there is no IO, no clock, no lock and no protocol state. What the values mean is the business of internal/engine.
//
// The vocabulary is that of github.com/Azure/go-amqp, and so are the Go types that a value of unknown type decodes to;
// [Decoder.Value] lists them. What go-amqp has no type for (char, decimals, described values, arrays of arrays) has one here.
//
// Everything that a peer sends is bounded: lengths by the buffer, nesting by [MaxDepth], counts by [MaxCount] and by the
// bytes that are there. A compound whose size and content disagree is an error, never a guess.
package wire

//go:generate go run ./gen
