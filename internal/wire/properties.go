package wire

import (
	"time"

	"github.com/Azure/go-amqp"
)

// propertiesFields consumes the list of a properties section, §3.2.4; what it does not say is left as it is. The types of
// message-id and correlation-id are not checked, as go-amqp does not.
func (d *Decoder) propertiesFields(p *amqp.MessageProperties) {
	n, outer := d.fields("properties", 13)
	if n > 0 && !d.Null() {
		p.MessageID = d.id(0)
	}
	if n > 1 && !d.Null() {
		p.UserID = d.ownBinaryOf(d.constructor("user-id"))
	}
	if n > 2 {
		d.otherProperties(p, n)
	}
	d.close("properties", outer)
}

// otherProperties consumes the fields that amqp.MessageProperties points to, and the correlation-id between them.
func (d *Decoder) otherProperties(p *amqp.MessageProperties, n int) {
	var own *pointees
	next := func() bool {
		if d.Null() {
			return false
		}
		if own == nil && d.lent != nil {
			own = &d.lent.own
		} else if own == nil {
			own = new(pointees)
		}
		return true
	}
	if next() {
		p.To = d.strInto(&own.to)
	}
	if n > 3 && next() {
		p.Subject = d.strInto(&own.subject)
	}
	if n > 4 && next() {
		p.ReplyTo = d.strInto(&own.replyTo)
	}
	if n > 5 && !d.Null() {
		p.CorrelationID = d.id(1)
	}
	if n > 6 && next() {
		p.ContentType = d.symbolInto(&own.contentType)
	}
	if n > 7 && next() {
		p.ContentEncoding = d.symbolInto(&own.contentEncoding)
	}
	if n > 8 && next() {
		p.AbsoluteExpiryTime = d.timestampInto(&own.absoluteExpiryTime)
	}
	if n > 9 && next() {
		p.CreationTime = d.timestampInto(&own.creationTime)
	}
	if n > 10 && next() {
		p.GroupID = d.strInto(&own.groupID)
	}
	if n > 11 && next() {
		own.groupSequence = d.Uint()
		p.GroupSequence = &own.groupSequence
	}
	if n > 12 && next() {
		p.ReplyToGroupID = d.strInto(&own.replyToGroupID)
	}
}

func (d *Decoder) strInto(s *string) *string {
	*s = d.Str()
	return s
}

func (d *Decoder) symbolInto(s *string) *string {
	*s = string(d.Symbol())
	return s
}

func (d *Decoder) timestampInto(t *time.Time) *time.Time {
	*t = d.Timestamp()
	return t
}

// appendProperties appends a properties section.
func appendProperties(dst []byte, p *amqp.MessageProperties) ([]byte, error) {
	n := propertiesCount(p)
	if n == 0 {
		return append(dst, ctorDescribed, ctorSmallUlong, byte(CodeProperties), ctorList0), nil
	}
	dst = appendSection(dst, CodeProperties)
	start := len(dst)
	dst, err := appendPropertiesFields(openCompound(dst, ctorList8), p, n)
	if err != nil {
		return dst, err
	}
	return closeCompound(dst, start, n), nil
}

// propertiesCount is how many fields there are up to the last one that is set.
func propertiesCount(p *amqp.MessageProperties) int {
	switch {
	case p.ReplyToGroupID != nil:
		return 13
	case p.GroupSequence != nil:
		return 12
	case p.GroupID != nil:
		return 11
	case p.CreationTime != nil:
		return 10
	case p.AbsoluteExpiryTime != nil:
		return 9
	case p.ContentEncoding != nil:
		return 8
	case p.ContentType != nil:
		return 7
	case p.CorrelationID != nil:
		return 6
	case p.ReplyTo != nil:
		return 5
	case p.Subject != nil:
		return 4
	case p.To != nil:
		return 3
	case p.UserID != nil:
		return 2
	case p.MessageID != nil:
		return 1
	}
	return 0
}

func appendPropertiesFields(dst []byte, p *amqp.MessageProperties, n int) (_ []byte, err error) {
	if dst, err = appendValue(dst, p.MessageID, 0); err != nil {
		return dst, err
	}
	if n > 1 {
		if p.UserID == nil {
			dst = AppendNull(dst)
		} else {
			dst = AppendBinary(dst, p.UserID)
		}
	}
	for i, s := range [...]*string{p.To, p.Subject, p.ReplyTo} {
		if dst, err = appendText(dst, s, n > 2+i, AppendString); err != nil {
			return dst, err
		}
	}
	if n > 5 {
		if dst, err = appendValue(dst, p.CorrelationID, 0); err != nil {
			return dst, err
		}
	}
	for i, s := range [...]*string{p.ContentType, p.ContentEncoding} {
		if dst, err = appendText(dst, s, n > 6+i, appendSymbolString); err != nil {
			return dst, err
		}
	}
	for i, t := range [...]*time.Time{p.AbsoluteExpiryTime, p.CreationTime} {
		switch {
		case n <= 8+i:
		case t == nil:
			dst = AppendNull(dst)
		default:
			dst = AppendTimestamp(dst, *t)
		}
	}
	if dst, err = appendText(dst, p.GroupID, n > 10, AppendString); err != nil {
		return dst, err
	}
	if n > 11 {
		if p.GroupSequence == nil {
			dst = AppendNull(dst)
		} else {
			dst = AppendUint(dst, *p.GroupSequence)
		}
	}
	return appendText(dst, p.ReplyToGroupID, n > 12, AppendString)
}

// appendText appends s, or a null, if it is within the fields that are sent.
func appendText(dst []byte, s *string, sent bool, text func([]byte, string) ([]byte, error)) ([]byte, error) {
	switch {
	case !sent:
		return dst, nil
	case s == nil:
		return AppendNull(dst), nil
	}
	return text(dst, *s)
}

func appendSymbolString(dst []byte, s string) ([]byte, error) {
	return AppendSymbol(dst, amqp.Symbol(s))
}
