package main

import "encoding/binary"

// The performatives' codes (§2.7, §5.3.3), and those of states and termini (§3.4, §3.5).
const (
	codeOpen        = 0x10
	codeBegin       = 0x11
	codeAttach      = 0x12
	codeFlow        = 0x13
	codeTransfer    = 0x14
	codeDisposition = 0x15
	codeDetach      = 0x16
	codeEnd         = 0x17
	codeClose       = 0x18
	codeError       = 0x1d
	codeReceived    = 0x23
	codeAccepted    = 0x24
	codeRejected    = 0x25
	codeReleased    = 0x26
	codeModified    = 0x27
	codeSource      = 0x28
	codeTarget      = 0x29

	codeMechanisms = 0x40
	codeInit       = 0x41
	codeChallenge  = 0x42
	codeOutcome    = 0x44
)

const (
	headerAMQP = "AMQP\x00\x01\x00\x00"
	headerSASL = "AMQP\x03\x01\x00\x00"
)

// at is the fields of a composite by their places. What lies between is null.
type at map[int][]byte

func composite(code byte, fields at) []byte {
	n := 0
	for i := range fields {
		n = max(n, i+1)
	}
	all := make([][]byte, n)
	for i := range all {
		if all[i] = fields[i]; all[i] == nil {
			all[i] = null
		}
	}
	return described(code, list(all...))
}

// frame is a frame of a performative and what follows it (§2.3).
func frame(channel uint16, performative []byte, payload ...[]byte) []byte {
	return typed(0, channel, performative, payload...)
}

// saslFrame is one of the login (§5.3.1).
func saslFrame(performative []byte) []byte { return typed(1, 0, performative) }

func typed(kind byte, channel uint16, performative []byte, payload ...[]byte) []byte {
	rest := joined(payload...)
	b := binary.BigEndian.AppendUint32(nil, uint32(8+len(performative)+len(rest)))
	b = binary.BigEndian.AppendUint16(append(b, 2, kind), channel)
	return append(append(b, performative...), rest...)
}

// open is an open with more or other fields than the container's name.
func open(more at) []byte { return frame(0, composite(codeOpen, with(at{0: text("hostile")}, more))) }

// smallFrames is what an open says of the frames that its peer may send.
var smallFrames = at{2: number(4 << 10)}

// begin is a session whose peer may send as many frames as it likes.
func begin(channel uint16, more at) []byte {
	const wide = 1<<31 - 1
	return frame(channel, composite(codeBegin, with(at{1: number(0), 2: number(wide), 3: number(wide)}, more)))
}

func end(channel uint16) []byte { return frame(channel, composite(codeEnd, nil)) }

// sending is the attach of a sender to an address, receiving that of a receiver from one.
func sending(channel uint16, handle uint32, name, address string, more at) []byte {
	return frame(channel, composite(codeAttach, with(at{
		0: text(name), 1: number(handle), 2: no, 5: composite(codeSource, nil), 6: target(address), 9: number(0),
	}, more)))
}

func receiving(channel uint16, handle uint32, name, address string, more at) []byte {
	return frame(channel, composite(codeAttach, with(at{
		0: text(name), 1: number(handle), 2: yes, 5: source(address, nil), 6: composite(codeTarget, nil),
	}, more)))
}

func source(address string, more at) []byte {
	return composite(codeSource, with(at{0: text(address)}, more))
}

func target(address string) []byte { return composite(codeTarget, at{0: text(address)}) }

// browsed is a source whose messages are copied (§3.5.7).
func browsed(address string) at { return at{5: source(address, at{6: symbol("copy")})} }

// detach closes a link.
func detach(channel uint16, handle uint32) []byte {
	return frame(channel, composite(codeDetach, at{0: number(handle), 1: yes}))
}

// flow gives a link credit, or says something else of it.
func flow(channel uint16, handle, credit uint32, more at) []byte {
	return sessionFlow(channel, 1<<31-1, with(at{4: number(handle), 5: number(0), 6: number(credit)}, more))
}

// sessionFlow tells the session's window.
func sessionFlow(channel uint16, window uint32, more at) []byte {
	return frame(channel, composite(codeFlow, with(at{0: number(0), 1: number(window), 2: number(0), 3: number(1<<31 - 1)}, more)))
}

// transfer is a frame of a message.
func transfer(channel uint16, handle, id uint32, more at, payload ...[]byte) []byte {
	tag := binary.BigEndian.AppendUint32(nil, id)
	return frame(channel, composite(codeTransfer, with(at{0: number(handle), 1: number(id), 2: data(tag), 3: number(0)}, more)), payload...)
}

// disposition is what a receiver says of a range of deliveries.
func disposition(channel uint16, first, last uint32, settled bool, state []byte) []byte {
	fields := at{0: yes, 1: number(first), 2: number(last), 4: state}
	if settled {
		fields[3] = yes
	}
	return frame(channel, composite(codeDisposition, fields))
}

var (
	received    = composite(codeReceived, at{0: number(0), 1: ulong(0)})
	released    = composite(codeReleased, nil)
	undelivered = composite(codeModified, at{0: no, 1: yes}) // undeliverable here
)

// body is a message of one data section.
func body(size int) []byte { return described(0x75, data(make([]byte, size))) }

func with(fields, more at) at {
	for i, v := range more {
		fields[i] = v
	}
	return fields
}
