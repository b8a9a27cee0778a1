package container

import "sync"

// itemKind says what an item in a loop's mailbox is.
type itemKind uint8

const (
	itemCall    itemKind = iota + 1 // a function of ours to run
	itemInject                      // one of the application's
	itemStart                       // a connection that begins here
	itemChunk                       // bytes that were read, and perhaps the end of them
	itemWritten                     // a buffer was written, or not
)

// item is what other goroutines hand to a loop.
type item struct {
	kind   itemKind
	stream *stream
	driver *driver
	buf    []byte
	err    error
	call   func()
}

// mailbox is where a loop finds what other goroutines have for it. Whoever finds the loop asleep wakes it; nobody else does.
type mailbox struct {
	mu     sync.Mutex
	items  []item
	closed bool
	asleep bool
	wake   func() // ends the sleep, from any goroutine
}

// put says whether the item was taken: a loop that has ended takes none.
func (b *mailbox) put(i item) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.items = append(b.items, i)
	b.end()
	return true
}

// rouse wakes the loop for what is not in its mailbox. The caller has the loop's lock, which the loop has when it goes to sleep.
func (b *mailbox) rouse() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end()
}

// end ends the sleep, if there is one.
func (b *mailbox) end() {
	if b.asleep {
		b.asleep = false
		b.wake()
	}
}

// sleep says whether the loop may sleep, because there is nothing for it. It is woken by calling wake.
func (b *mailbox) sleep(wake func()) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asleep, b.wake = len(b.items) == 0, wake
	return b.asleep
}

// awake ends the loop's sleep.
func (b *mailbox) awake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asleep = false
}

// empty says whether there is nothing.
func (b *mailbox) empty() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.items) == 0
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
