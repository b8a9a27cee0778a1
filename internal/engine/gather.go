package engine

// gatherLeast is the size of what is written from where it lies, in bytes: from there on copying costs more than another buffer to write.
const gatherLeast = 16 << 10

// piece is a part of a message that is written from where it is kept, between what lies in the output's buffer before it and what is behind.
type piece struct {
	at    int // in the buffer
	data  []byte
	chunk *keptChunk // that may not be used again before, nil for memory that nobody uses again
}

// Output is what a connection has to write. It is the driver's until it calls Done.
type Output struct {
	buf    []byte
	pieces []piece
}

// Segments appends what is to be written to a list of buffers, in order.
func (o Output) Segments(list [][]byte) [][]byte {
	from := 0
	for _, p := range o.pieces {
		list = append(list, o.buf[from:p.at], p.data)
		from = p.at
	}
	if from < len(o.buf) {
		list = append(list, o.buf[from:])
	}
	return list
}

// Join copies all into one buffer, where it lies in more than one, and is the driver's call of Done: the buffer is the driver's.
func (o Output) Join() []byte {
	if len(o.pieces) == 0 {
		return o.buf
	}
	n := len(o.buf)
	for _, p := range o.pieces {
		n += len(p.data)
	}
	all := make([]byte, 0, n)
	for _, segment := range o.Segments(nil) {
		all = append(all, segment...)
	}
	o.Done()
	return all
}

// Done lets go of the messages, which may be forgotten and their memory used again, and returns the buffer, which is the driver's.
func (o Output) Done() []byte {
	for i, p := range o.pieces {
		p.chunk.release()
		o.pieces[i] = piece{}
	}
	return o.buf
}

// gather adds a part of a message to the output, from where it lies. Its frame's header is in the buffer already.
func (c *Connection) gather(data []byte, chunk *keptChunk) {
	if chunk != nil {
		chunk.used++
	}
	c.pieces = append(c.pieces, piece{len(c.out), data, chunk})
	c.gathered += len(data)
}
