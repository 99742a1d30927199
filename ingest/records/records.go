// Package records reads a file of any format as a sequence of JSON events, one per message.
//
// NDJSON and JSON come through byte for byte. Rows of CSV, Parquet and Arrow files become flat events: the columns' names are
// the fields, numbers are exact, what is empty or null is absent.
package records

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"tieback/ingest"
	"tieback/ingest/event"
)

// Format is how a file is written.
type Format string

// The formats. Found by the first bytes of the file where Options name none.
const (
	NDJSON  Format = "ndjson"
	JSON    Format = "json" // an array of events, or events one after another that may span lines
	CSV     Format = "csv"
	Parquet Format = "parquet"
	Arrow   Format = "arrow" // the IPC format, as file (Feather version 2) or stream
)

// Formats lists them all.
var Formats = []Format{NDJSON, JSON, CSV, Parquet, Arrow}

// Options say what files do not say themselves. The zero value leaves everything to the files.
type Options struct {
	Format Format
	// Foreign records are taken as they are: a map makes events of them, so that nothing is added and no column needed.
	Foreign bool
	// Map is the digest of that map's text.
	Map string
	// Otherwise, if set, is told why the rows of a file cannot be events, where no option says which columns are which; they are then
	// foreign. Else that is an error.
	Otherwise func(why error) `json:"-"`
	// Type and Source are given to records that name none. Foreign records get no source: the events of their map do.
	Type, Source string
	// IDFrom and TimeFrom are the columns whose values are the id and the time of rows that have no such column.
	IDFrom, TimeFrom string
	// Delimiter parts the cells of CSV; zero: that of comma, semicolon, tab and bar which the header holds most.
	Delimiter byte
	// DecimalComma reads 1.234,56 as 1234.56, in CSV cells of fields that are amounts, rates or whole numbers, and in those of
	// foreign rows that look like such a number.
	DecimalComma bool
	// Zone is where a day begins that stands for a time; nil: UTC.
	Zone *time.Location `json:"-"`
	// Stdin is what the name "-" reads.
	Stdin io.Reader `json:"-"`
}

// FileFormat makes ingest read files with these options.
func (o Options) FileFormat() ingest.FileFormat {
	return ingest.FileFormat{Open: o.OpenAt, Options: o.words()}
}

// words is what events depend on beside the bytes of the file, the time zone excepted: it belongs to the warehouse.
func (o Options) words() string {
	set := make(url.Values)
	for name, value := range map[string]string{"format": string(o.Format), "map": o.Map, "type": o.Type, "source": o.Source, "id-from": o.IDFrom, "time-from": o.TimeFrom} {
		if value != "" {
			set.Set(name, value)
		}
	}
	if o.Delimiter != 0 {
		set.Set("delimiter", string(rune(o.Delimiter)))
	}
	if o.DecimalComma {
		set.Set("decimal-comma", "true")
	}
	return set.Encode()
}

// Open opens a file at its first record.
func (o Options) Open(name string) (ingest.RecordReader, error) { return o.OpenAt(name, 0) }

// OpenAt opens a file at its record from, counted from zero.
func (o Options) OpenAt(name string, from int64) (ingest.RecordReader, error) {
	if o.Foreign {
		o.Source = ""
	}
	file, err := ingest.Open(name, o.Stdin)
	if err != nil {
		return nil, err
	}
	reader, err := o.read(file, from)
	if err != nil {
		file.Close()
		return nil, err
	}
	return reader, nil
}

// read chooses the reader of an open file, which belongs to it from then on unless there is an error.
func (o Options) read(file *ingest.Uncompressed, from int64) (ingest.RecordReader, error) {
	format, err := o.format(file)
	if err != nil {
		return nil, err
	}
	var reader ingest.RecordReader
	switch format {
	case Parquet, Arrow:
		return o.columnar(file, format, from)
	case CSV:
		reader, err = o.csv(file)
	case JSON:
		reader = newJSONReader(file)
	default:
		reader = ingest.LinesOf(file)
	}
	if err != nil {
		return nil, err
	}
	if format != CSV && (o.Type != "" || o.Source != "") {
		reader = &namedReader{RecordReader: reader, options: o}
	}
	return reader, ingest.Skip(reader, from)
}

