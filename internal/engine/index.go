package engine

// index is a map that gives memory back: Go's own stay as large as they ever were.
type index[K comparable, V any] struct {
	m    map[K]V
	most int // that there were since it was made
}

// indexSpare is how many entries an index may have had without being made again.
const indexSpare = 64

func (x *index[K, V]) get(k K) V { return x.m[k] }

func (x *index[K, V]) len() int { return len(x.m) }

func (x *index[K, V]) put(k K, v V) {
	if x.m == nil {
		x.m = make(map[K]V)
	}
	x.m[k] = v
	x.most = max(x.most, len(x.m))
}

func (x *index[K, V]) remove(k K) {
	delete(x.m, k)
	if x.most <= indexSpare || len(x.m) > x.most/4 {
		return
	}
	was := x.m
	x.m, x.most = make(map[K]V, len(was)), len(was)
	for k, v := range was {
		x.m[k] = v
	}
}
