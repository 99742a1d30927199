package main

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// refusesOffsets lets the broker answer with an error to who publishes positions, as long as on says so.
func (p *place) refusesOffsets(on *atomic.Bool, with *kerr.Error) {
	p.cluster.ControlKey(int16(kmsg.OffsetCommit), func(r kmsg.Request) (kmsg.Response, error, bool) {
		p.cluster.KeepControl()
		if !on.Load() {
			return nil, nil, false
		}
		reply := r.ResponseKind().(*kmsg.OffsetCommitResponse)
		for _, topic := range r.(*kmsg.OffsetCommitRequest).Topics {
			answer := kmsg.NewOffsetCommitResponseTopic()
			answer.Topic = topic.Topic
			for _, partition := range topic.Partitions {
				one := kmsg.NewOffsetCommitResponseTopicPartition()
				one.Partition, one.ErrorCode = partition.Partition, with.Code
				answer.Partitions = append(answer.Partitions, one)
			}
			reply.Topics = append(reply.Topics, answer)
		}
		return reply, nil, true
	})
}

// groupStands is the position of the consumer group in partition 0 of a topic; -1: none.
func (p *place) groupStands(topic string) int64 {
	p.Helper()
	request := kmsg.NewPtrOffsetFetchRequest()
	request.Group = "tieback"
	request.Topics = []kmsg.OffsetFetchRequestTopic{{Topic: topic, Partitions: []int32{0}}}
	group := kmsg.NewOffsetFetchRequestGroup()
	group.Group = "tieback"
	group.Topics = []kmsg.OffsetFetchRequestGroupTopic{{Topic: topic, Partitions: []int32{0}}}
	request.Groups = append(request.Groups, group)
	reply, err := request.RequestWith(p.Context(), p.producer())
	if err != nil {
		p.Fatal(err)
	}
	for _, g := range reply.Groups {
		for _, topic := range g.Topics {
			return topic.Partitions[0].Offset
		}
	}
	return -1
}

// Positions that could not be published with their batch are published by the next run, also where there is nothing new to read.
func TestPositionsArePublishedLater(t *testing.T) {
	p := newPlace(t).withBroker(1)
	p.publish(p.producer(), mixedRecords(0, 4)...)
	var refuses atomic.Bool
	refuses.Store(true)
	p.refusesOffsets(&refuses, kerr.GroupAuthorizationFailed)
	r := tieback(t, p.args("ingest", "--until-end")...)
	if r.code != exitDone || strings.Count(r.err, "lag tools do not see how far ingest is") != 1 {
		t.Errorf("ingest ended with %d, want a warning\n%s", r.code, r.err)
	}
	if at := p.groupStands("tieback.sales"); at != -1 {
		t.Fatalf("the group stands at %d, want nowhere: the test refuses it", at)
	}
	refuses.Store(false)
	p.ingest()
	if at := p.groupStands("tieback.sales"); at != 1 {
		t.Errorf("the group stands at %d after a run without new messages, want 1", at)
	}
}

// A coordinator that is away holds no commit up, and is told of once.
func TestNoCoordinatorHoldsNothingUp(t *testing.T) {
	p := newPlace(t).withBroker(1)
	p.publish(p.producer(), mixedRecords(0, 800)...)
	var refuses atomic.Bool
	refuses.Store(true)
	p.refusesOffsets(&refuses, kerr.CoordinatorNotAvailable)
	cmd, errOut := p.process(100, "ingest", "--until-end")
	began := time.Now()
	err := cmd.Wait()
	if took := time.Since(began); err != nil || took > 3*publishWait {
		t.Errorf("8 batches took %v (%v), want that only the end waits, for at most %v", took, err, publishWait)
	}
	if strings.Count(errOut.String(), "lag tools") != 1 {
		t.Errorf("ingest said\n%swant one warning", errOut)
	}
	p.reconciled(800)
}
