package records

import (
	"encoding/json"

	"github.com/buger/jsonparser"

	"tieback/ingest"
)

// namedReader gives JSON events that name no type or source those of the options. They are written into the record, so that it
// says the same when it is published, or read again from the dead letters. A record that is no JSON object stays as it is.
type namedReader struct {
	ingest.RecordReader
	options Options
}

// Append appends the next record.
func (n *namedReader) Append(arena []byte) ([]byte, error) {
	start := len(arena)
	arena, err := n.RecordReader.Append(arena)
	if err != nil || !json.Valid(arena[start:]) {
		return arena, err
	}
	record := arena[start:]
	open := 0
	for open < len(record) && (record[open] == ' ' || record[open] == '\t' || record[open] == '\n' || record[open] == '\r') {
		open++
	}
	if open == len(record) || record[open] != '{' {
		return arena, nil
	}
	var add []byte
	for _, given := range [][2]string{{"type", n.options.Type}, {"source", n.options.Source}} {
		if given[1] != "" && isAbsent(record, given[0]) {
			add = append(append(appendText(add, []byte(given[0])), ':'), appendText(nil, []byte(given[1]))...)
			add = append(add, ',')
		}
	}
	if len(add) == 0 {
		return arena, nil
	}
	if isEmptyObject(record[open:]) {
		add = add[:len(add)-1]
	}
	rest := append([]byte(nil), record[open+1:]...)
	return append(append(arena[:start+open+1], add...), rest...), nil
}

// isAbsent says whether an object has no such member.
func isAbsent(object []byte, name string) bool {
	_, _, _, err := jsonparser.Get(object, name)
	return err != nil
}

func isEmptyObject(text []byte) bool {
	for _, c := range text[1:] {
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c == '}'
		}
	}
	return false
}
