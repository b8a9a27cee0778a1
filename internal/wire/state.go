package wire

import (
	"bytes"
	"fmt"

	"github.com/Azure/go-amqp"
)

// State is a delivery state, §3.4, or one of the transactional ones of §4.5. Code says which, and so which of the fields
// have a meaning. A decoded state may be shared: treat it as a constant.
type State struct {
	Code uint64

	// CodeReceived
	SectionNumber uint32
	SectionOffset uint64

	// CodeRejected
	Error *amqp.Error

	// CodeModified
	DeliveryFailed    bool
	UndeliverableHere bool
	Annotations       amqp.Annotations

	// CodeDeclared, CodeTransactionalState
	TxnID   []byte // decoded: a copy, for it outlives the frame
	Outcome *State // CodeTransactionalState only; nil or one of the outcomes of §3.4
}

// The states that have nothing to say but their name; decoding gives these.
var (
	Accepted = &State{Code: CodeAccepted}
	Released = &State{Code: CodeReleased}

	rejected = &State{Code: CodeRejected}
)

// Terminal says whether the state is an outcome, which ends the delivery (§3.4).
func (s *State) Terminal() bool {
	switch s.Code {
	case CodeAccepted, CodeRejected, CodeReleased, CodeModified:
		return true
	default:
		return false
	}
}

// Same says whether the states say the same. Those that carry an application's own values are compared by identity alone.
func (s *State) Same(other *State) bool {
	if s == nil || other == nil || s.Code != other.Code {
		return s == other
	}
	switch s.Code {
	case CodeAccepted, CodeReleased:
		return true
	case CodeReceived:
		return s.SectionNumber == other.SectionNumber && s.SectionOffset == other.SectionOffset
	case CodeRejected:
		a, b := s.Error, other.Error
		return a == b || a != nil && b != nil && a.Condition == b.Condition && a.Description == b.Description && len(a.Info)+len(b.Info) == 0
	case CodeModified:
		return s == other || s.DeliveryFailed == other.DeliveryFailed && s.UndeliverableHere == other.UndeliverableHere && len(s.Annotations)+len(other.Annotations) == 0
	default:
		return bytes.Equal(s.TxnID, other.TxnID) && s.Outcome.Same(other.Outcome)
	}
}

// Append appends the state as a described list, or a null if s is nil.
func (s *State) Append(dst []byte) ([]byte, error) {
	if s == nil {
		return AppendNull(dst), nil
	}
	begin := len(dst)
	dst = append(dst, ctorDescribed, ctorSmallUlong, byte(s.Code))
	switch {
	case s.Code == CodeAccepted, s.Code == CodeReleased, s.Code == CodeRejected && s.Error == nil:
		return append(dst, ctorList0), nil
	}
	start := len(dst)
	dst, n, err := s.appendFields(openCompound(dst, ctorList8))
	if err != nil {
		return dst[:begin], err
	}
	if n == 0 {
		return append(dst[:start], ctorList0), nil
	}
	return closeCompound(dst, start, n), nil
}

func (s *State) appendFields(dst []byte) ([]byte, int, error) {
	var err error
	switch s.Code {
	case CodeReceived:
		return AppendUlong(AppendUint(dst, s.SectionNumber), s.SectionOffset), 2, nil
	case CodeRejected:
		dst, err = appendError(dst, s.Error, 0)
		return dst, 1, err
	case CodeModified:
		return s.appendModified(dst)
	case CodeDeclared:
		return AppendBinary(dst, s.TxnID), 1, nil
	case CodeTransactionalState:
		dst = AppendBinary(dst, s.TxnID)
		if s.Outcome == nil {
			return dst, 1, nil
		}
		if !isOutcome(s.Outcome.Code) {
			return dst, 0, encodeError("transactional-state outcome", ErrValue)
		}
		dst, err = s.Outcome.Append(dst)
		return dst, 2, err
	}
	return dst, 0, encodeError(fmt.Sprintf("state %#x", s.Code), ErrValue)
}

func (s *State) appendModified(dst []byte) ([]byte, int, error) {
	switch {
	case s.Annotations != nil:
		dst, err := appendAnnotations(AppendBool(AppendBool(dst, s.DeliveryFailed), s.UndeliverableHere), s.Annotations, 0)
		return dst, 3, err
	case s.UndeliverableHere:
		return AppendBool(AppendBool(dst, s.DeliveryFailed), true), 2, nil
	case s.DeliveryFailed:
		return AppendBool(dst, true), 1, nil
	}
	return dst, 0, nil
}

// isOutcome tells the outcomes of §3.4 from the other states.
func isOutcome(code uint64) bool {
	return code == CodeAccepted || code == CodeRejected || code == CodeReleased || code == CodeModified
}

// State consumes a delivery state; a null is nil, and a descriptor of anything else is an error.
func (d *Decoder) State() *State {
	if d.Null() {
		return nil
	}
	return d.stateFields(d.Descriptor())
}

