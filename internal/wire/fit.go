package wire

import (
	"strings"
	"unicode/utf8"

	"github.com/Azure/go-amqp"
)

// FitError returns an error that says the same in at most room bytes: its info is left out where it does not fit or has no encoding, and its
// description is cut. An error that fits is returned as it came.
func FitError(e *amqp.Error, room int) *amqp.Error {
	if e == nil {
		return nil
	}
	if b, err := appendError(nil, e, 0); err == nil && len(b) <= room {
		return e
	}
	const cut = "..."
	short := &amqp.Error{Condition: e.Condition}
	bare, err := appendError(nil, short, 0)
	if err != nil || len(bare) > room {
		short.Condition = amqp.ErrCondInternalError
		bare, _ = appendError(nil, short, 0)
	}
	short.Description = strings.ToValidUTF8(e.Description, "?")
	if space := room - len(bare) - 12; len(short.Description) > space { // 12: what a longer string, list and error may take more
		end := max(space-len(cut), 0)
		for end > 0 && !utf8.RuneStart(short.Description[end]) {
			end--
		}
		short.Description = short.Description[:end] + cut
	}
	return short
}
