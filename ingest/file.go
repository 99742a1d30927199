package ingest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/zstd"

	"tieback/ingest/event"
)

// chunkRecords and chunkBytes bound what a source yields at once, but for the last message.
const (
	chunkRecords = 10_000
	chunkBytes   = 4 << 20
)

// OpenLines opens an NDJSON file, plain, gzip or zstd by its first bytes; "-" is standard input.
func OpenLines(name string) (io.ReadCloser, error) {
	file := os.Stdin
	if name != "-" {
		var err error
		if file, err = os.Open(name); err != nil {
			return nil, err
		}
	}
	buffered := bufio.NewReaderSize(file, 1<<20)
	head, err := buffered.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		unzip, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, fmt.Errorf("read %s as gzip: %w", name, err)
		}
		return decompressed{unzip, file}, nil
	case bytes.Equal(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		unzip, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, fmt.Errorf("read %s as zstd: %w", name, err)
		}
		return decompressed{unzip, file}, nil
	}
	return decompressed{buffered, file}, nil
}

// decompressed closes the file under a decompressor.
type decompressed struct {
	io.Reader
	file io.Closer
}

func (d decompressed) Close() error { return d.file.Close() }

// LineReader reads NDJSON line by line; blank lines are no records.
type LineReader struct {
	name   string
	in     *bufio.Reader
	closer io.Closer
}

// NewLineReader reads lines of what OpenLines opens.
func NewLineReader(name string) (*LineReader, error) {
	in, err := OpenLines(name)
	if err != nil {
		return nil, err
	}
	return &LineReader{name: name, in: bufio.NewReaderSize(in, 1<<20), closer: in}, nil
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

// FileSource reads NDJSON files one after another.
type FileSource struct {
	files []sourceFile
	known int64
	open  *LineReader
	next  int64
	// fault is an error that comes after the chunk that was read before it.
	fault error
}

type sourceFile struct {
	name, topic string
	start       int64
}

// NewFileSource prepares files. known is the start of the load in microseconds since 1970
// UTC; it is what known_at becomes. start says up to which record a log is in
// the warehouse already. A file that is missing, a folder or not readable is an error before anything is read.
func NewFileSource(names []string, known int64, start func(topic string) int64) (*FileSource, error) {
	s := &FileSource{known: known}
	listed := make(map[string]bool)
	for _, name := range names {
		if info, err := os.Stat(name); name != "-" && err == nil && info.IsDir() {
			return nil, fmt.Errorf("%s is a folder; name its files, such as %s/*.ndjson", name, strings.TrimSuffix(name, "/"))
		}
		topic, err := FileTopic(name, known)
		if err != nil {
			return nil, err
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

// Next yields the next records of the current file.
func (s *FileSource) Next(ctx context.Context) (*Chunk, error) {
	for len(s.files) > 0 {
		if err := errors.Join(s.fault, ctx.Err()); err != nil {
			return nil, err
		}
		if s.open == nil {
			if err := s.openNext(); err != nil {
				return nil, err
			}
		}
		chunk, err := s.chunk()
		if errors.Is(err, io.EOF) {
			s.open.Close()
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

// openNext opens the first file and passes what is known already.
func (s *FileSource) openNext() error {
	lines, err := NewLineReader(s.files[0].name)
	if err != nil {
		return err
	}
	s.open = lines
	var skipped []byte
	for s.next = 0; s.next < s.files[0].start; s.next++ {
		if skipped, err = lines.Append(skipped[:0]); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
	return nil
}

// chunk reads up to chunkRecords records.
func (s *FileSource) chunk() (*Chunk, error) {
	c := &Chunk{Partition: Partition{Topic: s.files[0].topic}, First: s.next, Next: s.next}
	arena := make([]byte, 0, 1<<20)
	var ends []int
	var err error
	for len(ends) < chunkRecords && len(arena) < chunkBytes {
		if arena, err = s.open.Append(arena); err != nil {
			break
		}
		ends = append(ends, len(arena))
	}
	from := 0
	for _, end := range ends {
		c.Records = append(c.Records, Record{Message: event.Message{Value: arena[from:end], Timestamp: s.known}, Offset: s.next})
		from = end
		s.next++
	}
	c.Next, c.Bytes = s.next, len(arena)
	return c, err
}
