package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"sort"
	"strconv"

	"github.com/itchyny/gojq"

	"tieback/ingest/event"
)

// envelopeNames are the attributes of a flat event, in the order in which they are written.
var envelopeNames = []string{"id", "source", "type", "time", "revision", "recordedtime"}

// errFloat says that a map computed in floating point by a way that the guards do not see.
var errFloat = errors.New("a floating-point number came out; use dadd, dsub, dmul, ddiv, dround, which are exact")

// appendEvent writes an output as a flat event: envelope, then declared fields in their order, then the rest by name. What is null is
// absent. The order makes the first fault of a bad event the same each time.
func appendEvent(to []byte, object map[string]any) ([]byte, error) {
	to = append(to, '{')
	written := 0
	var err error
	write := func(name string) bool {
		value, ok := object[name]
		if !ok {
			return true
		}
		written++
		if value == nil {
			return true
		}
		if to[len(to)-1] != '{' {
			to = append(to, ',')
		}
		to = append(append(append(to, '"'), name...), '"', ':')
		to, err = appendValue(to, value)
		if err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
		return err == nil
	}
	for _, name := range envelopeNames {
		if !write(name) {
			return to, err
		}
	}
	if name, ok := object["type"].(string); ok {
		if t := event.Lookup(name); t != nil {
			for i := range t.Fields {
				if written == len(object) {
					break
				}
				if !write(t.Fields[i].Name) {
					return to, err
				}
			}
		}
	}
	if written < len(object) {
		if to, err = appendRest(to, object); err != nil {
			return to, err
		}
	}
	return append(to, '}'), nil
}

// appendRest writes the members that the event's type does not declare.
func appendRest(to []byte, object map[string]any) ([]byte, error) {
	known := make(map[string]bool, len(object))
	for _, name := range envelopeNames {
		known[name] = true
	}
	if name, ok := object["type"].(string); ok {
		if t := event.Lookup(name); t != nil {
			for i := range t.Fields {
				known[t.Fields[i].Name] = true
			}
		}
	}
	var rest []string
	for name, value := range object {
		if !known[name] && value != nil {
			rest = append(rest, name)
		}
	}
	sort.Strings(rest)
	for _, name := range rest {
		if to[len(to)-1] != '{' {
			to = append(to, ',')
		}
		to = append(appendString(to, name), ':')
		var err error
		if to, err = appendValue(to, object[name]); err != nil {
			return to, fmt.Errorf("%s: %w", name, err)
		}
	}
	return to, nil
}

func appendValue(to []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case string:
		return appendString(to, v), nil
	case json.Number:
		return append(to, v...), nil
	case int:
		return strconv.AppendInt(to, int64(v), 10), nil
	case bool:
		return strconv.AppendBool(to, v), nil
	case *big.Int:
		return v.Append(to, 10), nil
	case float64:
		return to, errFloat
	}
	if holdsFloat(value) {
		return to, errFloat
	}
	text, err := gojq.Marshal(value)
	return append(to, text...), err
}

// holdsFloat looks for floating-point numbers in arrays and objects.
func holdsFloat(value any) bool {
	switch v := value.(type) {
	case float64:
		return true
	case []any:
		for _, item := range v {
			if holdsFloat(item) {
				return true
			}
		}
	case map[string]any:
		for _, item := range v {
			if holdsFloat(item) {
				return true
			}
		}
	}
	return false
}

func appendString(to []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < 0x20 || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(text) // a string is always marshaled
			return append(to, quoted...)
		}
	}
	return append(append(append(to, '"'), text...), '"')
}
