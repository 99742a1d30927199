package ingest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/fetch"
	"github.com/zeebo/xxh3"
)

// Mark is how a message is recognized when its log is opened again: a topic that was deleted and made anew
// holds another message at the offset, or none.
type Mark struct {
	Offset int64
	// Hash is of timestamp, key and value, 63 bits as DuckDB's client takes no more; 0: there is no mark.
	Hash uint64
}

// markBytes is how much is asked for to look at one message: the batch that holds it comes whole in any case.
const markBytes = 16 << 10

// markOf marks a message.
func markOf(r *Record) Mark {
	h := xxh3.New()
	var head [16]byte
	binary.LittleEndian.PutUint64(head[:8], uint64(r.Timestamp))
	binary.LittleEndian.PutUint64(head[8:], uint64(len(r.Key)))
	_, _ = h.Write(head[:]) // a hash takes all
	_, _ = h.Write(r.Key)
	_, _ = h.Write(r.Value)
	return Mark{r.Offset, max(h.Sum64()>>1, 1)}
}

// recognizes says whether the log still holds the marked message. One that was compacted away or lies before
// the log's start proves nothing, and is taken for recognized.
func (s *KafkaSource) recognizes(ctx context.Context, p Partition, mark Mark, b bound) (bool, error) {
	if mark.Hash == 0 || mark.Offset < b.start || mark.Offset >= b.stable {
		return true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.config.FetchTimeout)
	defer cancel()
	request := newFetchRequest()
	request.Topics = []fetch.RequestTopic{{Topic: p.Topic, Partitions: []fetch.RequestPartition{{
		Partition: p.Partition, CurrentLeaderEpoch: -1, FetchOffset: mark.Offset, LogStartOffset: -1, PartitionMaxBytes: markBytes,
	}}}}
	response, err := s.transport.RoundTrip(ctx, s.client.Addr, request)
	if err != nil {
		return false, fmt.Errorf("read the message at offset %d of %s partition %d again: %w", mark.Offset, p.Topic, p.Partition, err)
	}
	for _, topic := range response.(*fetchAnswer).Topics {
		for i := range topic.Partitions {
			part := &topic.Partitions[i]
			if part.ErrorCode != 0 {
				return false, fmt.Errorf("read the message at offset %d of %s partition %d again: %w", mark.Offset, p.Topic, p.Partition, kafka.Error(part.ErrorCode))
			}
			var reader recordReader
			chunk, _, err := newAnswer(p, mark.Offset, mark.Offset+1, part, &reader).next()
			reader.done()
			if err != nil {
				return false, err
			}
			if len(chunk.Records) > 0 {
				return markOf(&chunk.Records[0]) == mark, nil
			}
		}
	}
	return true, nil
}

// compare looks whether the logs in doubt are still the ones that were read.
func (s *KafkaSource) compare(ctx context.Context) error {
	var errs []error
	for p := range s.doubt {
		if slices.Contains(s.leaders[noLeader], p) {
			continue
		}
		bounds, err := s.bounds(ctx, []Partition{p})
		if err != nil {
			errs = append(errs, err)
			continue
		}
		b := bounds[p]
		same := s.position[p] >= b.start && s.position[p] <= b.end
		if same {
			same, err = s.recognizes(ctx, p, s.marks[p], b)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if !same {
			return &lostPositionError{p}
		}
		delete(s.doubt, p)
	}
	return errors.Join(errs...)
}
