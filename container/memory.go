package container

import "sync/atomic"

// defaultMaxMemory is what all connections of a container's listeners may hold together, in bytes.
const defaultMaxMemory = 1 << 30

// memory counts what the peers of a container's listeners make it hold, on all its loops.
type memory struct {
	max  int // 0 for no bound
	held atomic.Int64
}

// account is the engine's: see engine.Account.
func (m *memory) account(delta int) (ok bool) {
	held := m.held.Add(int64(delta))
	return m.max == 0 || delta <= 0 || held <= int64(m.max)
}
