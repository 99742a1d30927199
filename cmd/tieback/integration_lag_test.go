//go:build integration

package main

import (
	"bytes"
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// describe runs kafka-consumer-groups --describe for ingest's group and returns, by topic and partition, the current offset,
// the end of the log and the lag.
func (p *kafka) describe() map[string]string {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join("..", "..", "ci", "kafka", "tool"), "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
		"--bootstrap-server", p.brokers, "--describe", "--group", "tieback")
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		p.Fatalf("%v\n%s%s", err, out.String(), errOut.String())
	}
	lags := make(map[string]string)
	for _, line := range strings.Split(out.String(), "\n") {
		// GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG …
		if cells := strings.Fields(line); len(cells) >= 6 && cells[0] == "tieback" {
			lags[cells[1]+" "+cells[2]] = strings.Join(cells[3:6], " ")
		}
	}
	return lags
}

// The usual tool shows how far ingest is: without lag after a run, also behind the marker of a transaction, and with what has
// come since. The cluster is fresh: the first run finds no coordinator for its group yet.
func TestIntegrationLagIsVisible(t *testing.T) {
	n := startNode(t)
	p := kafkaAt(t, n.address)
	p.create(defaultTopics(), 2, nil, nil)
	p.put("tieback.business", 0, "a", 5)
	p.put("tieback.business", 1, "b", 3)
	p.abort(p.producer(kgo.TransactionalID(t.Name()), kgo.RecordPartitioner(kgo.BasicConsistentPartitioner(func(string) func(*kgo.Record, int) int {
		return func(*kgo.Record, int) int { return 0 }
	}))), 4)
	p.ingest()
	want := map[string]string{"tieback.business 0": "5 5 0", "tieback.business 1": "3 3 0", "tieback.social 0": "5 5 0"}
	if diff := cmp.Diff(want, p.describe()); diff != "" {
		t.Errorf("offset, end and lag after a run (-want +got):\n%s", diff)
	}
	p.put("tieback.business", 1, "c", 2)
	want["tieback.business 1"] = "3 5 2"
	if diff := cmp.Diff(want, p.describe()); diff != "" {
		t.Errorf("offset, end and lag with two more messages (-want +got):\n%s", diff)
	}
}

// A partition that is added while ingest runs is read from its start.
func TestIntegrationPartitionIsAdded(t *testing.T) {
	const topic = "tieback.business"
	p := newKafka(t, 1)
	p.put(topic, 0, "old", 3)
	errOut, stop := background(t, p.args("ingest")...)
	until(t, "ingest to begin", func() bool { return strings.Contains(errOut.String(), "reading 4 partitions") })
	add := kmsg.NewPtrCreatePartitionsRequest()
	add.TimeoutMillis = 20_000
	grown := kmsg.NewCreatePartitionsRequestTopic()
	grown.Topic, grown.Count = topic, 3
	add.Topics = append(add.Topics, grown)
	reply, err := add.RequestWith(t.Context(), p.admin)
	if err == nil {
		err = kerr.ErrorForCode(reply.Topics[0].ErrorCode)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.put(topic, 2, "new", 4)
	p.put(topic, 0, "more", 1)
	until(t, "ingest to read the new partition", func() bool {
		taken, known := p.published()
		return known && taken == 8
	})
	if r := stop(); r.code != 0 {
		t.Errorf("ingest ended with %d\n%s", r.code, r.err)
	}
	if diff := cmp.Diff([]string{"more-0", "new-0", "new-1", "new-2", "new-3", "old-0", "old-1", "old-2"}, p.notes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	p.reconciled(8)
}
