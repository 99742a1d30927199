package records

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"tieback/ingest/event"
)

// table turns rows with named columns into flat events.
type table struct {
	options Options
	// names holds each column's JSON name with its colon; an empty one leaves the column out.
	names [][]byte
	// day says of which columns a date stands for the beginning of that day.
	day []bool
	// columns of the attributes, −1 where there is none; idFrom and timeFrom only where they are needed.
	id, typ, source, time, idFrom, timeFrom int
	// before counts rows without an id by the hash of what they hold.
	before map[uint64]uint32
}

// newTable checks the columns; file names the file in errors.
func newTable(options Options, file string, columns []string) (*table, error) {
	t := &table{options: options, names: make([][]byte, len(columns)), day: make([]bool, len(columns))}
	if t.options.Zone == nil {
		t.options.Zone = time.UTC
	}
	at := make(map[string]int, len(columns))
	for i, name := range columns {
		if name == "" {
			continue
		}
		if first, twice := at[name]; twice {
			return nil, fmt.Errorf("read %s: columns %d and %d are both called %q; give each a name of its own", file, first+1, i+1, name)
		}
		at[name] = i
		t.names[i] = appendName(nil, name)
		t.day[i] = name == "time" || name == "revision" || name == "recordedtime"
	}
	column := func(name string) int {
		if i, ok := at[name]; ok {
			return i
		}
		return -1
	}
	if options.Foreign {
		return t.foreign(), nil
	}
	t.id, t.typ, t.source, t.time = column("id"), column("type"), column("source"), column("time")
	var err error
	if t.idFrom, err = t.stand(file, "id", t.id, options.IDFrom, column, columns); err != nil {
		return nil, err
	}
	if t.timeFrom, err = t.stand(file, "time", t.time, options.TimeFrom, column, columns); err != nil {
		return nil, err
	}
	switch {
	case t.time < 0 && t.timeFrom < 0:
		err = fmt.Errorf("read %s: it has no column time, only %s; say with --time-from which column says when it happened", file, listed(columns))
	case t.typ < 0 && options.Type == "":
		err = fmt.Errorf("read %s: it has no column type, only %s; say with --type what its rows are, such as cost.entry", file, listed(columns))
	}
	if err != nil && options.Otherwise != nil && options.Type+options.IDFrom+options.TimeFrom == "" {
		options.Otherwise(err)
		return t.foreign(), nil
	}
	return t, err
}

// foreign makes the table one of records that are taken as they are.
func (t *table) foreign() *table {
	t.options.Foreign, t.options.Source = true, ""
	t.id, t.typ, t.source, t.time, t.idFrom, t.timeFrom = -1, -1, -1, -1, -1, -1
	clear(t.day)
	return t
}

// stand finds the column that stands for an attribute of which there is none.
func (t *table) stand(file, attribute string, own int, from string, column func(string) int, columns []string) (int, error) {
	if own >= 0 || from == "" {
		return -1, nil
	}
	i := column(from)
	if i < 0 {
		return -1, fmt.Errorf("read %s: --%s-from %s is none of its columns %s", file, attribute, from, listed(columns))
	}
	return i, nil
}

// listed shows columns in an error, the first twenty.
func listed(columns []string) string {
	more := ""
	if len(columns) > 20 {
		columns, more = columns[:20], ", …"
	}
	return strings.Join(columns, ", ") + more
}

// derivesIDs says whether a row's id depends on the rows before it, so that none of them may be passed unread.
func (t *table) derivesIDs() bool { return t.id < 0 && t.idFrom < 0 && !t.options.Foreign }

// append appends the row whose cells value appends as JSON, each with ok false where it is absent.
func (t *table) append(arena []byte, value func(arena []byte, column int) (out []byte, ok bool)) []byte {
	start := len(arena)
	arena = append(arena, '{')
	var typed, sourced bool
	for i, name := range t.names {
		if len(name) == 0 {
			continue
		}
		member := len(arena)
		arena = append(arena, name...)
		content := len(arena)
		var ok bool
		if arena, ok = value(arena, i); !ok {
			arena = arena[:member]
			continue
		}
		if t.day[i] {
			arena = t.beginningOfDay(arena, content)
		}
		typed, sourced = typed || i == t.typ, sourced || i == t.source
		arena = append(arena, ',')
	}
	if t.derivesIDs() {
		arena = t.appendID(arena, start)
	} else if t.idFrom >= 0 {
		arena = t.appendFrom(arena, "id", t.idFrom, value)
	}
	if t.timeFrom >= 0 {
		arena = t.appendFrom(arena, "time", t.timeFrom, value)
	}
	if !typed && t.options.Type != "" {
		arena = append(appendText(append(arena, `"type":`...), []byte(t.options.Type)), ',')
	}
	if !sourced && t.options.Source != "" {
		arena = append(appendText(append(arena, `"source":`...), []byte(t.options.Source)), ',')
	}
	if arena[len(arena)-1] == ',' {
		arena = arena[:len(arena)-1]
	}
	return append(arena, '}')
}

// appendFrom appends an attribute whose value is that of another column.
func (t *table) appendFrom(arena []byte, name string, column int, value func([]byte, int) ([]byte, bool)) []byte {
	member := len(arena)
	arena = appendName(arena, name)
	content := len(arena)
	arena, ok := value(arena, column)
	if !ok {
		return arena[:member]
	}
	if name == "time" {
		arena = t.beginningOfDay(arena, content)
	}
	return append(arena, ',')
}

