package wire

import "github.com/Azure/go-amqp"

// elements consumes n elements of the constructor c.
func elements[T any](d *Decoder, n int, c byte, one func(*Decoder, byte) T) []T {
	if n == 0 {
		return nil
	}
	s := make([]T, n)
	for i := range s {
		s[i] = one(d, c)
		if d.err != nil {
			return nil
		}
	}
	return s
}

// arrayOf consumes an array, §1.6.24, whose constructor is c.
func (d *Decoder) arrayOf(c byte) any {
	n, outer := d.open("array", c)
	values := d.arrayElements(n)
	d.close("array", outer)
	return values
}

func (d *Decoder) arrayElements(n int) any {
	c := d.constructor("array")
	if c>>4 == ctorNull>>4 && n > 1 {
		// Elements without a byte would be free for the peer, see MaxCount.
		d.fail("array", ErrLimit)
		return nil
	}
	if !d.chargeArray("array", n, c) {
		return nil
	}
	switch c {
	case ctorDescribed:
		d.enter("array")
		defer d.leave()
		descriptor := d.Value()
		return DescribedArray{Descriptor: descriptor, Values: d.arrayElements(n)}
	case ctorNull:
		return elements(d, n, c, func(*Decoder, byte) amqp.Null { return amqp.Null{} })
	case ctorTrue, ctorFalse, ctorBool:
		return elements(d, n, c, (*Decoder).boolOf)
	case ctorUbyte:
		return UbyteArray(elements(d, n, c, (*Decoder).ubyteOf))
	case ctorUshort:
		return elements(d, n, c, (*Decoder).ushortOf)
	case ctorUint0, ctorSmallUint, ctorUint:
		return elements(d, n, c, (*Decoder).uintOf)
	case ctorUlong0, ctorSmallUlong, ctorUlong:
		return elements(d, n, c, (*Decoder).ulongOf)
	case ctorByte:
		return elements(d, n, c, (*Decoder).byteOf)
	case ctorShort:
		return elements(d, n, c, (*Decoder).shortOf)
	case ctorSmallInt, ctorInt:
		return elements(d, n, c, (*Decoder).intOf)
	case ctorSmallLong, ctorLong:
		return elements(d, n, c, (*Decoder).longOf)
	case ctorFloat:
		return elements(d, n, c, (*Decoder).floatOf)
	case ctorDouble:
		return elements(d, n, c, (*Decoder).doubleOf)
	case ctorDecimal32:
		return elements(d, n, c, (*Decoder).decimal32Of)
	case ctorDecimal64:
		return elements(d, n, c, (*Decoder).decimal64Of)
	case ctorDecimal128:
		return elements(d, n, c, (*Decoder).decimal128Of)
	case ctorChar:
		return elements(d, n, c, (*Decoder).charOf)
	case ctorTimestamp:
		return elements(d, n, c, (*Decoder).timestampOf)
	case ctorUUID:
		return elements(d, n, c, (*Decoder).uuidOf)
	case ctorBinary8, ctorBinary32:
		return elements(d, n, c, (*Decoder).ownBinaryOf)
	case ctorString8, ctorString32:
		return elements(d, n, c, (*Decoder).strOf)
	case ctorSymbol8, ctorSymbol32:
		return elements(d, n, c, (*Decoder).symbolOf)
	case ctorList0, ctorList8, ctorList32:
		return elements(d, n, c, (*Decoder).listOf)
	case ctorMap8, ctorMap32:
		return elements(d, n, c, (*Decoder).anyMap)
	case ctorArray8, ctorArray32:
		return Array(elements(d, n, c, (*Decoder).arrayOf))
	}
	d.mismatch("array")
	return nil
}
