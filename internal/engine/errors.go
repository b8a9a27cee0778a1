package engine

import (
	"errors"
	"fmt"

	"github.com/Azure/go-amqp"
)

// What the application did that cannot be done.
var (
	ErrClosed      = errors.New("closed")                                        // the endpoint is closed, or never was open
	ErrQueueFull   = errors.New("too many messages wait for credit")             // Send beyond the link's bound
	ErrMessageSize = errors.New("message is larger than the peer takes")         // beyond the peer's max-message-size
	ErrSettled     = errors.New("delivery is settled already")                   // an outcome after the outcome
	ErrLost        = errors.New("delivery belongs to a connection that is lost") // settling what came on an old transport
	ErrRole        = errors.New("not possible in this role")                     // such as accepting what was sent
	ErrLimit       = errors.New("the peer allows no more of them")               // channel-max or handle-max
)

// ErrViolation is every Violation, for errors.Is.
var ErrViolation = errors.New("peer broke the protocol")

// Why a link of the peer's is refused that the application would open.
var (
	errFrameSize = errors.New("frame is larger than the peer takes")
	errUnnamed   = errors.New("a dynamic node was not given an address")
)

// Violation is what a peer did that the protocol forbids. It unwraps to the *amqp.Error that the peer was told.
type Violation struct {
	Noun string // what was ended over it: connection, session, sender or receiver
	Err  *amqp.Error
}

func (v *Violation) Error() string {
	return fmt.Sprintf("%s: %v: %s (%s)", v.Noun, ErrViolation, v.Err.Description, v.Err.Condition)
}

// Is tells that it is ErrViolation.
func (v *Violation) Is(target error) bool { return target == ErrViolation }

func (v *Violation) Unwrap() error { return v.Err }

// IdleError is the end of a connection whose peer has been silent for longer than the idle time-out.
type IdleError struct {
	Timeout string
}

func (e *IdleError) Error() string {
	return "connection: nothing was received for the idle time-out of " + e.Timeout
}

// Unwrap returns the error that the peer was told (§2.4.5).
func (e *IdleError) Unwrap() error { return e.told() }

func (e *IdleError) told() *amqp.Error {
	return &amqp.Error{Condition: amqp.ErrCondResourceLimitExceeded, Description: "local idle time-out expired"}
}

// remoteError makes an error of what the peer gave as the reason for ending an endpoint; nil stays nil.
func remoteError(noun string, err *amqp.Error) error {
	if err == nil {
		return nil
	}
	return &RemoteError{Noun: noun, Err: err}
}

// RemoteError is the peer's reason for closing a connection, session or link.
type RemoteError struct {
	Noun string // connection, session, sender or receiver
	Err  *amqp.Error
}

func (e *RemoteError) Error() string {
	return fmt.Sprintf("%s: closed by the peer: %s (%s)", e.Noun, e.Err.Description, e.Err.Condition)
}

func (e *RemoteError) Unwrap() error { return e.Err }
