package wire

import "github.com/Azure/go-amqp"

// Lent is memory for one message at a time that is shown and taken back. A message in it consists of views, and needs no allocation but for
// what is in maps, sequences and values. The zero value is ready for use.
type Lent struct {
	slot   slot
	header amqp.MessageHeader
	own    pointees
	ids    [2]box // of the message, and of what it answers
	spoilable
}

// DecodeMessage decodes a message that is valid until TakeBack, and while b is as it is.
func (l *Lent) DecodeMessage(b []byte) (*amqp.Message, error) {
	d := newMessageDecoder(l.borrow(b))
	d.owned, d.lent = true, l
	for d.Len() > 0 {
		l.slot.section(&d, l.newHeader)
	}
	if d.err != nil {
		l.TakeBack()
		return nil, d.err
	}
	return &l.slot.message, nil
}

func (l *Lent) newHeader() *amqp.MessageHeader { return &l.header }

// TakeBack ends the use of the message, which keeps nothing in memory any more. With the race detector all that it consisted of is written to:
// who still reads it is reported.
func (l *Lent) TakeBack() {
	l.spoil()
	*l = Lent{}
}

// box is where a value of a message in Lent lies that would else have an allocation to itself.
type box struct {
	ulong  uint64
	string string
}

// value consumes a value, as Decoder.Value does.
func (b *box) value(d *Decoder) any {
	switch c := d.constructor("value"); c {
	case ctorUlong0, ctorSmallUlong, ctorUlong:
		b.ulong = d.ulongOf(c)
		return anyView(&b.ulong)
	case ctorString8, ctorString32, ctorSymbol8, ctorSymbol32:
		b.string = d.strOf(c)
		return anyView(&b.string)
	default:
		return d.valueOf(c)
	}
}

// id consumes a message-id or a correlation-id, the i-th of the two.
func (d *Decoder) id(i int) any {
	if d.lent == nil {
		return d.Value()
	}
	if v := d.lent.ids[i].value(d); d.err == nil {
		return v
	}
	return nil
}
