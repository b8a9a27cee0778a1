package broker

import (
	"context"
	"log/slog"
	"time"
	"unicode/utf8"

	"github.com/hadron-mq/hadron/connection"
)

const (
	// maxQuoted is how much of what a peer says is written into the log, in bytes.
	maxQuoted = 100
	// A connection may have burst lines in the log at once, and one more each pause.
	burst = 20
	pause = time.Second
)

// diary is what the log has about one connection: no more lines than an operator can read, and no more of what its peer says. It belongs to
// the connection's loop.
type diary struct {
	log     *slog.Logger
	conn    *connection.Connection
	lines   int       // that may still be written now
	at      time.Time // when one was added
	leftOut int       // since the last one that was written
}

func newDiary(log *slog.Logger, conn *connection.Connection) *diary {
	return &diary{log: log, conn: conn, lines: burst, at: time.Now()}
}

// write writes a line, if the log wants it and may have it.
func (d *diary) write(level slog.Level, line string, args ...any) {
	ctx := context.Background()
	if !d.log.Enabled(ctx, level) || !d.may(time.Now()) {
		return
	}
	args = append(args, "peer", quoted(d.conn.RemoteContainerID()))
	if d.leftOut > 0 {
		args = append(args, "lines left out", d.leftOut)
		d.leftOut = 0
	}
	d.log.Log(ctx, level, "broker: "+line, args...)
}

// may says whether a line may be written now, and counts it.
func (d *diary) may(now time.Time) bool {
	if more := int(now.Sub(d.at) / pause); more > 0 {
		d.lines = min(d.lines+more, burst)
		d.at = now
	}
	if d.lines == 0 {
		d.leftOut++
		return false
	}
	d.lines--
	return true
}

// quoted is as much of what a peer says as the log can do with.
func quoted(s string) string {
	if len(s) <= maxQuoted {
		return s
	}
	end := maxQuoted
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
