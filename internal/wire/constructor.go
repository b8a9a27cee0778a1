package wire

// The constructors of §1.6. The first four bits give the width: 4 empty, 5 to 9 fixed, A and B variable, C and D
// compound, E and F array; within a pair, the second has 4 bytes of size and count where the first has 1.
const (
	ctorDescribed byte = 0x00

	ctorNull   byte = 0x40
	ctorTrue   byte = 0x41
	ctorFalse  byte = 0x42
	ctorUint0  byte = 0x43
	ctorUlong0 byte = 0x44
	ctorList0  byte = 0x45

	ctorUbyte      byte = 0x50
	ctorByte       byte = 0x51
	ctorSmallUint  byte = 0x52
	ctorSmallUlong byte = 0x53
	ctorSmallInt   byte = 0x54
	ctorSmallLong  byte = 0x55
	ctorBool       byte = 0x56

	ctorUshort byte = 0x60
	ctorShort  byte = 0x61

	ctorUint      byte = 0x70
	ctorInt       byte = 0x71
	ctorFloat     byte = 0x72
	ctorChar      byte = 0x73
	ctorDecimal32 byte = 0x74

	ctorUlong     byte = 0x80
	ctorLong      byte = 0x81
	ctorDouble    byte = 0x82
	ctorTimestamp byte = 0x83
	ctorDecimal64 byte = 0x84

	ctorDecimal128 byte = 0x94
	ctorUUID       byte = 0x98

	ctorBinary8  byte = 0xa0
	ctorString8  byte = 0xa1
	ctorSymbol8  byte = 0xa3
	ctorBinary32 byte = 0xb0
	ctorString32 byte = 0xb1
	ctorSymbol32 byte = 0xb3

	ctorList8   byte = 0xc0
	ctorMap8    byte = 0xc1
	ctorList32  byte = 0xd0
	ctorMap32   byte = 0xd1
	ctorArray8  byte = 0xe0
	ctorArray32 byte = 0xf0

	// wide turns the constructor of an 8-bit variable, compound or array form into that of its 32-bit form.
	wide byte = 0x10
)
