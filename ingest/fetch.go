package ingest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol/fetch"
)

// lostPositionError says that a log lost the position while it was being read.
type lostPositionError struct{ p Partition }

func (e *lostPositionError) Error() string {
	return fmt.Sprintf("%s partition %d: the broker no longer holds the position that is read; start ingest again to compare positions", e.p.Topic, e.p.Partition)
}

// fetch asks every leader once, at the same time, and keeps the answers.
// A broker that went away without closing the connection never answers: hence the time limit.
func (s *KafkaSource) fetch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.config.FetchTimeout)
	defer cancel()
	var wg sync.WaitGroup
	responses := make(chan *fetchAnswer, len(s.leaders))
	failures := make(chan error, len(s.leaders))
	asked := false
	for leader, partitions := range s.leaders {
		request := s.request(partitions)
		if request == nil || leader == noLeader {
			continue
		}
		asked = true
		wg.Add(1)
		go func() {
			defer wg.Done()
			response, err := s.transport.RoundTrip(ctx, s.client.Addr, request)
			if err != nil {
				failures <- err
				return
			}
			responses <- response.(*fetchAnswer)
		}()
	}
	s.turn++
	if !asked { // every leader is missing: wait as long as one without messages would
		select {
		case <-time.After(fetchWait):
		case <-ctx.Done():
		}
	}
	wg.Wait()
	close(responses)
	close(failures)
	var errs []error
	for err := range failures {
		errs = append(errs, err)
		var layout *fetch.Error // says that metadata are missing or old, not that a connection broke
		if !errors.As(err, &layout) {
			// Other connections to the broker idle, one for every partition just after the start. They are broken too, and the
			// client would find out one by one, at one failure each.
			s.transport.CloseIdleConnections()
		}
	}
	for response := range responses {
		errs = append(errs, s.receive(response))
	}
	return errors.Join(errs...)
}

// request asks for the partitions of one leader that are not at their end. A broker fills its answer in the order of the request
// until the bound of the whole, so each request begins with another partition. What the partitions may have stays below that bound where
// it can: kfake, the embedded broker, forgets to name the aborted transactions of a partition that it cuts short.
func (s *KafkaSource) request(partitions []Partition) *fetch.Request {
	topics := make(map[string][]fetch.RequestPartition)
	var order []string
	ask := min(max(fetchBytes/len(partitions), minAsk), maxAsk)
	for i := range partitions {
		p := partitions[(i+s.turn)%len(partitions)]
		at, assigned := s.position[p]
		if !assigned || s.doubt[p] || s.config.UntilEnd && at >= s.assigned.end[p] {
			continue
		}
		if topics[p.Topic] == nil {
			order = append(order, p.Topic)
		}
		topics[p.Topic] = append(topics[p.Topic], fetch.RequestPartition{
			Partition: p.Partition, CurrentLeaderEpoch: -1, FetchOffset: at, LogStartOffset: -1, PartitionMaxBytes: int32(ask),
		})
	}
	if len(topics) == 0 {
		return nil
	}
	request := newFetchRequest()
	request.MaxBytes = int32(min(len(partitions)*ask+maxAsk, maxFetch))
	for _, topic := range order {
		request.Topics = append(request.Topics, fetch.RequestTopic{Topic: topic, Partitions: topics[topic]})
	}
	return request
}

// newFetchRequest asks for nothing yet, with read_committed isolation.
func newFetchRequest() *fetch.Request {
	return &fetch.Request{
		ReplicaID: -1, MaxWaitTime: int32(fetchWait.Milliseconds()), MinBytes: 1, MaxBytes: fetchBytes,
		IsolationLevel: int8(kafka.ReadCommitted), SessionEpoch: -1,
	}
}

// receive keeps what one response holds of each partition.
func (s *KafkaSource) receive(response *fetchAnswer) error {
	if response.ErrorCode != 0 {
		return kafka.Error(response.ErrorCode)
	}
	var errs []error
	for i := range response.Topics {
		topic := &response.Topics[i]
		for j := range topic.Partitions {
			part := &topic.Partitions[j]
			p := Partition{topic.Topic, part.Partition}
			switch kafka.Error(part.ErrorCode) {
			case 0:
			case kafka.OffsetOutOfRange:
				return &lostPositionError{p}
			default:
				errs = append(errs, fmt.Errorf("%s partition %d: %w", p.Topic, p.Partition, kafka.Error(part.ErrorCode)))
				continue
			}
			end := int64(toTheEnd)
			if s.config.UntilEnd {
				end = s.assigned.end[p]
			}
			s.answers = append(s.answers, newAnswer(p, s.position[p], end, part, &s.reader))
		}
	}
	return errors.Join(errs...)
}

// unpack reads the next chunk of what was received, and moves the position of its partition; nil: there was none. After an error
// the partition is asked for again from where its last chunk ended.
func (s *KafkaSource) unpack() (*Chunk, error) {
	a := s.answers[0]
	chunk, more, err := a.next()
	if err != nil || !more {
		s.reader.done()
		s.answers = s.answers[1:]
	}
	if err != nil {
		return nil, err
	}
	s.config.Observe.fetched(chunk, a)
	if chunk.Next == chunk.First {
		return nil, nil
	}
	s.position[a.Partition] = chunk.Next
	if n := len(chunk.Records); n > 0 {
		s.marks[a.Partition] = markOf(&chunk.Records[n-1])
	}
	return chunk, nil
}
