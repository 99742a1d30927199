package ingest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"tieback/ingest/event"
)

// chunkRecords and chunkBytes bound what a source yields at once, but for the last message.
const (
	chunkRecords = 10_000
	chunkBytes   = 4 << 20
)

// LineReader reads NDJSON line by line; blank lines are no records.
type LineReader struct {
	name   string
	in     *bufio.Reader
	closer io.Closer
}

// NewLineReader reads lines of what Open opens; "-" is standard input.
func NewLineReader(name string) (*LineReader, error) {
	in, err := Open(name, os.Stdin)
	if err != nil {
		return nil, err
	}
	return LinesOf(in), nil
}

// LinesOf reads lines from where a file that is open stands. It closes the file.
func LinesOf(in *Uncompressed) *LineReader {
	return &LineReader{name: in.Name, in: in.Reader, closer: in}
}

// Close closes the file.
func (l *LineReader) Close() error { return l.closer.Close() }

// Append appends the next record's bytes to arena and returns it; io.EOF after the last one.
func (l *LineReader) Append(arena []byte) ([]byte, error) {
	start := len(arena)
	for {
		part, err := l.in.ReadSlice('\n')
		arena = append(arena, part...)
		switch {
		case len(arena)-start > maxRecordBytes:
			return arena[:start], fmt.Errorf("read %s: a line is longer than %d MiB: is it a file of one JSON event a line?", l.name, maxRecordBytes>>20)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return arena[:start], fmt.Errorf("read %s: %w (is the file complete?)", l.name, err)
		}
		if line := trimEnd(arena[start:]); len(bytes.TrimSpace(line)) > 0 {
			return arena[:start+len(line)], nil
		}
		arena = arena[:start]
		if err != nil {
			return arena, io.EOF
		}
	}
}

// trimEnd cuts off the end of a line, and nothing else: a dead letter holds its line byte for byte.
func trimEnd(line []byte) []byte {
	if end := len(line) - 1; end >= 0 && line[end] == '\n' {
		line = line[:end]
	}
	if end := len(line) - 1; end >= 0 && line[end] == '\r' {
		line = line[:end]
	}
	return line
}

// optionsFollow stands between the name of a file's log and the options that it was read with.
const optionsFollow = "?"

// FileTopic is the log name of a file: file: and the SHA-256 of its bytes. Standard
// input has no bytes to hash beforehand and is called file:stdin:<known>.
func FileTopic(name string, known int64) (string, error) {
	if name == "-" {
		return fmt.Sprintf("file:stdin:%d", known), nil
	}
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }() // only read
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	return "file:" + hex.EncodeToString(sum.Sum(nil)), nil
}

// RecordReader reads the records of one file one after another.
type RecordReader interface {
	// Append appends the next record's bytes to arena and returns it; io.EOF after the last one. With an *event.InvalidError
	// the bytes are a record all the same, one that can never be an event; after any other error there are no more.
	Append(arena []byte) ([]byte, error)
	Close() error
}

// FileFormat says how files become records. The zero value reads NDJSON.
type FileFormat struct {
	// Open opens a file at its record from, counted from zero. A file that has fewer yields io.EOF at once.
	Open func(name string, from int64) (RecordReader, error)
	// Options is what events depend on beside the bytes, in one word, such as type=cost.entry. It stands in the name of the
	// log behind a question mark, so that a file that is read with other options or by another map is read again.
	Options string
}

// openLines is Open for NDJSON.
func openLines(name string, from int64) (RecordReader, error) {
	lines, err := NewLineReader(name)
	if err != nil {
		return nil, err
	}
	if err := Skip(lines, from); err != nil {
		lines.Close()
		return nil, err
	}
	return lines, nil
}

// Skip passes n records, or all that there are.
func Skip(r RecordReader, n int64) error {
	var skipped []byte
	for ; n > 0; n-- {
		var err error
		if skipped, err = r.Append(skipped[:0]); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil && event.AsInvalid(err) == nil {
			return err
		}
	}
	return nil
}

// FileSource reads files one after another.
type FileSource struct {
	files  []sourceFile
	known  int64
	format FileFormat
	open   RecordReader
	next   int64
	// fault is an error that comes after the chunk that was read before it.
	fault error
}

