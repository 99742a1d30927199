package registry

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/twmb/avro"
)

// maxDepth bounds how deep values may lie in each other: a schema may name itself.
const maxDepth = 200

// appendJSON appends a decoded value as JSON. Whole numbers keep all their digits. What is null is left out of objects, and so
// are floating-point numbers that are none: a field that is absent is not known, which is what they mean.
func appendJSON(to []byte, value any) ([]byte, error) { return appendValue(to, value, 0) }

func appendValue(to []byte, value any, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("values lie more than %d deep in each other", maxDepth)
	}
	switch v := value.(type) {
	case nil:
		return append(to, "null"...), nil
	case bool:
		return strconv.AppendBool(to, v), nil
	case int32:
		return strconv.AppendInt(to, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(to, v, 10), nil
	case uint32:
		return strconv.AppendUint(to, uint64(v), 10), nil
	case uint64:
		return strconv.AppendUint(to, v, 10), nil
	case float32:
		return strconv.AppendFloat(to, float64(v), 'g', -1, 32), nil
	case float64:
		return strconv.AppendFloat(to, v, 'g', -1, 64), nil
	case [16]byte:
		return appendValue(to, uuidText(v), depth)
	case avro.Duration:
		return appendValue(to, v.String(), depth)
	case []any:
		return appendArray(to, v, depth)
	case map[string]any:
		return appendObject(to, v, depth)
	}
	encoded, err := json.Marshal(value) // text, and bytes as base64
	return append(to, encoded...), err
}

func appendArray(to []byte, list []any, depth int) ([]byte, error) {
	to = append(to, '[')
	var err error
	for i, item := range list {
		if i > 0 {
			to = append(to, ',')
		}
		if isNothing(item) {
			item = nil
		}
		if to, err = appendValue(to, item, depth+1); err != nil {
			return nil, err
		}
	}
	return append(to, ']'), nil
}

// appendObject writes the members in the order of their names, so that one event has one text.
func appendObject(to []byte, object map[string]any, depth int) ([]byte, error) {
	names := make([]string, 0, len(object))
	for name, value := range object {
		if !isNothing(value) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	to = append(to, '{')
	for i, name := range names {
		if i > 0 {
			to = append(to, ',')
		}
		encoded, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		to = append(append(to, encoded...), ':')
		if to, err = appendValue(to, object[name], depth+1); err != nil {
			return nil, err
		}
	}
	return append(to, '}'), nil
}

// isNothing says whether a value is null, or a number that is none.
func isNothing(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case float32:
		return math.IsNaN(float64(v)) || math.IsInf(float64(v), 0)
	case float64:
		return math.IsNaN(v) || math.IsInf(v, 0)
	}
	return false
}
