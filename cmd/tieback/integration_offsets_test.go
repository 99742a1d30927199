//go:build integration

package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// deleteBefore moves the start of a log up.
func (p *kafka) deleteBefore(topic string, partition int32, offset int64) {
	p.Helper()
	request := kmsg.NewPtrDeleteRecordsRequest()
	request.TimeoutMillis = 20_000
	one, part := kmsg.NewDeleteRecordsRequestTopic(), kmsg.NewDeleteRecordsRequestTopicPartition()
	one.Topic, part.Partition, part.Offset = topic, partition, offset
	one.Partitions = append(one.Partitions, part)
	request.Topics = append(request.Topics, one)
	reply, err := request.RequestWith(p.Context(), p.admin)
	if err == nil {
		err = kerr.ErrorForCode(reply.Topics[0].Partitions[0].ErrorCode)
	}
	if err != nil {
		p.Fatal(err)
	}
}

// put publishes events prefix-0, prefix-1, … to one partition.
func (p *kafka) put(topic string, partition int32, prefix string, n int) {
	p.Helper()
	producer := p.manual() // a new one each time: an old one remembers a topic that was deleted
	defer producer.Close()
	p.publish(producer, noted(topic, partition, prefix, n)...)
}

// anew deletes a topic and makes it again.
func (p *kafka) anew(topic string, partitions int32) {
	p.Helper()
	p.remove(topic)
	p.create([]string{topic}, partitions, nil, nil)
}

// gaps are the recorded gaps, oldest first.
func (p *kafka) gaps() string {
	p.Helper()
	return strings.Join(p.rows("select topic, partition, stored_offset, log_start, log_end, resumed_at from meta.offset_gap order by found_at"), " ")
}

// The log loses messages that were not read yet, by DeleteRecords as by retention: by default ingest stops and says so; by policy
// it goes on where it is told and records the gap. The other partition is read as ever.
func TestIntegrationLogStartMoves(t *testing.T) {
	const topic = "tieback.business"
	for policy, want := range map[string]struct {
		resumed int64
		written int
	}{"earliest": {7, 3 + 2}, "latest": {10, 0 + 2}} {
		t.Run(policy, func(t *testing.T) {
			p := newKafka(t, 2)
			p.put(topic, 0, "a", 4)
			p.ingest()
			p.put(topic, 0, "b", 6)
			p.put(topic, 1, "c", 2)
			p.deleteBefore(topic, 0, 7)
			fail(t, exitPositionLost, []string{topic + " partition 0", "stands at offset 4, the log holds 7 to 10", "3 messages were deleted", "--on-offset-reset earliest or latest"},
				p.args("ingest", "--until-end")...)
			if p.stands(topic) != "4 0" && p.stands(topic) != "4" {
				t.Errorf("a run that was refused moved the position to %s", p.stands(topic))
			}
			if got := p.ingest("--on-offset-reset", policy); got.Written != int64(want.written) || got.Consumed != got.Written {
				t.Errorf("%+v, want %d written", got, want.written)
			}
			if got := p.gaps(); got != fmt.Sprintf("%s|0|4|7|10|%d", topic, want.resumed) {
				t.Errorf("recorded gaps %s", got)
			}
			if got := p.ingest(); got != (counts{}) {
				t.Errorf("a second run: %+v, want nothing", got)
			}
		})
	}
}

// The topic is deleted and made anew while ingest reads it: ingest does not wait for ever but ends, and the next start obeys
// the policy.
func TestIntegrationTopicMadeAnewMeanwhile(t *testing.T) {
	const topic = "tieback.business"
	p := newKafka(t, 1)
	p.put(topic, 0, "a", 5)
	errOut, stop := background(t, p.args("ingest")...)
	until(t, "ingest to read the old topic", func() bool {
		taken, known := p.published()
		return known && taken == 5
	})
	p.anew(topic, 1)
	p.put(topic, 0, "b", 2)
	until(t, "ingest to end", func() bool { return strings.Contains(errOut.String(), "tieback: "+topic+" partition 0") })
	if r := stop(); r.code != exitPositionLost {
		t.Errorf("exit code %d, want %d\n%s", r.code, exitPositionLost, r.err)
	}
	fail(t, exitPositionLost, []string{topic + " partition 0", "made anew", "--on-offset-reset earliest or latest"}, p.args("ingest", "--until-end")...)
	if got := p.ingest("--on-offset-reset", "earliest"); got != (counts{Consumed: 2, Written: 2}) {
		t.Errorf("%+v, want the 2 new messages", got)
	}
}

// A topic that was deleted and made anew, and is shorter than where the warehouse stands.
func TestIntegrationTopicMadeAnew(t *testing.T) {
	const topic = "tieback.business"
	for policy, want := range map[string]struct {
		resumed int64
		written int
	}{"earliest": {0, 3}, "latest": {3, 0}} {
		t.Run(policy, func(t *testing.T) {
			p := newKafka(t, 1)
			p.put(topic, 0, "a", 5)
			p.ingest()
			p.anew(topic, 1)
			p.put(topic, 0, "b", 3)
			fail(t, exitPositionLost, []string{topic + " partition 0", "deleted and made anew", "--on-offset-reset earliest or latest"}, p.args("ingest", "--until-end")...)
			if got := p.ingest("--on-offset-reset", policy); got.Written != int64(want.written) || got.Consumed != got.Written {
				t.Errorf("%+v, want %d written", got, want.written)
			}
			if got := p.gaps(); got != fmt.Sprintf("%s|0|5|0|3|%d", topic, want.resumed) {
				t.Errorf("recorded gaps %s", got)
			}
			if got := p.ingest(); got != (counts{}) {
				t.Errorf("a second run: %+v, want nothing", got)
			}
		})
	}
}
