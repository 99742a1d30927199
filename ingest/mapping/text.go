package mapping

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/itchyny/gojq"
)

// textHash is text_hash: a hash of a message's normalized text (lower case, white space as one blank), to find replies that repeat. The
// text itself never becomes part of an event. No text has none.
func textHash(v any, _ []any) any {
	text, ok := v.(string)
	if !ok {
		return nil
	}
	normalized := strings.Join(strings.Fields(strings.ToLower(text)), " ")
	if normalized == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(normalized))
	return hex.EncodeToString(sum[:16])
}

// urlParameter is url_param(name): a parameter of an address's query, null where it has none.
func urlParameter(v any, args []any) any {
	name, ok := args[0].(string)
	if !ok {
		return fmt.Errorf("url_param needs the name of a parameter")
	}
	text, ok := v.(string)
	if !ok {
		return nil
	}
	_, query, found := strings.Cut(text, "?")
	if !found {
		return nil
	}
	query, _, _ = strings.Cut(query, "#")
	for query != "" {
		var parameter string
		parameter, query, _ = strings.Cut(query, "&")
		key, value, _ := strings.Cut(parameter, "=")
		if key != name || value == "" {
			continue
		}
		if plain, err := url.QueryUnescape(value); err == nil {
			return plain
		}
		return value
	}
	return nil
}

// join is a text with programs in it: "a\(…)b" is _text("a"; …; "b"). In a lean program it asks for the whole record where it would write an object or array.
func (w *Worker) join(_ any, args []any) any {
	var buffer [128]byte
	text := buffer[:0]
	for _, arg := range args {
		switch v := arg.(type) {
		case string:
			text = append(text, v...)
		case int:
			text = strconv.AppendInt(text, int64(v), 10)
		case json.Number:
			text = append(text, v...)
		default:
			if whole, asks := w.noContainer(v, nil).(error); asks && w.guards {
				return whole
			}
			part, err := gojq.Marshal(v)
			if err != nil {
				return err
			}
			text = append(text, part...)
		}
	}
	return string(text)
}

// leftOut is left_out(reason): what a map yields for a record, or a part of one, that it leaves out by rule.
func leftOut(_ any, args []any) any {
	reason, ok := args[0].(string)
	if !ok || reason == "" {
		return fmt.Errorf("left_out needs a reason")
	}
	return map[string]any{leftOutKey: reason}
}

// leftOutKey is the only member of an output that leaves something out.
const leftOutKey = "left_out"
