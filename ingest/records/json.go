package records

import (
	"errors"
	"fmt"
	"io"

	"tieback/ingest"
)

// maxValueBytes is how long one value of a JSON file may be; a longer one is no event but a file that is something else.
const maxValueBytes = 256 << 20

// jsonReader reads the values of a JSON array, or JSON values that follow each other. It looks for where a value ends and
// leaves what is in it to the decoder: a broken value is a dead letter, and its neighbors are read.
type jsonReader struct {
	*ingest.Uncompressed
	begun, array, ended bool
	values              int64
}

func newJSONReader(file *ingest.Uncompressed) *jsonReader { return &jsonReader{Uncompressed: file} }

// Append appends the next value.
func (j *jsonReader) Append(arena []byte) ([]byte, error) {
	c, err := j.first()
	if err != nil {
		return arena, err
	}
	start := len(arena)
	switch c {
	case '{', '[', '"':
		arena, err = j.value(append(arena, c), c)
	default:
		arena, err = j.word(append(arena, c))
	}
	if err != nil {
		return arena[:start], err
	}
	j.values++
	return arena, nil
}

// first finds where the next value begins and returns its first byte; io.EOF where the file ends as it should.
func (j *jsonReader) first() (byte, error) {
	comma := false
	for {
		c, err := j.space()
		switch {
		case errors.Is(err, io.EOF) && j.array && !j.ended:
			return 0, j.fault("the array is never closed; is the file complete?")
		case err != nil:
			return 0, err
		case j.ended:
			return 0, j.fault("text follows the end of the array")
		case !j.begun && c == '[':
			j.begun, j.array = true, true
			continue
		case j.array && c == ']' && !comma:
			j.ended = true
			continue
		case c == ',' && j.array && j.values > 0 && !comma:
			comma = true
			continue
		case c == ',' || c == ']' || c == '}' || c == ':':
			return 0, j.fault(fmt.Sprintf("an event should stand where %q is", string(rune(c))))
		case j.array && j.values > 0 && !comma:
			return 0, j.fault("a comma is missing before it")
		}
		j.begun = true
		return c, nil
	}
}

// fault is an error that says which value is meant.
func (j *jsonReader) fault(what string) error {
	return fmt.Errorf("read %s: record %d: %s", j.Name, j.values, what)
}

// space passes white space and returns the first byte after it.
func (j *jsonReader) space() (byte, error) {
	for {
		c, err := j.ReadByte()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				err = fmt.Errorf("read %s: %w (is the file complete?)", j.Name, err)
			}
			return 0, err
		}
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c, nil
		}
	}
}

// value reads up to the bracket or quote that closes the one that was read.
func (j *jsonReader) value(arena []byte, first byte) ([]byte, error) {
	start, depth, quoted, escaped := len(arena), 1, first == '"', false
	if quoted {
		depth = 0
	}
	for {
		if j.Buffered() == 0 {
			if _, err := j.Peek(1); err != nil {
				return arena, j.fault(fmt.Sprintf("it is never closed; is the file complete? (%v)", err))
			}
		}
		part, _ := j.Peek(j.Buffered()) // what is buffered can be seen without reading
		for i, c := range part {
			switch {
			case escaped:
				escaped = false
				continue
			case c == '"':
				quoted = !quoted
			case quoted:
				escaped = c == '\\'
				continue
			case c == '{' || c == '[':
				depth++
			case c == '}' || c == ']':
				depth--
			default:
				continue
			}
			if depth == 0 && !quoted {
				arena = append(arena, part[:i+1]...)
				_, err := j.Discard(i + 1)
				return arena, err
			}
		}
		arena = append(arena, part...)
		if _, err := j.Discard(len(part)); err != nil {
			return arena, err
		}
		if len(arena)-start > maxValueBytes {
			return arena, j.fault(fmt.Sprintf("it is longer than %d MiB: is it an event?", maxValueBytes>>20))
		}
	}
}

// word reads a number, true, false, null, or whatever stands in their place.
func (j *jsonReader) word(arena []byte) ([]byte, error) {
	start := len(arena)
	for {
		c, err := j.ReadByte()
		if errors.Is(err, io.EOF) {
			return arena, nil
		} else if err != nil {
			return arena, fmt.Errorf("read %s: %w (is the file complete?)", j.Name, err)
		}
		switch c {
		case ' ', '\t', '\n', '\r', ',', ']', '}', '{', '[':
			return arena, j.UnreadByte()
		}
		if arena = append(arena, c); len(arena)-start > maxValueBytes {
			return arena, j.fault(fmt.Sprintf("it is longer than %d MiB: is it an event?", maxValueBytes>>20))
		}
	}
}
