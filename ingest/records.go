package ingest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/segmentio/kafka-go/compress"

	"tieback/ingest/event"
)

// The record batches of Kafka's protocol (https://kafka.apache.org/documentation/#recordbatch), read one record after the other.
// kafka-go inflates a whole answer before it shows the first record: a batch of some 100 KB can hold a gigabyte.

const (
	// batchHead is how many bytes stand before the records of a batch, batchPrefix those that its length does not count, and
	// batchMagic where the version of the format stands.
	batchHead, batchPrefix, batchMagic = 61, 12, 16
	// maxRecordBytes is the largest message that is kept whole, and the longest line of a file.
	maxRecordBytes = 64 << 20
	// headBytes is how much is kept of a larger one, and of one with more than maxHeaders headers.
	headBytes, maxHeaders = 64 << 10, 10_000
	// maxWindow is how far back zstd may refer: what its highest level uses. More would be memory that a message may ask for.
	maxWindow = 128 << 20
)

// Attributes of a batch.
const (
	codecMask     = 0x07
	logAppendTime = 0x08
	transactional = 0x10
	controlBatch  = 0x20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// recordBatch is one batch as it lies in the log.
type recordBatch struct {
	// base is the offset that those of the records are counted from, last the last offset that the batch took, also where
	// compaction removed that record.
	base, last int64
	attributes int16
	// first and latest are timestamps in milliseconds: that which those of the records are counted from, and the latest or,
	// for logAppendTime, that of all records.
	first, latest int64
	producer      int64
	records       int32
	// body holds the records, compressed as the attributes say.
	body []byte
}

func (b *recordBatch) is(attribute int16) bool { return b.attributes&attribute != 0 }

// errCutOff says that a broker sent only the beginning of a batch, as it may do with the last one.
var errCutOff = errors.New("the batch is cut off")

// entryLength is how many bytes the first batch of raw takes.
func entryLength(raw []byte) (int, error) {
	if len(raw) <= batchMagic {
		return 0, errCutOff
	}
	length := int(int32(binary.BigEndian.Uint32(raw[8:])))
	if length <= batchMagic-batchPrefix {
		return 0, fmt.Errorf("a batch of %d bytes is no batch", length)
	}
	if batchPrefix+length > len(raw) {
		return 0, errCutOff
	}
	return batchPrefix + length, nil
}

// parseBatch reads the head of a batch of version 2, whose bytes are exactly raw.
func parseBatch(raw []byte) (*recordBatch, error) {
	if len(raw) < batchHead {
		return nil, fmt.Errorf("a batch of %d bytes is shorter than its head", len(raw))
	}
	if crc32.Checksum(raw[21:], castagnoli) != binary.BigEndian.Uint32(raw[17:]) {
		return nil, errors.New("a batch is damaged: its checksum is another one")
	}
	at64 := func(i int) int64 { return int64(binary.BigEndian.Uint64(raw[i:])) }
	b := &recordBatch{
		base: at64(0), attributes: int16(binary.BigEndian.Uint16(raw[21:])), first: at64(27), latest: at64(35), producer: at64(43),
		records: int32(binary.BigEndian.Uint32(raw[57:])), body: raw[batchHead:],
	}
	b.last = b.base + int64(int32(binary.BigEndian.Uint32(raw[23:])))
	if b.last < b.base {
		return nil, errors.New("a batch ends before it begins")
	}
	return b, nil
}

// recordReader reads the records of one batch after another, and holds the memory for it.
type recordReader struct {
	in   *bufio.Reader
	zstd *zstd.Decoder
	// close gives back a decompressor, nil: nothing to do.
	close io.Closer
	batch *recordBatch
	left  int32
}

// open begins a batch.
func (r *recordReader) open(b *recordBatch) error {
	r.done()
	body, err := r.inflate(compress.Compression(b.attributes&codecMask), b.body)
	if err != nil {
		return err
	}
	if r.in == nil {
		r.in = bufio.NewReaderSize(nil, headBytes)
	}
	r.in.Reset(body)
	r.batch, r.left = b, b.records
	return nil
}

// done ends a batch.
func (r *recordReader) done() {
	if r.close != nil {
		_ = r.close.Close() // only read
	}
	r.close, r.batch, r.left = nil, nil, 0
}

func (r *recordReader) inflate(codec compress.Compression, body []byte) (io.Reader, error) {
	switch codec {
	case compress.None:
		return bytes.NewReader(body), nil
	case compress.Snappy:
		return newSnappyReader(body), nil
	case compress.Zstd:
		if r.zstd == nil {
			var err error
			if r.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow)); err != nil {
				return nil, err
			}
		}
		return r.zstd, r.zstd.Reset(bytes.NewReader(body))
	}
	known := codec.Codec()
	if known == nil {
		return nil, fmt.Errorf("a batch is compressed by codec %d, which Kafka does not have", codec)
	}
	reader := known.NewReader(bytes.NewReader(body))
	r.close = reader
	return reader, nil
}

