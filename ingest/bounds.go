package ingest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
)

// bound is what a log holds: start ≤ stable ≤ end; transactions before stable are decided.
type bound struct{ start, stable, end int64 }

func (s *KafkaSource) bounds(ctx context.Context, partitions []Partition) (map[Partition]bound, error) {
	for _, p := range s.leaders[noLeader] {
		if slices.Contains(partitions, p) {
			return nil, fmt.Errorf("%s partition %d has no leader: a broker is down or still starting; start again when it is there", p.Topic, p.Partition)
		}
	}
	found := make(map[Partition]bound)
	if len(partitions) == 0 {
		return found, nil
	}
	for _, isolation := range []kafka.IsolationLevel{kafka.ReadUncommitted, kafka.ReadCommitted} {
		request := &kafka.ListOffsetsRequest{Topics: make(map[string][]kafka.OffsetRequest), IsolationLevel: isolation}
		for _, p := range partitions {
			request.Topics[p.Topic] = append(request.Topics[p.Topic], kafka.FirstOffsetOf(int(p.Partition)), kafka.LastOffsetOf(int(p.Partition)))
		}
		reply, err := s.client.ListOffsets(ctx, request)
		if err != nil {
			return nil, explainDial(err, strings.Join(s.config.Brokers, ","))
		}
		for topic, list := range reply.Topics {
			for _, o := range list {
				if o.Error != nil {
					return nil, fmt.Errorf("list the offsets of %s partition %d: %w", topic, o.Partition, o.Error)
				}
				p := Partition{topic, int32(o.Partition)}
				b := found[p]
				b.start = o.FirstOffset
				if isolation == kafka.ReadUncommitted {
					b.end = o.LastOffset
				} else {
					b.stable = o.LastOffset
				}
				found[p] = b
			}
		}
	}
	return found, nil
}

// between narrows bounds to the messages that the brokers got from From until before To. Timestamps that producers set may
// go back and forth, so a message in between may have another; each is read at most once, and known ones are duplicates.
func (s *KafkaSource) between(ctx context.Context, partitions []Partition, bounds map[Partition]bound) (map[Partition]bound, error) {
	narrow := make(map[Partition]bound, len(bounds))
	for p, b := range bounds {
		narrow[p] = b
	}
	edges := []struct {
		at   time.Time
		move func(b *bound, offset int64)
	}{
		{s.config.From, func(b *bound, offset int64) { b.start = offset }},
		{s.config.To, func(b *bound, offset int64) { b.stable = min(b.stable, offset) }},
	}
	for _, edge := range edges {
		if edge.at.IsZero() {
			continue
		}
		offsets, err := s.offsetsAt(ctx, partitions, edge.at)
		if err != nil {
			return nil, err
		}
		for p, b := range narrow {
			offset, some := offsets[p]
			if !some { // every message is older
				offset = b.stable
			}
			edge.move(&b, offset)
			narrow[p] = b
		}
	}
	return narrow, nil
}

// offsetsAt finds the first message of each partition with that timestamp or a later one; a partition without one is left out.
func (s *KafkaSource) offsetsAt(ctx context.Context, partitions []Partition, at time.Time) (map[Partition]int64, error) {
	request := &kafka.ListOffsetsRequest{Topics: make(map[string][]kafka.OffsetRequest), IsolationLevel: kafka.ReadCommitted}
	for _, p := range partitions {
		request.Topics[p.Topic] = append(request.Topics[p.Topic], kafka.TimeOffsetOf(int(p.Partition), at))
	}
	reply, err := s.client.ListOffsets(ctx, request)
	if err != nil {
		return nil, explainDial(err, strings.Join(s.config.Brokers, ","))
	}
	found := make(map[Partition]int64)
	for topic, list := range reply.Topics {
		for _, o := range list {
			if o.Error != nil {
				return nil, fmt.Errorf("find %s in %s partition %d: %w", at.Format(time.RFC3339), topic, o.Partition, o.Error)
			}
			for offset := range o.Offsets {
				if offset >= 0 {
					found[Partition{topic, int32(o.Partition)}] = offset
				}
			}
		}
	}
	return found, nil
}
