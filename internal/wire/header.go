package wire

import (
	"math"
	"time"

	"github.com/Azure/go-amqp"
)

// defaultPriority is a message's priority where its header gives none, §3.2.1.
const defaultPriority = 4

// AppendHeader appends a header section, §3.2.1. The wire has milliseconds for TTL: a fraction of one is rounded up,
// so that it does not turn into no time to live at all, and what does not fit is the most that does.
func AppendHeader(dst []byte, h *amqp.MessageHeader) []byte {
	var n int
	switch {
	case h.DeliveryCount != 0:
		n = 5
	case h.FirstAcquirer:
		n = 4
	case h.TTL > 0:
		n = 3
	case h.Priority != defaultPriority:
		n = 2
	case h.Durable:
		n = 1
	default:
		return append(dst, ctorDescribed, ctorSmallUlong, byte(CodeHeader), ctorList0)
	}
	dst = appendSection(dst, CodeHeader)
	start := len(dst)
	dst = AppendBool(openCompound(dst, ctorList8), h.Durable)
	if n > 1 {
		if h.Priority == defaultPriority {
			dst = AppendNull(dst)
		} else {
			dst = AppendUbyte(dst, h.Priority)
		}
	}
	if n > 2 {
		if h.TTL <= 0 {
			dst = AppendNull(dst)
		} else {
			ms := (h.TTL-1)/time.Millisecond + 1
			dst = AppendUint(dst, uint32(min(ms, math.MaxUint32)))
		}
	}
	if n > 3 {
		dst = AppendBool(dst, h.FirstAcquirer)
	}
	if n > 4 {
		dst = AppendUint(dst, h.DeliveryCount)
	}
	return closeCompound(dst, start, n)
}

// headerFields consumes the list of a header into h; what it does not say is left as it is, but for the priority.
func (d *Decoder) headerFields(h *amqp.MessageHeader) {
	n, outer := d.fields("header", 5)
	if n > 0 && !d.Null() {
		h.Durable = d.Bool()
	}
	h.Priority = defaultPriority
	if n > 1 && !d.Null() {
		h.Priority = d.Ubyte()
	}
	if n > 2 && !d.Null() {
		h.TTL = time.Duration(d.Uint()) * time.Millisecond
	}
	if n > 3 && !d.Null() {
		h.FirstAcquirer = d.Bool()
	}
	if n > 4 && !d.Null() {
		h.DeliveryCount = d.Uint()
	}
	d.close("header", outer)
}