// foreign are formats that are not read, by their first bytes, with what to do.
var foreign = []struct{ magic, sentence string }{
	{"PK\x03\x04", "is a zip archive or a spreadsheet: unpack it, or save the sheet as CSV"},
	{"\xd0\xcf\x11\xe0", "is an old spreadsheet: save the sheet as CSV"},
	{"FEA1", "is Feather version 1: write it as version 2 (Arrow IPC) or Parquet"},
	{"PARE", "is Parquet with an encrypted footer: write it without encryption"},
	{"Obj\x01", "is an Avro container file: convert it to Parquet or NDJSON"},
	{"ORC", "is an ORC file: convert it to Parquet"},
	{"\xff\xfe", "is UTF-16: save it as UTF-8"},
	{"\xfe\xff", "is UTF-16: save it as UTF-8"},
	{"%PDF", "is a PDF: export its table as CSV"},
	{"\xfd7zXZ", "is compressed with xz: use gzip or zstd"},
}

// format finds the format by content first, by name second. It consumes a byte order mark.
func (o Options) format(file *ingest.Uncompressed) (Format, error) {
	head, err := file.Peek(1 << 16)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read %s: %w (is the file complete?)", file.Name, err)
	}
	if o.Format == "" {
		for _, f := range foreign {
			if bytes.HasPrefix(head, []byte(f.magic)) && !(f.magic == "ORC" && bytes.IndexByte(head, 0) < 0) {
				return "", fmt.Errorf("%s %s", file.Name, f.sentence)
			}
		}
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		head = head[3:]
		if _, err := file.Discard(3); err != nil {
			return "", err
		}
	}
	if o.Format != "" {
		return o.Format, nil
	}
	byName := formatByName(file.Name)
	switch text := bytes.TrimLeft(head, " \t\r\n"); {
	case bytes.HasPrefix(head, []byte("PAR1")):
		return Parquet, nil
	case bytes.HasPrefix(head, []byte("ARROW1")), bytes.HasPrefix(head, []byte("\xff\xff\xff\xff")):
		return Arrow, nil
	case len(text) == 0:
		return NDJSON, nil
	case byName == Parquet || byName == Arrow:
		return "", fmt.Errorf("%s is named as a %s file but does not begin as one: was it downloaded whole? --input-format says what it is", file.Name, byName)
	case text[0] == '[':
		return JSON, nil
	case text[0] == '{':
		return NDJSON, nil
	case byName == CSV || byName == "" && looksLikeHeader(text):
		return CSV, nil
	}
	if !isText(head) {
		return "", fmt.Errorf("%s begins neither as text nor as a known format: is it data? --input-format reads it all the same", file.Name)
	}
	return NDJSON, nil
}

// isText says whether the beginning of a file is text, in whatever encoding: control bytes that no text holds are few. Those few are
// dead letters of their lines.
func isText(head []byte) bool {
	head = head[:min(len(head), textHead)]
	strange := 0
	for _, c := range head {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
			strange++
		}
	}
	return strange <= 2 || strange*textShare <= len(head)
}

// textHead is how much of a file says whether it is text, and one byte in textShare may be a control byte. Noise has one in eight.
const (
	textHead  = 4096
	textShare = 20
)

// formatByName is the format a name stands for, empty for none.
func formatByName(name string) Format {
	name = strings.ToLower(filepath.Base(name))
	for _, end := range []string{".gz", ".zst", ".zstd", ".bz2", ".lz4", ".sz", ".snappy"} {
		name = strings.TrimSuffix(name, end)
	}
	switch filepath.Ext(name) {
	case ".ndjson", ".jsonl", ".json":
		return NDJSON
	case ".csv", ".tsv", ".psv":
		return CSV
	case ".parquet", ".pq":
		return Parquet
	case ".arrow", ".arrows", ".feather", ".ipc":
		return Arrow
	}
	return ""
}

// looksLikeHeader says whether a text begins with a row of names, one of which is known to the contract.
func looksLikeHeader(text []byte) bool {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	cells, fault := (&rowParser{delimiter: delimiterOf(line)}).parse(trimLineEnd(line))
	if fault != "" || len(cells) < 2 {
		return false
	}
	for _, cell := range cells {
		if knownName(strings.TrimSpace(string(cell))) {
			return true
		}
	}
	return false
}

// knownName says whether an attribute or a field of the contract is called so.
func knownName(name string) bool {
	switch name {
	case "id", "source", "type", "time":
		return true
	}
	for _, t := range event.Types {
		if t.Field(name) >= 0 {
			return true
		}
	}
	return false
}
