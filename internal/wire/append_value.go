package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"time"

	"github.com/Azure/go-amqp"
)

// AppendValue appends any value that Decoder.Value returns and any that go-amqp encodes: int is long and uint is ulong,
// []byte is binary, []any is a list, other slices are arrays, nil and nil pointers are null. The string keys of
// amqp.Annotations become symbols. On an error, dst is returned as it came.
func AppendValue(dst []byte, v any) ([]byte, error) {
	out, err := appendValue(dst, v, 0)
	if err == nil && uint64(len(out)-len(dst)) > math.MaxUint32 {
		err = encodeError("value", ErrLimit)
	}
	if err != nil {
		return dst, err
	}
	return out, nil
}

// appendValue is AppendValue at some depth of nesting; on an error what it returns as bytes has no meaning.
func appendValue(dst []byte, v any, depth int) ([]byte, error) {
	if depth > MaxDepth {
		return dst, encodeError("value", ErrLimit)
	}
	switch v := v.(type) {
	case nil, amqp.Null, *amqp.Null:
		return AppendNull(dst), nil
	case bool:
		return AppendBool(dst, v), nil
	case uint8:
		return AppendUbyte(dst, v), nil
	case uint16:
		return AppendUshort(dst, v), nil
	case uint32:
		return AppendUint(dst, v), nil
	case uint64:
		return AppendUlong(dst, v), nil
	case uint:
		return AppendUlong(dst, uint64(v)), nil
	case int8:
		return AppendByte(dst, v), nil
	case int16:
		return AppendShort(dst, v), nil
	case int32:
		return AppendInt(dst, v), nil
	case int64:
		return AppendLong(dst, v), nil
	case int:
		return AppendLong(dst, int64(v)), nil
	case float32:
		return AppendFloat(dst, v), nil
	case float64:
		return AppendDouble(dst, v), nil
	case string:
		return AppendString(dst, v)
	case []byte:
		return AppendBinary(dst, v), nil
	case amqp.Symbol:
		return AppendSymbol(dst, v)
	case amqp.ErrCond:
		return AppendSymbol(dst, amqp.Symbol(v))
	case time.Time:
		return AppendTimestamp(dst, v), nil
	case amqp.UUID:
		return AppendUUID(dst, v), nil
	case Char:
		if !validChar(uint32(v)) {
			return dst, encodeError("char", ErrValue)
		}
		return binary.BigEndian.AppendUint32(append(dst, ctorChar), uint32(v)), nil
	case Decimal32:
		return append(append(dst, ctorDecimal32), v[:]...), nil
	case Decimal64:
		return append(append(dst, ctorDecimal64), v[:]...), nil
	case Decimal128:
		return append(append(dst, ctorDecimal128), v[:]...), nil
	case []any:
		return appendList(dst, v, depth)
	case map[string]any:
		return appendMap(dst, v, depth, AppendString)
	case map[amqp.Symbol]any:
		return appendMap(dst, v, depth, AppendSymbol)
	case map[any]any:
		return appendMap(dst, v, depth, func(dst []byte, k any) ([]byte, error) { return appendValue(dst, k, depth+1) })
	case amqp.Annotations:
		return appendAnnotations(dst, v, depth)
	case Described:
		dst, err := appendValue(append(dst, ctorDescribed), v.Descriptor, depth+1)
		if err != nil {
			return dst, err
		}
		return appendValue(dst, v.Value, depth+1)
	case *amqp.Error:
		return appendError(dst, v, depth)
	case *State:
		return v.Append(dst)
	case amqp.DeliveryState:
		return StateOf(v).Append(dst)
	}
	if dst, err := appendArray(dst, v, depth); !errors.Is(err, errNoArray) {
		return dst, err
	}
	return appendOther(dst, v, depth)
}

// appendOther takes pointers to what appendValue takes, and the types of go-amqp that have no public name.
func appendOther(dst []byte, v any, depth int) ([]byte, error) {
	if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer {
		if p.IsNil() {
			return AppendNull(dst), nil
		}
		return appendValue(dst, p.Elem().Interface(), depth+1)
	}
	b, err := (&amqp.Message{Value: v}).MarshalBinary()
	if err != nil {
		return dst, fmt.Errorf("wire: encoding %T: %w", v, ErrType)
	}
	return append(dst, b[3:]...), nil // after the section's descriptor
}

