package ingest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"tieback/ingest"
	"tieback/ingest/event"
)

// knownAt is when the loads of these tests begin, in microseconds since 1970 UTC.
const knownAt = 1772446500_000000

func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func gzipped(t *testing.T, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zstandard(t *testing.T, content []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	return w.EncodeAll(content, nil)
}

// loadFiles loads files into the store as far as they can be read.
func loadFiles(t *testing.T, s *store, names ...string) (ingest.Summary, error) {
	t.Helper()
	source, err := ingest.NewFileSource(names, knownAt, func(topic string) int64 {
		at, _ := s.stored(ingest.Partition{Topic: topic})
		return at
	})
	if err != nil {
		t.Fatal(err)
	}
	return run(t, t.Context(), s, source, ingest.Limits{})
}

// lines makes n events, one a line.
func lines(prefix string, n int) []byte {
	var out []byte
	for i := range n {
		out = append(append(out, shock(fmt.Sprintf("%s-%d", prefix, i))...), '\n')
	}
	return out
}

func rowIDs(s *store) []string {
	var list []string
	for _, r := range s.rows {
		list = append(list, r.id)
	}
	return list
}

func TestFileForms(t *testing.T) {
	content := lines("e", 3)
	two := append(gzipped(t, content[:len(content)-1]), gzipped(t, []byte("\n"))...)
	for name, file := range map[string][]byte{
		"plain":                 content,
		"gzip":                  gzipped(t, content),
		"gzip in two members":   two,
		"zstd":                  zstandard(t, content),
		"carriage returns":      bytes.ReplaceAll(content, []byte("\n"), []byte("\r\n")),
		"blank lines":           append([]byte("\n \n\r\n"), bytes.ReplaceAll(content, []byte("\n"), []byte("\n\n\t\n"))...),
		"no newline at the end": bytes.TrimRight(content, "\n"),
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore()
			summary, err := loadFiles(t, s, write(t, "events", file)) // the name says nothing: the first bytes decide
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(ids("e", 3), rowIDs(s)); diff != "" || summary.Consumed != 3 {
				t.Errorf("consumed %d (-want +got):\n%s", summary.Consumed, diff)
			}
			for i, r := range s.rows {
				if r.value != string(shock(fmt.Sprintf("e-%d", i))) || r.at.Offset != int64(i) || r.known != knownAt {
					t.Errorf("record %d is %q at %d, known at %d", i, r.value, r.at.Offset, r.known)
				}
				if !strings.HasPrefix(r.at.Topic, "file:") || len(r.at.Topic) != len("file:")+64 {
					t.Errorf("log %q, want file: and a SHA-256", r.at.Topic)
				}
			}
		})
	}
}

func TestEmptyFile(t *testing.T) {
	for name, content := range map[string][]byte{"no byte": nil, "blank": []byte("\n\n"), "gzip": gzipped(t, nil)} {
		s := newStore()
		if got, err := loadFiles(t, s, write(t, "empty", content)); err != nil || got.Consumed != 0 || len(s.batches) != 0 {
			t.Errorf("%s: consumed %d in %d batches, %v; want none", name, got.Consumed, len(s.batches), err)
		}
	}
}

// Only the end of the line is cut off: carriage returns that belong to a broken line are kept in its dead letter.
func TestLineIsKeptByteForByte(t *testing.T) {
	s := newStore()
	if _, err := loadFiles(t, s, write(t, "odd", []byte("\r{\x00\xff\r\r\nnext\n"))); err != nil {
		t.Fatal(err)
	}
	if len(s.rows) != 2 || s.rows[0].value != "\r{\x00\xff\r" || s.rows[1].value != "next" {
		t.Errorf("%+v, want the bytes before the end of each line", s.rows)
	}
}

// What stands before the fault of a damaged file is loaded; the error names the file; the whole file then completes it.
func TestTruncatedFile(t *testing.T) {
	content := lines("e", 30_000) // more than one chunk of 10,000
	for name, whole := range map[string][]byte{"gzip": gzipped(t, content), "zstd": zstandard(t, content)} {
		t.Run(name, func(t *testing.T) {
			path := write(t, "cut."+name, whole[:len(whole)*9/10])
			s := newStore()
			summary, err := loadFiles(t, s, path)
			if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "complete?") {
				t.Errorf("%v, want the file's name and a question", err)
			}
			if summary.Consumed < 10_000 || summary.Consumed >= 30_000 || int(summary.Consumed) != len(s.rows) || summary.DeadLetters != 0 {
				t.Errorf("consumed %d with %d dead letters, %d rows; want what stands before the fault, without the torn line", summary.Consumed, summary.DeadLetters, len(s.rows))
			}
			if diff := cmp.Diff(ids("e", len(s.rows)), rowIDs(s)); diff != "" {
				t.Error("the records before the fault are not the first ones of the file")
			}
		})
	}
}