type sourceFile struct {
	name, topic string
	start       int64
}

// NewFileSource prepares NDJSON files; see NewRecordSource.
func NewFileSource(names []string, known int64, start func(topic string) int64) (*FileSource, error) {
	return NewRecordSource(names, known, FileFormat{Open: openLines}, start)
}

// NewRecordSource prepares files. known is the start of the load in microseconds since 1970
// UTC; it is what known_at becomes. start says up to which record a log is in
// the warehouse already. A file that is missing, a folder or not readable is an error before anything is read.
func NewRecordSource(names []string, known int64, format FileFormat, start func(topic string) int64) (*FileSource, error) {
	s := &FileSource{known: known, format: format}
	listed := make(map[string]bool)
	for _, name := range names {
		if info, err := os.Stat(name); name != "-" && err == nil && info.IsDir() {
			return nil, fmt.Errorf("%s is a folder; name its files, such as %s/*.ndjson", name, strings.TrimSuffix(name, "/"))
		}
		topic, err := FileTopic(name, known)
		if err != nil {
			return nil, err
		}
		if format.Options != "" {
			topic += optionsFollow + format.Options
		}
		if listed[topic] {
			continue // the same bytes again, under this or another name, are the same log
		}
		listed[topic] = true
		s.files = append(s.files, sourceFile{name, topic, start(topic)})
	}
	return s, nil
}

// Known lists the files of which records are in the warehouse already, with their number.
func (s *FileSource) Known() map[string]int64 {
	known := make(map[string]int64)
	for _, f := range s.files {
		if f.start > 0 {
			known[f.name] = f.start
		}
	}
	return known
}

// Otherwise lists the files that are read from their start although their bytes are in one of logs: they were read with other
// options or by another map.
func (s *FileSource) Otherwise(logs iter.Seq[string]) []string {
	read := make(map[string]bool)
	for log := range logs {
		bytes, _, _ := strings.Cut(log, optionsFollow)
		read[bytes] = true
	}
	var names []string
	for _, f := range s.files {
		if bytes, _, _ := strings.Cut(f.topic, optionsFollow); f.start == 0 && read[bytes] {
			names = append(names, f.name)
		}
	}
	return names
}

// Next yields the next records of the current file.
func (s *FileSource) Next(ctx context.Context) (*Chunk, error) {
	for len(s.files) > 0 {
		if err := errors.Join(s.fault, ctx.Err()); err != nil {
			return nil, err
		}
		if s.open == nil {
			reader, err := s.format.Open(s.files[0].name, s.files[0].start)
			if err != nil {
				return nil, err
			}
			s.open, s.next = reader, s.files[0].start
		}
		chunk, err := s.chunk()
		if errors.Is(err, io.EOF) {
			_ = s.open.Close() // only read
			s.open, s.files = nil, s.files[1:]
			err = nil
		}
		if err != nil && len(chunk.Records) == 0 || err == nil && len(chunk.Records) > 0 {
			return chunk, err
		}
		if err != nil {
			// What was read before the fault still counts; the fault comes next.
			s.fault = err
			return chunk, nil
		}
	}
	return nil, io.EOF
}

// chunk reads up to chunkRecords records.
func (s *FileSource) chunk() (*Chunk, error) {
	c := &Chunk{Partition: Partition{Topic: s.files[0].topic}, First: s.next, Next: s.next}
	arena := make([]byte, 0, 1<<20)
	var ends []int
	var invalid map[int]*event.InvalidError
	var err error
	for len(ends) < chunkRecords && len(arena) < chunkBytes {
		if arena, err = s.open.Append(arena); err != nil {
			why := event.AsInvalid(err)
			if why == nil {
				break
			}
			if invalid == nil {
				invalid = make(map[int]*event.InvalidError)
			}
			invalid[len(ends)], err = why, nil
		}
		ends = append(ends, len(arena))
	}
	from := 0
	for i, end := range ends {
		c.Records = append(c.Records, Record{Message: event.Message{Value: arena[from:end], Timestamp: s.known}, Offset: s.next, Invalid: invalid[i]})
		from = end
		s.next++
	}
	c.Next, c.Bytes = s.next, len(arena)
	return c, err
}
