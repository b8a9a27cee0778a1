package wire

import (
	"encoding/binary"
	"reflect"

	"github.com/Azure/go-amqp"
)

// Value consumes a value of any type. The Go types are go-amqp's choices:
//
//   - null is nil; boolean, the integers, float and double are Go's types of the same width; string and symbol are string;
//     binary is []byte; timestamp is time.Time; uuid is amqp.UUID; list is []any, nil when empty
//   - a map whose keys are all strings or symbols is map[string]any, any other, or an empty one, map[any]any. Of keys that are
//     there twice the last wins; a key that Go cannot hash (a binary, list, map or array) is an error
//   - an array is a slice of its elements' type, nil when empty: []amqp.Symbol of symbols, []map[any]any of maps, [][]any of
//     lists, UbyteArray of ubytes, []amqp.Null of nulls, Array of arrays, DescribedArray of described values
//   - error is *amqp.Error and the delivery states of §3.4 are *amqp.StateAccepted and so on; other described values are Described
//   - char and the decimals, which go-amqp refuses, are Char, Decimal32, Decimal64 and Decimal128
//
// Nothing of the value is a view of the buffer.
func (d *Decoder) Value() any {
	if b := d.buf[d.off:]; len(b) >= 9 && b[0] == ctorUlong { // a message-id, as like as not
		d.off += 9
		return binary.BigEndian.Uint64(b[1:])
	}
	v := d.valueOf(d.constructor("value"))
	if d.err != nil {
		return nil
	}
	return v
}

func (d *Decoder) valueOf(c byte) any {
	switch c {
	case ctorNull:
		return nil
	case ctorTrue, ctorFalse, ctorBool:
		return d.boolOf(c)
	case ctorUbyte:
		return d.ubyteOf(c)
	case ctorUshort:
		return d.ushortOf(c)
	case ctorUint0, ctorSmallUint, ctorUint:
		return d.uintOf(c)
	case ctorUlong0, ctorSmallUlong, ctorUlong:
		return d.ulongOf(c)
	case ctorByte:
		return d.byteOf(c)
	case ctorShort:
		return d.shortOf(c)
	case ctorSmallInt, ctorInt:
		return d.intOf(c)
	case ctorSmallLong, ctorLong:
		return d.longOf(c)
	case ctorFloat:
		return d.floatOf(c)
	case ctorDouble:
		return d.doubleOf(c)
	case ctorDecimal32:
		return d.decimal32Of(c)
	case ctorDecimal64:
		return d.decimal64Of(c)
	case ctorDecimal128:
		return d.decimal128Of(c)
	case ctorChar:
		return d.charOf(c)
	case ctorTimestamp:
		return d.timestampOf(c)
	case ctorUUID:
		return d.uuidOf(c)
	case ctorBinary8, ctorBinary32:
		return d.ownBinaryOf(c)
	case ctorString8, ctorString32, ctorSymbol8, ctorSymbol32:
		return d.strOf(c)
	case ctorList0, ctorList8, ctorList32:
		return d.listOf(c)
	case ctorMap8, ctorMap32:
		return d.mapOf(c)
	case ctorArray8, ctorArray32:
		return d.arrayOf(c)
	case ctorDescribed:
		return d.described()
	}
	d.mismatch("value")
	return nil
}

func (d *Decoder) described() any {
	d.enter("described value")
	defer d.leave()
	if !d.charge("described value", costDescribed) {
		return nil
	}
	descriptor := d.Value()
	if code, ok := descriptor.(uint64); ok {
		switch code {
		case CodeError:
			return d.errorFields()
		case CodeReceived, CodeAccepted, CodeRejected, CodeReleased, CodeModified:
			return deliveryState(d.stateFields(code))
		case CodeDeleteOnClose, CodeDeleteOnNoLinks, CodeDeleteOnNoMessages, CodeDeleteOnNoLinksOrMessages:
			d.noFields("lifetime policy") // §3.5.10: lists without fields
			return Described{Descriptor: descriptor, Value: []any(nil)}
		}
	}
	return Described{Descriptor: descriptor, Value: d.Value()}
}

func (d *Decoder) listOf(c byte) []any {
	if c != ctorList0 && c != ctorList8 && c != ctorList32 {
		d.mismatch("list")
		return nil
	}
	n, outer := d.open("list", c)
	var list []any
	if n > 0 && d.charge("list", costSlice+costElement*n) {
		list = make([]any, n)
	}
	for i := range list {
		list[i] = d.Value()
	}
	d.close("list", outer)
	return list
}

// openMap enters a map; count is that of its pairs.
func (d *Decoder) openMap(what string, c byte) (count, outer int) {
	if c != ctorMap8 && c != ctorMap32 {
		d.mismatch(what)
		return 0, 0
	}
	n, outer := d.open(what, c)
	if n%2 != 0 {
		d.fail(what, ErrSize)
		return 0, 0
	}
	if n /= 2; !d.chargeMap(what, n) {
		return 0, 0
	}
	return n, outer
}

// key consumes a map's key.
func (d *Decoder) key() any {
	k := d.Value()
	switch k.(type) {
	case nil, string, uint64, int64:
		return k
	}
	if !reflect.ValueOf(k).Comparable() {
		d.fail("map key", ErrValue)
		return nil
	}
	return k
}

func (d *Decoder) mapOf(c byte) any {
	n, outer := d.openMap("map", c)
	if n == 0 {
		d.close("map", outer)
		return map[any]any{}
	}
	var strings map[string]any
	var anys map[any]any // once a key is not a string
	for i := range n {
		k := d.key()
		v := d.Value()
		if d.err != nil {
			return nil
		}
		s, ok := k.(string)
		if ok && anys == nil {
			if i == 0 {
				strings = make(map[string]any, min(n, mapHint))
			}
			strings[s] = v
			continue
		}
		if anys == nil {
			if i > 0 && !d.chargeMap("map", n) { // the one of strings was for nothing
				return nil
			}
			anys = make(map[any]any, min(n, mapHint))
			for s, v := range strings {
				anys[s] = v
			}
		}
		anys[k] = v
	}
	d.close("map", outer)
	if anys != nil {
		return anys
	}
	return strings
}

func (d *Decoder) anyMap(c byte) map[any]any {
	n, outer := d.openMap("map", c)
	m := make(map[any]any, min(n, mapHint))
	for range n {
		k := d.key()
		v := d.Value()
		if d.err != nil {
			return nil
		}
		m[k] = v
	}
	d.close("map", outer)
	return m
}

// fieldMap consumes a map with keys of strings or symbols: fields, §2.8.5, filter-set, node-properties, application-properties.
func (d *Decoder) fieldMap() map[string]any {
	n, outer := d.openMap("fields", d.constructor("fields"))
	m := make(map[string]any, min(n, mapHint))
	for range n {
		k := d.Str()
		m[k] = d.Value()
		if d.err != nil {
			return nil
		}
	}
	d.close("fields", outer)
	return m
}

func (d *Decoder) annotations() amqp.Annotations {
	return d.anyMap(d.constructor("annotations"))
}
