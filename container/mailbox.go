package container

import "sync"

// itemKind says what an item in a loop's mailbox is.
type itemKind uint8

const (
	itemCall    itemKind = iota + 1 // a function of ours to run
	itemInject                      // one of the application's
	itemStart                       // a connection that begins here
	itemChunk                       // bytes that were read
	itemEnd                         // reading has ended
	itemWritten                     // a buffer was written, or not
)

// item is what other goroutines hand to a loop.
type item struct {
	kind   itemKind
	socket *socket
	driver *driver
	buf    []byte
	err    error
	call   func()
}

// mailbox is where a loop finds what other goroutines have for it. Whoever finds it empty wakes the loop; nobody else does.
type mailbox struct {
	mu     sync.Mutex
	items  []item
	closed bool
	wake   chan struct{}
}

// put says whether the item was taken: a loop that has ended takes none.
func (b *mailbox) put(i item) bool {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return false
	}
	b.items = append(b.items, i)
	first := len(b.items) == 1
	b.mu.Unlock()
	if first {
		b.signal()
	}
	return true
}

// signal wakes the loop.
func (b *mailbox) signal() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// take exchanges the items for an empty list.
func (b *mailbox) take(spare []item) []item {
	b.mu.Lock()
	defer b.mu.Unlock()
	items := b.items
	b.items = spare[:0]
	return items
}

func (b *mailbox) close() (left []item) {
	b.mu.Lock()
	defer b.mu.Unlock()
	left, b.items, b.closed = b.items, nil, true
	return left
}
