package engine

// before says whether serial number a comes before b (RFC 1982, as §2.8.10 asks for delivery numbers,
// transfer numbers and delivery counts). The numbers wrap, so less-than will not do.
func before(a, b uint32) bool { return int32(a-b) < 0 }
