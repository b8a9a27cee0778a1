package wire

const (
	// MaxDepth is how deep lists, maps, arrays and described values may nest. The specification has no limit; without
	// one, a few kilobytes of nested lists would cost a stack of megabytes.
	MaxDepth = 32

	// MaxCount is how many elements one list, map (keys and values) or array may declare. It is go-amqp's limit too. Below it, the
	// bytes of the compound bound the count, and so an array of values without bytes (null, true, uint0, list0) has one at most.
	MaxCount = 65536
)

// maxTxnID is the longest txn-id, §4.5, in bytes: it is kept with each delivery that a peer says it of.
const maxTxnID = 256

// mapHint bounds the size that a map is made with: a peer may declare more pairs than it then sends.
const mapHint = 1024