// appendID appends the id of a row that has none: a hash of what it holds, and the how manieth such row of the file it is. So
// the same rows in a file that is exported again are duplicates, wherever they stand in it, and two equal rows of one file are two.
func (t *table) appendID(arena []byte, start int) []byte {
	sum := xxh3.Hash128(arena[start:])
	if t.before == nil {
		t.before = make(map[uint64]uint32)
	}
	t.before[sum.Lo]++
	arena = append(arena, `"id":"row:`...)
	for _, word := range []uint64{sum.Hi, sum.Lo} {
		for shift := 60; shift >= 0; shift -= 4 {
			arena = append(arena, hexDigits[word>>shift&15])
		}
	}
	if n := t.before[sum.Lo]; n > 1 {
		arena = strconv.AppendUint(append(arena, '#'), uint64(n), 10)
	}
	return append(arena, '"', ',')
}

// beginningOfDay replaces a date at the end of arena by the time its day begins in the zone of the options. Where clocks skip
// midnight it is the first moment after the gap.
func (t *table) beginningOfDay(arena []byte, content int) []byte {
	cell := arena[content:]
	if len(cell) != len(`"2026-03-02"`) || cell[0] != '"' {
		return arena
	}
	day, err := time.Parse(time.DateOnly, string(cell[1:len(cell)-1]))
	if err != nil {
		return arena
	}
	begins := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, t.options.Zone)
	if begins.Day() != day.Day() { // midnight does not exist: Date answered with the offset from after the gap
		begins = begins.Add(time.Hour)
	}
	arena = begins.AppendFormat(append(arena[:content], '"'), time.RFC3339)
	return append(arena, '"')
}

// decimalComma rewrites a number as 1.234,56 to 1234.56. Groups of three digits may be parted by points, spaces, no-break
// spaces or apostrophes, all by the same. ok is false where the cell is no such number; then a cell with a point would be
// ambiguous and must not be read as if the point were a decimal one.
func decimalComma(to, cell []byte) (out []byte, ok bool) {
	start := len(to)
	cell = bytes.TrimSpace(cell)
	if len(cell) > 0 && (cell[0] == '-' || cell[0] == '+') {
		to, cell = append(to, cell[0]), cell[1:]
	}
	whole, fraction, comma := bytes.Cut(cell, []byte(","))
	separator := separatorOf(whole)
	if separator == "" {
		to = append(to, whole...)
	} else {
		for i, group := range bytes.Split(whole, []byte(separator)) {
			if i > 0 && len(group) != 3 || i == 0 && (len(group) == 0 || len(group) > 3 || group[0] == '0') { // 0.500 has a decimal point
				return to[:start], false
			}
			to = append(to, group...)
		}
	}
	if comma {
		to = append(append(to, '.'), fraction...)
	}
	digits := bytes.TrimLeft(to[start:], "+-")
	if len(whole) == 0 || comma && len(fraction) == 0 {
		return to[:start], false
	}
	for i, c := range digits {
		if (c < '0' || c > '9') && !(c == '.' && i > 0) {
			return to[:start], false
		}
	}
	return to, bytes.IndexByte(fraction, '.') < 0
}

// foreignNumber rewrites the cell of a foreign row where the whole of it is a number with a decimal comma, or a whole number with
// thousands parted by points: which columns hold numbers is not known before a map has read them. Brackets around it stay: books
// write (12,50) for -12,50. Whatever else it is remains as it is, but for a number with a decimal point: ok is then false, because a
// column that holds 12.5 may hold 1.500 as well, and nobody can say which of its points are decimal ones.
func foreignNumber(cell []byte) (out []byte, ok bool) {
	inner, brackets := cell, len(cell) > 2 && cell[0] == '(' && cell[len(cell)-1] == ')'
	if brackets {
		inner = cell[1 : len(cell)-1]
	}
	comma, point := bytes.IndexByte(inner, ',') >= 0, bytes.IndexByte(inner, '.') >= 0
	if !comma && !point {
		return cell, true
	}
	number, ok := decimalComma(nil, inner)
	if !ok {
		return cell, comma || !isPlainDecimal(inner)
	}
	if brackets {
		number = append(append([]byte{'('}, number...), ')')
	}
	return number, true
}

// isPlainDecimal says whether a text is digits, a point and digits, with or without a sign.
func isPlainDecimal(text []byte) bool {
	text = bytes.TrimLeft(text, "+-")
	whole, fraction, _ := bytes.Cut(text, []byte("."))
	isDigit := func(r rune) bool { return r >= '0' && r <= '9' }
	return len(whole) > 0 && len(fraction) > 0 && len(bytes.TrimLeftFunc(whole, isDigit)) == 0 && len(bytes.TrimLeftFunc(fraction, isDigit)) == 0
}

// separatorOf is what parts the thousands of a number, empty for nothing.
func separatorOf(whole []byte) string {
	for _, s := range []string{".", " ", "\u00a0", "\u202f", "'", "\u2019"} {
		if bytes.Contains(whole, []byte(s)) {
			return s
		}
	}
	return ""
}

// isNumber says whether a field of a type is an amount, a rate or a whole number.
func isNumber(t *event.Type, field string) bool {
	i := t.Field(field)
	if i < 0 {
		return false
	}
	switch t.Fields[i].Kind {
	case event.Money, event.Rate, event.Int:
		return true
	}
	return false
}
