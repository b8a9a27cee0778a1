package engine

// fifo is a list that is worked through from its head while it grows at its tail.
type fifo[T any] struct {
	list []T
	head int
}

// fifoSpare is how many places an empty list keeps.
const fifoSpare = 256

func (q *fifo[T]) len() int { return len(q.list) - q.head }

func (q *fifo[T]) push(v T) { q.list = append(q.list, v) }

func (q *fifo[T]) first() T { return q.list[q.head] }

func (q *fifo[T]) pop() T {
	var none T
	v := q.list[q.head]
	q.list[q.head] = none
	q.head++
	switch {
	case q.head == len(q.list) && cap(q.list) > fifoSpare:
		*q = fifo[T]{}
	case q.head == len(q.list):
		q.list, q.head = q.list[:0], 0
	case q.head > 64 && q.head > len(q.list)/2:
		n := copy(q.list, q.list[q.head:])
		clear(q.list[n:])
		q.list, q.head = q.list[:n], 0
	}
	return v
}

// all returns what is in the list, in order.
func (q *fifo[T]) all() []T { return q.list[q.head:] }