func TestWrongFiles(t *testing.T) {
	folder := t.TempDir()
	good := write(t, "good.ndjson", lines("e", 1))
	start := func(string) int64 { return 0 }
	_, err := ingest.NewFileSource([]string{good, folder}, knownAt, start)
	if err == nil || !strings.Contains(err.Error(), folder+" is a folder; name its files") {
		t.Errorf("%v, want that it is a folder", err)
	}
	missing := filepath.Join(folder, "missing.ndjson")
	_, err = ingest.NewFileSource([]string{good, missing}, knownAt, start)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), missing) {
		t.Errorf("%v, want that %s does not exist", err, missing)
	}
	_, err = loadFiles(t, newStore(), write(t, "false.gz", []byte("\x1f\x8bnot gzip")))
	if err == nil || !strings.Contains(err.Error(), "false.gz as gzip") {
		t.Errorf("%v, want that it is no gzip", err)
	}
}

func TestStandardInput(t *testing.T) {
	file, err := os.Open(write(t, "input", lines("in", 2)))
	if err != nil {
		t.Fatal(err)
	}
	stdin := os.Stdin
	defer func() { os.Stdin = stdin }()
	os.Stdin = file
	s := newStore()
	if _, err := loadFiles(t, s, "-"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ids("in", 2), rowIDs(s)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if want := fmt.Sprint("file:stdin:", int64(knownAt)); s.rows[0].at.Topic != want {
		t.Errorf("log %q, want %q", s.rows[0].at.Topic, want)
	}
}

// A line longer than a message may be is one dead letter; one beyond all measure is an error that
// comes after what stood before it, and its tail never counts as a line.
func TestHugeLines(t *testing.T) {
	huge := bytes.Repeat([]byte("x"), event.MaxMessageBytes+1)
	s := newStore()
	content := append(append(lines("a", 1), huge...), append([]byte("\n"), lines("b", 1)...)...)
	if _, err := loadFiles(t, s, write(t, "huge", content)); err != nil {
		t.Fatal(err)
	}
	if len(s.rows) != 3 || s.rows[0].id != "a-0" || s.rows[1].code != event.TooLarge || len(s.rows[1].value) != len(huge) || s.rows[2].id != "b-0" {
		t.Errorf("%d rows; want a-0, a dead letter of %d bytes, b-0", len(s.rows), len(huge))
	}
	if testing.Short() {
		return
	}
	s = newStore()
	path := write(t, "endless.zst", zstandard(t, append(lines("a", 1), bytes.Repeat([]byte("x"), 64<<20+1)...)))
	_, err := loadFiles(t, s, path)
	if err == nil || !strings.Contains(err.Error(), path+": a line is longer than 64 MiB") {
		t.Errorf("%v, want that the line is too long", err)
	}
	if diff := cmp.Diff([]string{"a-0"}, rowIDs(s)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A load goes on behind the records that are known, and a file that is known whole yields nothing.
func TestResumeFromRecord(t *testing.T) {
	content := lines("e", 25_000)
	for _, from := range []int64{0, 1, 9_999, 10_000, 24_999, 25_000, 30_000} {
		path := write(t, "resume", content)
		topic, err := ingest.FileTopic(path, knownAt)
		if err != nil {
			t.Fatal(err)
		}
		s := newStore()
		s.positions[ingest.Partition{Topic: topic}] = from
		if _, err := loadFiles(t, s, path); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(ids("e", 25_000)[min(from, 25_000):], append([]string{}, rowIDs(s)...)); diff != "" {
			t.Errorf("from %d: %d rows, want %d", from, len(s.rows), max(0, 25_000-from))
		}
		if len(s.rows) > 0 && s.rows[0].at.Offset != from {
			t.Errorf("from %d: the first record is number %d", from, s.rows[0].at.Offset)
		}
	}
}

// Known says which files need not be read; the same bytes under two names are one file.
func TestSameFileTwice(t *testing.T) {
	one, two, other := write(t, "one", lines("e", 4)), write(t, "two", lines("e", 4)), write(t, "other", lines("f", 2))
	s := newStore()
	summary, err := loadFiles(t, s, one, two, other, one)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(append(ids("e", 4), ids("f", 2)...), rowIDs(s)); diff != "" || summary.Consumed != 6 {
		t.Errorf("consumed %d (-want +got):\n%s", summary.Consumed, diff)
	}
	source, err := ingest.NewFileSource([]string{two, other}, knownAt, func(topic string) int64 { at, _ := s.stored(ingest.Partition{Topic: topic}); return at })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int64{two: 4, other: 2}, source.Known()); diff != "" {
		t.Errorf("known (-want +got):\n%s", diff)
	}
	if _, err := source.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("%v, want io.EOF", err)
	}
}

// A load that is stopped commits what it has read and ends without an error.
func TestLoadStops(t *testing.T) {
	path := write(t, "stopped", lines("e", 100_000))
	s := newStore()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	s.committed = func(ingest.Batch) { stop() }
	source, err := ingest.NewFileSource([]string{path}, knownAt, func(string) int64 { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, ctx, s, source, ingest.Limits{Rows: 1000}); err != nil {
		t.Fatal(err)
	}
	before := len(s.rows)
	if before == 0 || before == 100_000 {
		t.Fatalf("%d rows after the stop, want some but not all", before)
	}
	s.committed = nil
	if _, err := loadFiles(t, s, path); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ids("e", 100_000), rowIDs(s)); diff != "" {
		t.Errorf("%d rows after the second load, want 100,000 in order", len(s.rows))
	}
	checkContiguous(t, s)
}
