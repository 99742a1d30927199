package records

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"tieback/ingest"
)

const (
	// maxRowBytes is how long a row of CSV may become by lines that its quotes span.
	maxRowBytes = 1 << 20
	// maxLineBytes is how long one line may be; a longer one is none of CSV.
	maxLineBytes = 256 << 20
)

// rowReader reads rows of CSV as RFC 4180 has them. encoding/csv would not do: a dead letter needs the bytes of its row, and
// one quote that is never closed must cost its own line, not the rest of the file.
type rowReader struct {
	file *ingest.Uncompressed
	rowParser
	// again is what was read beyond a broken row and is read once more.
	again []byte
	// line is the number of the line that comes next, from 1.
	line int64
	raw  []byte
}

// next returns the next row that is not blank: its bytes without the end of the line, its cells, and the line it begins at.
// fault says what is wrong with its quotes; then there are no cells. All of it holds until the next call. io.EOF comes after the last row.
func (r *rowReader) next() (raw []byte, cells [][]byte, line int64, fault string, err error) {
	for {
		r.raw, err = r.appendLine(r.raw[:0])
		if err != nil {
			return nil, nil, 0, "", err
		}
		if len(bytes.TrimSpace(r.raw)) > 0 {
			break
		}
	}
	line = r.line - 1
	first := len(r.raw)
	trimmed := trimLineEnd(r.raw)
	cells, fault = r.parse(trimmed)
	for fault == quoteOpen {
		read := len(trimmed)
		if r.raw, err = r.appendLine(r.raw); errors.Is(err, io.EOF) || len(r.raw) > maxRowBytes {
			break
		} else if err != nil {
			return nil, nil, 0, "", err
		}
		trimmed = trimLineEnd(r.raw)
		cells, fault = r.resume(trimmed, read)
	}
	if fault != "" && len(r.raw) > first {
		r.line -= int64(bytes.Count(r.raw[first:], []byte("\n")))
		if r.raw[len(r.raw)-1] != '\n' {
			r.line--
		}
		r.again = append(append([]byte(nil), r.raw[first:]...), r.again...)
		r.raw = r.raw[:first]
	}
	return trimLineEnd(r.raw), cells, line, fault, nil
}

// appendLine appends the next line with its end; io.EOF where there is none.
func (r *rowReader) appendLine(to []byte) ([]byte, error) {
	if len(r.again) > 0 {
		end := bytes.IndexByte(r.again, '\n') + 1
		if end == 0 {
			end = len(r.again)
		}
		to = append(to, r.again[:end]...)
		r.again = r.again[end:]
		r.line++
		return to, nil
	}
	start := len(to)
	for {
		part, err := r.file.ReadSlice('\n')
		to = append(to, part...)
		switch {
		case err == nil, errors.Is(err, io.EOF) && len(to) > start:
			r.line++
			return to, nil
		case errors.Is(err, io.EOF):
			return to, io.EOF
		case len(to)-start > maxLineBytes:
			return to, fmt.Errorf("read %s: line %d is longer than %d MiB: is it CSV?", r.file.Name, r.line, maxLineBytes>>20)
		case errors.Is(err, bufio.ErrBufferFull):
		default:
			return to, fmt.Errorf("read %s: line %d: %w (is the file complete?)", r.file.Name, r.line, err)
		}
	}
}

// quoteOpen is the fault of a row whose last quote is not closed yet.
const quoteOpen = "a quote is never closed"

// rowParser parts rows into cells.
type rowParser struct {
	delimiter byte
	text      []byte
	ends      []int
	cells     [][]byte
}

// parse returns the cells of a row; they hold until the next call. A cell is quoted where a quote is its first byte; quotes
// anywhere else stand for themselves.
func (p *rowParser) parse(row []byte) (cells [][]byte, fault string) {
	p.text, p.ends, p.cells = p.text[:0], p.ends[:0], p.cells[:0]
	return p.from(row, 0, false)
}

// resume goes on with a row whose quote was open where it ended, at byte read, and that has become longer.
func (p *rowParser) resume(row []byte, read int) (cells [][]byte, fault string) {
	return p.from(row, read, true)
}

// from parses from byte i on, which stands within quotes or begins a cell.
func (p *rowParser) from(row []byte, i int, quoted bool) (cells [][]byte, fault string) {
	for ; ; i++ {
		if !quoted && i < len(row) && row[i] == '"' {
			quoted = true
			i++
		}
		if quoted {
			after, closed := p.quoted(row, i)
			if !closed {
				return nil, quoteOpen
			}
			if i, quoted = after, false; i < len(row) && row[i] != p.delimiter {
				return nil, fmt.Sprintf("text follows the quote that closes cell %d", len(p.ends)+1)
			}
		} else {
			end := bytes.IndexByte(row[i:], p.delimiter)
			if end < 0 {
				end = len(row) - i
			}
			p.text = append(p.text, row[i:i+end]...)
			i += end
		}
		p.ends = append(p.ends, len(p.text))
		if i >= len(row) {
			break
		}
	}
	from := 0
	for _, end := range p.ends {
		p.cells = append(p.cells, p.text[from:end])
		from = end
	}
	return p.cells, ""
}

// quoted reads a quoted cell from byte i within it and returns where the text after its closing quote begins. Where there is
// no such quote the whole row has been read.
func (p *rowParser) quoted(row []byte, i int) (after int, closed bool) {
	for {
		end := bytes.IndexByte(row[i:], '"')
		if end < 0 {
			p.text = append(p.text, row[i:]...)
			return 0, false
		}
		p.text = append(p.text, row[i:i+end]...)
		if i += end + 1; i >= len(row) || row[i] != '"' {
			return i, true
		}
		p.text = append(p.text, '"') // two quotes are one
		i++
	}
}

// trimLineEnd cuts off the end of a line.
func trimLineEnd(line []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
}

// delimiterOf is the delimiter that a header holds most, outside quotes.
func delimiterOf(header []byte) byte {
	best, most := byte(','), 0
	for _, candidate := range []byte(",;\t|") {
		count, quoted := 0, false
		for _, c := range header {
			if c == '"' {
				quoted = !quoted
			} else if c == candidate && !quoted {
				count++
			}
		}
		if count > most {
			best, most = candidate, count
		}
	}
	return best
}