// next reads a record; io.EOF after the last one. What it returns is valid until the next call; key and value of a record
// that is longer than headBytes belong to the caller.
func (r *recordReader) next() (record, error) {
	if r.left <= 0 {
		return record{}, io.EOF
	}
	r.left--
	length, err := binary.ReadVarint(r.in)
	if err != nil {
		return record{}, noEOF(err)
	}
	switch {
	case length <= 0 || length > 1<<31:
		return record{}, fmt.Errorf("a record has %d bytes", length)
	case length <= headBytes:
		data, err := r.in.Peek(int(length))
		if err != nil {
			return record{}, noEOF(err)
		}
		rec, err := r.batch.record(data, false)
		_, _ = r.in.Discard(int(length)) // they were just peeked at
		return rec, err
	case length <= maxRecordBytes:
		data := make([]byte, length)
		if _, err := io.ReadFull(r.in, data); err != nil {
			return record{}, noEOF(err)
		}
		rec, err := r.batch.record(data, false)
		rec.owned = true
		return rec, err
	}
	head := make([]byte, headBytes)
	if _, err := io.ReadFull(r.in, head); err != nil {
		return record{}, noEOF(err)
	}
	rec, err := r.batch.record(head, true)
	rec.owned = true
	if err == nil {
		_, err = io.CopyN(io.Discard, r.in, length-headBytes)
	}
	return rec, noEOF(err)
}

// noEOF makes an error of an end where there should be more.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// record is one record of a batch.
type record struct {
	offset int64
	// at is its timestamp in milliseconds since 1970.
	at         int64
	key, value []byte
	headers    []event.Header
	// cut: key, value and headers are only the beginning of what there was. owned: they lie in memory of their own.
	cut, owned bool
}

// record takes a record apart. Where only its beginning is there, what lacks is left out.
func (b *recordBatch) record(data []byte, cut bool) (record, error) {
	f := fields{rest: data, lenient: cut}
	f.take(1) // attributes, of which there are none
	at, delta := f.number(), f.number()
	rec := record{offset: b.base + delta, at: b.first + at, cut: cut}
	if b.is(logAppendTime) {
		rec.at = b.latest
	}
	rec.key, rec.value = f.bytes(), f.bytes()
	headers := f.number()
	if headers > maxHeaders {
		headers, rec.cut = maxHeaders, true
	}
	for i := int64(0); i < headers && !f.ended; i++ {
		h := event.Header{Key: string(f.bytes())}
		h.Value = bytes.Clone(f.bytes())
		rec.headers = append(rec.headers, h)
	}
	if f.err != nil {
		return rec, f.err
	}
	if rec.cut && rec.value == nil {
		rec.value = []byte{} // not a tombstone
	}
	if rec.offset < b.base || rec.offset > b.last {
		return rec, fmt.Errorf("a record has offset %d, its batch %d to %d", rec.offset, b.base, b.last)
	}
	return rec, nil
}

// fields reads one field after the other.
type fields struct {
	rest []byte
	// lenient: the end may come too early. ended: it came.
	lenient, ended bool
	err            error
}

func (f *fields) short() {
	f.ended, f.rest = true, nil
	if !f.lenient && f.err == nil {
		f.err = errors.New("a record is shorter than its fields")
	}
}

func (f *fields) take(n int64) []byte {
	if n > int64(len(f.rest)) {
		all := f.rest
		f.short()
		return all
	}
	out := f.rest[:n:n]
	f.rest = f.rest[n:]
	return out
}

func (f *fields) number() int64 {
	if f.ended {
		return 0
	}
	v, n := binary.Varint(f.rest)
	if n <= 0 {
		f.short()
		return 0
	}
	f.rest = f.rest[n:]
	return v
}

// bytes reads a length and as many bytes; a negative length is nil.
func (f *fields) bytes() []byte {
	n := f.number()
	if n < 0 || f.ended {
		return nil
	}
	return f.take(n)
}
