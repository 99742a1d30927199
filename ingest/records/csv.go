package records

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"tieback/ingest"
	"tieback/ingest/event"
)

// csvReader reads rows of CSV under a header.
type csvReader struct {
	rows    rowReader
	columns []string
	// table is nil where the file has no header, that is, no row at all.
	table *table
	// numbers says of each type that was met which columns hold numbers; of foreign rows nobody knows.
	numbers map[string][]bool
}

// csv reads the header.
func (o Options) csv(file *ingest.Uncompressed) (*csvReader, error) {
	c := &csvReader{rows: rowReader{file: file, line: 1}, numbers: make(map[string][]bool)}
	c.rows.delimiter = o.Delimiter
	if o.Delimiter == 0 {
		head, err := file.Peek(1 << 16)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read %s: %w (is the file complete?)", file.Name, err)
		}
		line, _, _ := bytes.Cut(bytes.TrimLeft(head, "\r\n"), []byte("\n"))
		c.rows.delimiter = delimiterOf(line)
	}
	raw, cells, line, fault, err := c.rows.next()
	switch {
	case errors.Is(err, io.EOF):
		return c, nil
	case err != nil:
		return nil, err
	case fault != "":
		return nil, fmt.Errorf("read %s: the header in line %d is broken: %s", file.Name, line, fault)
	case bytes.IndexByte(raw, 0) >= 0:
		return nil, fmt.Errorf("read %s: the header holds bytes of zero: is it UTF-16? Save it as UTF-8", file.Name)
	case bytes.IndexByte(raw, '\r') >= 0:
		return nil, fmt.Errorf("read %s: its lines end in a carriage return alone; save it with line feeds", file.Name)
	case !utf8.Valid(raw):
		return nil, fmt.Errorf("read %s: the header is not UTF-8; save the file as UTF-8", file.Name)
	}
	for _, cell := range cells {
		c.columns = append(c.columns, strings.TrimSpace(string(cell)))
	}
	c.table, err = newTable(o, file.Name, c.columns)
	return c, err
}

// Append appends the next row as a flat event.
func (c *csvReader) Append(arena []byte) ([]byte, error) {
	if c.table == nil {
		return arena, io.EOF
	}
	raw, cells, line, fault, err := c.rows.next()
	if err != nil {
		return arena, err
	}
	code := event.BadRow
	switch {
	case fault != "":
		fault = fmt.Sprintf("line %d: %s", line, fault)
	case len(cells) != len(c.columns):
		fault = fmt.Sprintf("line %d has %d cells, the header has %d", line, len(cells), len(c.columns))
	case bytes.IndexByte(raw, 0) >= 0:
		fault = fmt.Sprintf("line %d holds a byte of zero", line)
	case !utf8.Valid(raw):
		code, fault = event.NotUTF8, fmt.Sprintf("line %d is not UTF-8; save the file as UTF-8", line)
	}
	if fault != "" {
		return append(arena, raw...), &event.InvalidError{Code: code, Reason: fault}
	}
	numbers, foreign := c.numbersOf(cells), c.table.options.DecimalComma && c.table.options.Foreign
	start := len(arena)
	var wrong *event.InvalidError
	bad := func(i int, why string) {
		wrong = &event.InvalidError{Code: event.BadAmount, Field: c.columns[i], Reason: fmt.Sprintf("line %d: %s %s", line, c.columns[i], why)}
	}
	arena = c.table.append(arena, func(arena []byte, i int) ([]byte, bool) {
		cell := bytes.TrimSpace(cells[i])
		if len(cell) == 0 {
			return arena, false
		}
		if foreign {
			plain, ok := foreignNumber(cell)
			if !ok {
				bad(i, "holds a point where a decimal comma should stand, as in 1.234,56")
			}
			return appendText(arena, plain), true
		}
		if numbers == nil || !numbers[i] {
			return appendText(arena, cell), true
		}
		number, ok := decimalComma(append(arena, '"'), cell)
		if !ok {
			bad(i, "must be a number with a decimal comma such as 1.234,56")
		}
		return append(number, '"'), true
	})
	if wrong != nil {
		return append(arena[:start], raw...), wrong
	}
	return arena, nil
}

// numbersOf says which cells of a row hold numbers with a decimal comma, nil for none.
func (c *csvReader) numbersOf(cells [][]byte) []bool {
	if !c.table.options.DecimalComma || c.table.options.Foreign {
		return nil
	}
	name := c.table.options.Type
	if c.table.typ >= 0 {
		if cell := bytes.TrimSpace(cells[c.table.typ]); len(cell) > 0 {
			name = string(cell)
		}
	}
	numbers, met := c.numbers[name]
	if t := event.Lookup(name); !met && t != nil {
		numbers = make([]bool, len(c.columns))
		for i, column := range c.columns {
			numbers[i] = isNumber(t, column)
		}
		c.numbers[name] = numbers
	}
	return numbers
}

// Close closes the file.
func (c *csvReader) Close() error { return c.rows.file.Close() }
