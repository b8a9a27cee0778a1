package wire

import (
	"errors"
	"fmt"
)

// The kinds of a [DecodeError], and of what the Append functions refuse, for errors.Is.
var (
	ErrShort = errors.New("the buffer ends too soon")
	ErrType  = errors.New("the constructor does not fit")
	ErrSize  = errors.New("size and content disagree")
	ErrLimit = errors.New("limit passed")
	ErrValue = errors.New("value outside of its type")
	ErrField = errors.New("field missing or unknown")
)

// DecodeError says what could not be decoded, where, and why.
type DecodeError struct {
	What   string // the type or field that was being decoded
	Offset int    // where in the decoder's buffer, in bytes
	Reason error  // one of ErrShort, ErrType, ErrSize, ErrLimit, ErrValue, ErrField
}

// Error implements error.
func (e *DecodeError) Error() string {
	return fmt.Sprintf("wire: decoding %s at offset %d: %v", e.What, e.Offset, e.Reason)
}

// Unwrap gives the reason to errors.Is.
func (e *DecodeError) Unwrap() error { return e.Reason }

func encodeError(what string, reason error) error {
	return fmt.Errorf("wire: encoding %s: %w", what, reason)
}
