package tlsconf

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
)

// maxFileSize bounds what is read of a file, in bytes.
const maxFileSize = 16 << 20

// source is something that is loaded from files, or from memory if there are
// none.
type source[T any] struct {
	paths []string
	load  func() (T, error)
}

// watched is a source that is loaded again when its files have changed.
type watched[T any] struct {
	source[T]
	logger *slog.Logger

	mu      sync.Mutex
	stamps  []stamp // of the files when they were last loaded, or failed to be
	current T
}

// stamp tells one state of a file from another.
type stamp struct {
	size     int64
	modified int64
	missing  bool
}

func open[T any](s source[T], logger *slog.Logger) (*watched[T], error) {
	w := &watched[T]{source: s, logger: logger, stamps: stampsOf(s.paths)}
	var err error
	if w.current, err = s.load(); err != nil {
		return nil, w.failure(err)
	}
	return w, nil
}

// get returns the newest content that could be loaded.
func (w *watched[T]) get() T {
	w.mu.Lock()
	defer w.mu.Unlock()
	stamps := stampsOf(w.paths)
	if slices.Equal(stamps, w.stamps) {
		return w.current
	}
	// The stamps are from before the loading: what is written meanwhile shows.
	w.stamps = stamps
	next, err := w.load()
	if err != nil {
		w.logger.Error("tlsconf: a changed file cannot be used; the old content stays in use", "error", w.failure(err))
		return w.current
	}
	w.current = next
	return next
}

func (w *watched[T]) failure(err error) error {
	var inPath *fs.PathError
	if len(w.paths) == 0 || errors.As(err, &inPath) {
		return fmt.Errorf("tlsconf: loading: %w", err)
	}
	return fmt.Errorf("tlsconf: loading %s: %w", strings.Join(w.paths, " and "), err)
}

func stampsOf(paths []string) []stamp {
	stamps := make([]stamp, len(paths))
	for i, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			stamps[i] = stamp{missing: true}
			continue
		}
		stamps[i] = stamp{size: info.Size(), modified: info.ModTime().UnixNano()}
	}
	return stamps
}

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFileSize {
		return nil, fmt.Errorf("%d bytes are more than %d", info.Size(), maxFileSize)
	}
	return os.ReadFile(path)
}
