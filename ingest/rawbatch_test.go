package ingest_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"testing"

	"github.com/segmentio/kafka-go/compress"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// rawBatch is a batch of records written by hand, for what no client would write.
type rawBatch struct {
	codec      compress.Compression
	attributes int16
	base       int64
	// first and latest are timestamps in milliseconds.
	first, latest int64
	// lastDelta is the last offset, from base; 0: that of the last record.
	lastDelta int32
	records   []rawRecord
}

// rawRecord is one record; value is written repeat times.
type rawRecord struct {
	delta       int64
	milli       int64
	key, value  []byte
	repeat      int
	headers     int
	lyingLength int64
}

// bytes writes the batch as it lies in a log. Values that repeat are compressed as they are written, and never whole in memory.
func (b rawBatch) bytes(t testing.TB) []byte {
	t.Helper()
	var body bytes.Buffer
	out := io.Writer(&body)
	var packed io.WriteCloser
	if b.codec != compress.None {
		packed = b.codec.Codec().NewWriter(&body)
		out = packed
	}
	for _, r := range b.records {
		if err := r.write(out); err != nil {
			t.Fatal(err)
		}
	}
	if packed != nil {
		if err := packed.Close(); err != nil {
			t.Fatal(err)
		}
	}
	last := b.lastDelta
	if n := len(b.records); last == 0 && n > 0 {
		last = int32(b.records[n-1].delta)
	}
	raw := make([]byte, 0, 61+body.Len())
	raw = binary.BigEndian.AppendUint64(raw, uint64(b.base))
	raw = binary.BigEndian.AppendUint32(raw, uint32(49+body.Len()))
	raw = append(raw, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0) // epoch, version, room for the checksum
	raw = binary.BigEndian.AppendUint16(raw, uint16(b.attributes)|uint16(b.codec))
	raw = binary.BigEndian.AppendUint32(raw, uint32(last))
	raw = binary.BigEndian.AppendUint64(raw, uint64(b.first))
	raw = binary.BigEndian.AppendUint64(raw, uint64(b.latest))
	raw = append(raw, bytes.Repeat([]byte{0xff}, 14)...) // no producer
	raw = binary.BigEndian.AppendUint32(raw, uint32(len(b.records)))
	raw = append(raw, body.Bytes()...)
	return sealBatch(raw)
}

// sealBatch writes the checksum.
func sealBatch(raw []byte) []byte {
	binary.BigEndian.PutUint32(raw[17:], crc32.Checksum(raw[21:], crc32.MakeTable(crc32.Castagnoli)))
	return raw
}

func (r rawRecord) write(out io.Writer) error {
	head := []byte{0}
	head = binary.AppendVarint(head, r.milli)
	head = binary.AppendVarint(head, r.delta)
	head = appendSized(head, r.key)
	size := int64(len(r.value) * max(1, r.repeat))
	if r.value == nil {
		size = -1
	}
	head = binary.AppendVarint(head, size)
	tail := binary.AppendVarint(nil, int64(r.headers))
	for range r.headers {
		tail = appendSized(appendSized(tail, []byte("k")), []byte("v"))
	}
	length := int64(len(head)+len(tail)) + max(size, 0) + r.lyingLength
	if _, err := out.Write(append(binary.AppendVarint(nil, length), head...)); err != nil {
		return err
	}
	for range max(1, r.repeat) {
		if _, err := out.Write(r.value); err != nil {
			return err
		}
	}
	_, err := out.Write(tail)
	return err
}

func appendSized(to, b []byte) []byte {
	if b == nil {
		return binary.AppendVarint(to, -1)
	}
	return append(binary.AppendVarint(to, int64(len(b))), b...)
}

// produceRaw hands a batch to the broker as it is.
func produceRaw(t *testing.T, client *kgo.Client, topic string, raw []byte) {
	t.Helper()
	request := kmsg.NewPtrProduceRequest()
	request.Acks, request.TimeoutMillis = -1, 10_000
	one, part := kmsg.NewProduceRequestTopic(), kmsg.NewProduceRequestTopicPartition()
	meta := kmsg.NewPtrMetadataRequest()
	name := kmsg.NewMetadataRequestTopic()
	name.Topic = kmsg.StringPtr(topic)
	meta.Topics = append(meta.Topics, name)
	known, err := meta.RequestWith(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	one.Topic, one.TopicID, part.Records = topic, known.Topics[0].TopicID, raw
	one.Partitions = append(one.Partitions, part)
	request.Topics = append(request.Topics, one)
	reply, err := request.RequestWith(t.Context(), client)
	if err == nil {
		err = kerr.ErrorForCode(reply.Topics[0].Partitions[0].ErrorCode)
	}
	if err != nil {
		t.Fatal(err)
	}
}
