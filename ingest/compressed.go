package ingest

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// compressions are told apart by the first bytes of a file: what its name ends in does not matter.
var compressions = []struct {
	name  string
	magic []byte
	open  func(io.Reader) (io.Reader, error)
}{
	{"gzip", []byte{0x1f, 0x8b}, func(in io.Reader) (io.Reader, error) { return gzip.NewReader(in) }},
	{"zstd", []byte{0x28, 0xb5, 0x2f, 0xfd}, func(in io.Reader) (io.Reader, error) {
		return zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
	}},
	{"bzip2", []byte("BZh"), func(in io.Reader) (io.Reader, error) { return bzip2.NewReader(in), nil }},
	{"lz4", []byte{0x04, 0x22, 0x4d, 0x18}, func(in io.Reader) (io.Reader, error) { return lz4.NewReader(in), nil }},
	{"snappy", []byte("\xff\x06\x00\x00sNaPpY"), func(in io.Reader) (io.Reader, error) { return s2.NewReader(in), nil }},
}

// Uncompressed is a file that is open for reading once, without its compression.
type Uncompressed struct {
	*bufio.Reader
	// Name is what the file is called in errors.
	Name string
	// File is the file itself where it is not compressed and can be read from anywhere in it, else nil.
	File *os.File
	// Compression is how it was compressed, such as gzip; empty: not at all.
	Compression string
	closer      io.Closer
}

// Open opens a file, compressed or not by its first bytes (gzip, zstd, bzip2, lz4, framed snappy); "-" is stdin.
func Open(name string, stdin io.Reader) (*Uncompressed, error) {
	u := &Uncompressed{Name: name}
	in := stdin
	if name == "-" {
		u.Name = "standard input"
	} else {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		u.closer, in = file, file
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			u.File = file
		}
	}
	u.Reader = bufio.NewReaderSize(in, 1<<20)
	head, err := u.Peek(10)
	if err != nil && !errors.Is(err, io.EOF) {
		u.Close()
		return nil, fmt.Errorf("read %s: %w", u.Name, err)
	}
	for _, c := range compressions {
		if !bytes.HasPrefix(head, c.magic) {
			continue
		}
		plain, err := c.open(u.Reader)
		if err != nil {
			u.Close()
			return nil, fmt.Errorf("read %s as %s: %w", u.Name, c.name, err)
		}
		u.Reader, u.File, u.Compression = bufio.NewReaderSize(plain, 1<<20), nil, c.name
		break
	}
	return u, nil
}

// Close closes the file; standard input stays open.
func (u *Uncompressed) Close() error {
	if u.closer == nil {
		return nil
	}
	return u.closer.Close()
}
