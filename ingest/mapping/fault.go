package mapping

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/itchyny/gojq"

	"tieback/ingest/event"
)

// fault makes the reason of a dead letter. It runs the map once more to learn on which line it fails.
func (w *Worker) fault(err error, value []byte) *event.InvalidError {
	sentence := withoutValues(err)
	if errors.Is(err, context.DeadlineExceeded) {
		return w.invalid(fmt.Sprintf("map %s: it worked longer than %s on one record", w.m.Name, maxRun))
	}
	if w.located == nil {
		located, compileErr := w.code(variant{located: true})
		if compileErr != nil {
			return w.invalid(fmt.Sprintf("map %s: %s", w.m.Name, sentence))
		}
		w.located = located
	}
	w.decoder.wanted, w.line = nil, 0
	if input, fault := w.decoder.decode(value); fault == nil {
		_, _ = w.run(w.located, input) // it fails as before
	}
	if w.line == 0 {
		return w.invalid(fmt.Sprintf("map %s: %s", w.m.Name, sentence))
	}
	return w.invalid(fmt.Sprintf("map %s, line %d: %s", w.m.Name, w.line, sentence))
}

func (w *Worker) invalid(reason string) *event.InvalidError {
	return &event.InvalidError{Code: event.MapError, Reason: reason}
}

var (
	preview   = regexp.MustCompile(`(?s) ?\(.*\)`)
	quoted    = regexp.MustCompile(`(?s)"(?:[^"\\]|\\.)*"?`)
	applied   = regexp.MustCompile(`(?s)^(\w+)(?:\(.*\))? cannot be applied to: (null|boolean|number|string|array|object)\b.*`)
	unapplied = regexp.MustCompile(`(?s)^(\w+)(?:\(.*\))? cannot be applied to .*`)
)

// withoutValues is the message of an error without what the record holds, which may be personal. What a map says itself by error("…") stays.
func withoutValues(err error) string {
	var value gojq.ValueError
	if errors.As(err, &value) {
		if text, ok := value.Value().(string); ok {
			return text
		}
		return "it raises an error that is no text"
	}
	text := err.Error()
	if isOwn(err) {
		return text
	}
	if found := applied.FindStringSubmatch(text); found != nil {
		return found[1] + " cannot be applied to: " + found[2]
	}
	if found := unapplied.FindStringSubmatch(text); found != nil {
		return found[1] + " cannot be applied to its input"
	}
	text = preview.ReplaceAllString(text, "")
	return strings.TrimSpace(quoted.ReplaceAllString(text, "a text"))
}

// isOwn says whether an error comes from our functions, whose sentences hold no values: gojq's own types lie in its package.
func isOwn(err error) bool { return !strings.HasPrefix(fmt.Sprintf("%T", err), "*gojq.") }
