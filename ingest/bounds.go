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

// span assigns what of a span of time was read before. What lies beyond a stored position is left to whoever reads on from there:
// no message is taken twice. Notes say what is left.
func (s *KafkaSource) span(ctx context.Context, partitions []Partition, bounds map[Partition]bound, stored func(Partition) (int64, bool)) error {
	var left unreadSpan
	known := make(map[Partition]bound, len(bounds))
	beyond := make(map[Partition]int64) // the end of what the log holds behind the stored position
	for _, p := range partitions {
		b := bounds[p]
		at, read := stored(p)
		if !read && b.start < b.end {
			left.note(p, "were never read; ingest reads them")
		}
		if !read {
			continue
		}
		same := at <= b.end
		if same && s.config.Marks != nil {
			var err error
			if same, err = s.recognizes(ctx, p, s.config.Marks(p), b); err != nil {
				return err
			}
		}
		if !same {
			left.note(p, "are of a topic that was deleted and made anew; ingest --on-offset-reset says where to go on")
			continue
		}
		beyond[p] = b.stable
		b.stable = min(b.stable, at)
		known[p] = b
	}
	narrow, future, err := s.between(ctx, known)
	if err != nil {
		return err
	}
	for p, b := range narrow {
		s.position[p], s.assigned.begin[p], s.assigned.end[p] = b.start, b.start, b.stable
		switch last := known[p].stable; {
		case b.stable < last && future[p]:
			left.note(p, "hold a message from the future that ends the span: what follows it was not read; leave --to out")
		case b.stable == last && beyond[p] > max(last, b.start):
			left.note(p, "hold messages that were never read; ingest reads on there")
		}
	}
	s.Notes = left.notes()
	return nil
}

// unreadSpan counts partitions by topic and by why a span of time was not read to its end.
type unreadSpan map[[2]string]int

func (u *unreadSpan) note(p Partition, why string) {
	if *u == nil {
		*u = make(unreadSpan)
	}
	(*u)[[2]string{p.Topic, why}]++
}

func (u unreadSpan) notes() (notes []string) {
	for key, n := range u {
		notes = append(notes, fmt.Sprintf("%s: %d partitions %s", key[0], n, key[1]))
	}
	slices.Sort(notes)
	return notes
}

// between narrows bounds to the messages that the brokers got from From until before To, and says where a message that is
// stamped in the future ends them. Timestamps that producers set may go back and forth, so a message in between may have another;
// each is read at most once, and known ones are duplicates.
func (s *KafkaSource) between(ctx context.Context, bounds map[Partition]bound) (narrow map[Partition]bound, future map[Partition]bool, err error) {
	narrow, future = make(map[Partition]bound, len(bounds)), make(map[Partition]bool)
	partitions := make([]Partition, 0, len(bounds))
	for p, b := range bounds {
		narrow[p] = b
		partitions = append(partitions, p)
	}
	if len(partitions) == 0 {
		return narrow, future, nil
	}
	if !s.config.From.IsZero() {
		found, err := s.offsetsAt(ctx, partitions, s.config.From)
		if err != nil {
			return nil, nil, err
		}
		for p, b := range narrow {
			b.start = b.end // every message is older
			if first, some := found[p]; some {
				b.start = first
			}
			narrow[p] = b
		}
	}
	if !s.config.To.IsZero() {
		found, err := s.offsetsAt(ctx, partitions, s.config.To)
		if err != nil {
			return nil, nil, err
		}
		late, err := s.offsetsAt(ctx, partitions, later(s.config.To, time.Now().Add(clockSkew)))
		if err != nil {
			return nil, nil, err
		}
		for p, first := range found {
			b := narrow[p]
			b.stable = min(b.stable, first)
			narrow[p] = b
			from, some := late[p]
			future[p] = some && from == first
		}
	}
	return narrow, future, nil
}

// clockSkew is how far the clocks of producers may be ahead of ours.
const clockSkew = time.Hour

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
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
			for offset := range o.Offsets { // the client answers with the time that was asked for, not that of the message
				if offset >= 0 {
					found[Partition{topic, int32(o.Partition)}] = offset
				}
			}
		}
	}
	return found, nil
}