// stateFields consumes the list that follows the state's descriptor.
func (d *Decoder) stateFields(code uint64) *State {
	switch code {
	case CodeAccepted:
		d.noFields("accepted")
		return Accepted
	case CodeReleased:
		d.noFields("released")
		return Released
	case CodeRejected:
		return d.rejectedFields()
	case CodeReceived:
		return d.receivedFields()
	case CodeModified:
		return d.modifiedFields()
	case CodeDeclared:
		n, outer := d.fields("declared", 1)
		s := &State{Code: code, TxnID: d.txnID(n)}
		d.close("declared", outer)
		return s
	case CodeTransactionalState:
		n, outer := d.fields("transactional-state", 2)
		s := &State{Code: code, TxnID: d.txnID(n)}
		if n > 1 && !d.Null() {
			outcome := d.Descriptor()
			if !isOutcome(outcome) {
				d.fail("transactional-state outcome", ErrType)
				return nil
			}
			s.Outcome = d.stateFields(outcome)
		}
		d.close("transactional-state", outer)
		return s
	}
	d.fail("delivery state", ErrType)
	return nil
}

func (d *Decoder) noFields(what string) {
	_, outer := d.fields(what, 0)
	d.close(what, outer)
}

func (d *Decoder) rejectedFields() *State {
	n, outer := d.fields("rejected", 1)
	s := rejected
	if n > 0 && !d.Null() {
		s = &State{Code: CodeRejected, Error: d.errorValue()}
	}
	d.close("rejected", outer)
	return s
}

func (d *Decoder) receivedFields() *State {
	s := &State{Code: CodeReceived}
	n, outer := d.fields("received", 2)
	d.charge("received", costState)
	if n > 0 && !d.Null() {
		s.SectionNumber = d.Uint()
	} else {
		d.missing("received section-number")
	}
	if n > 1 && !d.Null() {
		s.SectionOffset = d.Ulong()
	} else {
		d.missing("received section-offset")
	}
	d.close("received", outer)
	return s
}

func (d *Decoder) modifiedFields() *State {
	s := &State{Code: CodeModified}
	n, outer := d.fields("modified", 3)
	d.charge("modified", costState)
	if n > 0 && !d.Null() {
		s.DeliveryFailed = d.Bool()
	}
	if n > 1 && !d.Null() {
		s.UndeliverableHere = d.Bool()
	}
	if n > 2 && !d.Null() {
		s.Annotations = d.annotations()
	}
	d.close("modified", outer)
	return s
}

func (d *Decoder) txnID(n int) []byte {
	if n == 0 || d.Null() {
		d.missing("txn-id")
		return nil
	}
	id := d.ownBinaryOf(d.constructor("txn-id"))
	if len(id) > maxTxnID {
		d.fail("txn-id", ErrLimit)
		return nil
	}
	return id
}

// deliveryState is s in go-amqp's type, for values of unknown type.
func deliveryState(s *State) amqp.DeliveryState {
	if s == nil {
		return nil
	}
	switch s.Code {
	case CodeReceived:
		return &amqp.StateReceived{SectionNumber: s.SectionNumber, SectionOffset: s.SectionOffset}
	case CodeRejected:
		return &amqp.StateRejected{Error: s.Error}
	case CodeReleased:
		return &amqp.StateReleased{}
	case CodeModified:
		return &amqp.StateModified{DeliveryFailed: s.DeliveryFailed, UndeliverableHere: s.UndeliverableHere, MessageAnnotations: s.Annotations}
	}
	return &amqp.StateAccepted{}
}

// outcome consumes a state in go-amqp's type, which knows no transactional ones.
func (d *Decoder) outcome() amqp.DeliveryState {
	s := d.State()
	if s != nil && (s.Code == CodeDeclared || s.Code == CodeTransactionalState) {
		d.fail("outcome", ErrType)
		return nil
	}
	return deliveryState(s)
}

// StateOf is the other way, from go-amqp's type; a nil pointer is nil.
func StateOf(v amqp.DeliveryState) *State {
	switch v := v.(type) {
	case *amqp.StateReceived:
		if v != nil {
			return &State{Code: CodeReceived, SectionNumber: v.SectionNumber, SectionOffset: v.SectionOffset}
		}
	case *amqp.StateAccepted:
		if v != nil {
			return Accepted
		}
	case *amqp.StateRejected:
		if v != nil {
			return &State{Code: CodeRejected, Error: v.Error}
		}
	case *amqp.StateReleased:
		if v != nil {
			return Released
		}
	case *amqp.StateModified:
		if v != nil {
			return &State{Code: CodeModified, DeliveryFailed: v.DeliveryFailed, UndeliverableHere: v.UndeliverableHere, Annotations: v.MessageAnnotations}
		}
	}
	return nil
}
