package wire

import "encoding/binary"

// Sizes of §2.3.1 and §2.4.1, in bytes.
const (
	FrameHeaderSize = 8
	MinMaxFrameSize = 512 // no peer may ask for frames smaller than this
)

// The frame types of §2.3.1 and §5.3.1.
const (
	FrameTypeAMQP uint8 = 0
	FrameTypeSASL uint8 = 1
)

// FrameHeader is the fixed part of a frame, §2.3.1.
type FrameHeader struct {
	Size       uint32 // of the whole frame, this header included, in bytes
	DataOffset uint8  // where the body begins, in words of 4 bytes
	Type       uint8
	Channel    uint16 // of AMQP frames; ignored in SASL frames
}

// ParseFrameHeader reads the first 8 bytes of b, which must be there. It checks nothing: what is allowed depends on the
// connection's state.
func ParseFrameHeader(b []byte) FrameHeader {
	_ = b[FrameHeaderSize-1]
	return FrameHeader{
		Size:       binary.BigEndian.Uint32(b),
		DataOffset: b[4],
		Type:       b[5],
		Channel:    binary.BigEndian.Uint16(b[6:]),
	}
}

// AppendFrameHeader appends a header of size 0 and no extended header; FinishFrame sets the size when the body follows.
func AppendFrameHeader(dst []byte, typ uint8, channel uint16) []byte {
	return append(dst, 0, 0, 0, 0, 2, typ, byte(channel>>8), byte(channel))
}

// FinishFrame sets the size of the frame that begins at start and ends with dst.
func FinishFrame(dst []byte, start int) {
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start))
}

// FinishFrameHead is FinishFrame for a frame whose last bytes, so many, are written from elsewhere.
func FinishFrameHead(dst []byte, start, rest int) {
	binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start+rest))
}

// ProtocolHeader is what each side sends before its first frame, §2.2.
type ProtocolHeader [8]byte

// The protocol headers of §2.2, §5.2.1 and §5.3.2, version 1.0.0.
var (
	HeaderAMQP = ProtocolHeader{'A', 'M', 'Q', 'P', 0, 1, 0, 0}
	HeaderTLS  = ProtocolHeader{'A', 'M', 'Q', 'P', 2, 1, 0, 0}
	HeaderSASL = ProtocolHeader{'A', 'M', 'Q', 'P', 3, 1, 0, 0}
)