func appendList(dst []byte, list []any, depth int) ([]byte, error) {
	if len(list) == 0 {
		return append(dst, ctorList0), nil
	}
	start := len(dst)
	dst = openCompound(dst, ctorList8)
	dst, err := appendItems(dst, list, depth)
	if err != nil {
		return dst, err
	}
	return closeCompound(dst, start, len(list)), nil
}

func appendItems(dst []byte, list []any, depth int) ([]byte, error) {
	var err error
	for _, v := range list {
		if dst, err = appendValue(dst, v, depth+1); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func appendMap[M ~map[K]any, K comparable](dst []byte, m M, depth int, key func([]byte, K) ([]byte, error)) ([]byte, error) {
	start := len(dst)
	dst, err := appendPairs(openCompound(dst, ctorMap8), m, depth, key)
	if err != nil {
		return dst, err
	}
	return closeCompound(dst, start, 2*len(m)), nil
}

func appendPairs[M ~map[K]any, K comparable](dst []byte, m M, depth int, key func([]byte, K) ([]byte, error)) ([]byte, error) {
	var err error
	for k, v := range m {
		if dst, err = key(dst, k); err != nil {
			return dst, err
		}
		if dst, err = appendValue(dst, v, depth+1); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// appendFields appends a map with keys of symbols, §2.8.5.
func appendFields(dst []byte, m map[string]any) ([]byte, error) {
	return appendMap(dst, m, 0, func(dst []byte, k string) ([]byte, error) { return AppendSymbol(dst, amqp.Symbol(k)) })
}

// appendAnnotations appends annotations, §3.2.10, whose keys are symbols or ulongs. Other keys are left as they are: go-amqp
// lets a peer send them, and what was received can be sent on.
func appendAnnotations(dst []byte, m amqp.Annotations, depth int) ([]byte, error) {
	return appendMap(dst, m, depth, func(dst []byte, k any) ([]byte, error) {
		if s, ok := k.(string); ok {
			return AppendSymbol(dst, amqp.Symbol(s))
		}
		return appendValue(dst, k, depth+1)
	})
}

// appendError appends an error, §2.8.14.
func appendError(dst []byte, e *amqp.Error, depth int) ([]byte, error) {
	if e == nil {
		return AppendNull(dst), nil
	}
	n := 1
	switch {
	case len(e.Info) > 0:
		n = 3
	case e.Description != "":
		n = 2
	}
	dst = append(dst, ctorDescribed, ctorSmallUlong, byte(CodeError))
	start := len(dst)
	dst, err := AppendSymbol(openCompound(dst, ctorList8), amqp.Symbol(e.Condition))
	if err != nil {
		return dst, err
	}
	if n > 1 {
		if e.Description == "" {
			dst = AppendNull(dst)
		} else if dst, err = AppendString(dst, e.Description); err != nil {
			return dst, err
		}
	}
	if n > 2 {
		dst, err = appendMap(dst, e.Info, depth+1, func(dst []byte, k string) ([]byte, error) { return AppendSymbol(dst, amqp.Symbol(k)) })
		if err != nil {
			return dst, err
		}
	}
	return closeCompound(dst, start, n), nil
}

// errorValue consumes an error, §2.8.14.
func (d *Decoder) errorValue() *amqp.Error {
	d.expect("error", CodeError)
	return d.errorFields()
}

func (d *Decoder) errorFields() *amqp.Error {
	d.charge("error", costState)
	e := new(amqp.Error)
	n, outer := d.fields("error", 3)
	if n > 0 && !d.Null() {
		e.Condition = amqp.ErrCond(d.Symbol())
	} else {
		d.missing("error condition")
	}
	if n > 1 && !d.Null() {
		e.Description = d.Str()
	}
	if n > 2 && !d.Null() {
		e.Info = d.fieldMap()
	}
	d.close("error", outer)
	return e
}
