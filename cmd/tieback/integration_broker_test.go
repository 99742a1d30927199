//go:build integration

package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// published is the sum of the offsets that ingest has published for the default topics: where a log has no markers and no holes, the
// number of messages that are durable in the warehouse. known is false while the group's coordinator does not answer.
func (p *kafka) published() (sum int, known bool) {
	p.Helper()
	request := kmsg.NewPtrOffsetFetchRequest()
	group := kmsg.NewOffsetFetchRequestGroup()
	request.Group, group.Group = "tieback", "tieback"
	request.Groups = append(request.Groups, group) // without topics: all of them
	reply, err := request.RequestWith(p.Context(), p.admin)
	if err != nil {
		return 0, false
	}
	for _, g := range reply.Groups {
		if g.ErrorCode != 0 {
			return 0, false
		}
		for _, topic := range g.Topics {
			for _, partition := range topic.Partitions {
				if slices.Contains(defaultTopics(), topic.Topic) {
					sum += int(partition.Offset)
				}
			}
		}
	}
	return sum, true
}

// advances waits until ingest has taken some thousand messages more.
func (p *kafka) advances(what string) {
	p.Helper()
	before := -1
	until(p.T, what, func() bool {
		now, known := p.published()
		if known && before < 0 {
			before = now
		}
		return known && now >= before+2000
	})
}

// endsWith waits until running ingest has taken all of n messages of the mixed stream, stops it, and looks for each in its
// place: nothing lost, nothing twice.
func (p *kafka) endsWith(n int, stop func() result) {
	p.Helper()
	until(p.T, fmt.Sprintf("ingest to take all %d messages", n), func() bool {
		taken, known := p.published()
		return known && taken == n
	})
	if r := stop(); r.code != 0 {
		p.Errorf("ingest ended with %d\n%s", r.code, r.err)
	}
	quarter := fmt.Sprint("|", n/4)
	want := []string{"engagement" + quarter, "link" + quarter, "order" + quarter, fmt.Sprint("places|", n), "shock" + quarter}
	if diff := cmp.Diff(want, p.rows(rawCounts)); diff != "" {
		p.Errorf("(-want +got):\n%s", diff)
	}
	if got := p.one("select count(*) from meta.offset_gap"); got != "0" {
		p.Errorf("%s gaps are recorded, want none", got)
	}
	p.reconciled(n)
}

// The broker is stopped, and later killed, in the middle of ingest and comes back on its data: ingest goes on by itself.
func TestIntegrationBrokerRestart(t *testing.T) {
	n := startNode(t)
	p := kafkaAt(t, n.address)
	p.create(defaultTopics(), 3, nil, nil)
	errOut, stop := background(t, p.args("ingest")...)
	s := p.publishing()
	for _, how := range [][]string{{"--keep"}, {"--keep", "--kill"}} {
		p.advances("ingest to run")
		before := strings.Count(errOut.String(), "trying again")
		n.end(how...)
		until(t, "ingest to miss the broker", func() bool { return strings.Count(errOut.String(), "trying again") > before })
		n.again()
		p.advances("ingest to go on after " + strings.Join(how, " "))
	}
	p.endsWith(s.stop(), stop)
}

// leaders returns the leader of each partition of a topic, −1 for none, and the least number of replicas that are in sync.
func (p *kafka) leaders(topic string) (leaders []int32, inSync int) {
	p.Helper()
	request := kmsg.NewPtrMetadataRequest()
	one := kmsg.NewMetadataRequestTopic()
	one.Topic = kmsg.StringPtr(topic)
	request.Topics = append(request.Topics, one)
	reply, err := request.RequestWith(p.Context(), p.admin)
	if err != nil {
		p.Fatal(err)
	}
	partitions := reply.Topics[0].Partitions
	leaders, inSync = make([]int32, len(partitions)), len(reply.Brokers)
	for _, partition := range partitions {
		leaders[partition.Partition] = partition.Leader
		inSync = min(inSync, len(partition.ISR))
	}
	return leaders, inSync
}

// electPreferred gives each partition its preferred leader back.
func (p *kafka) electPreferred() {
	p.Helper()
	elect := kmsg.NewPtrElectLeadersRequest()
	elect.TimeoutMillis = 20_000
	reply, err := elect.RequestWith(p.Context(), p.admin)
	if err == nil {
		err = kerr.ErrorForCode(reply.ErrorCode)
	}
	if err != nil {
		p.Fatal(err)
	}
}

// The leader of some partitions is killed while messages are published and ingested; its replica takes over, and hands back
// when the first has returned. Two changes of leaders, and each message once. A partition that has no replica, and so
// no leader for a while, holds nothing up.
func TestIntegrationLeaderChange(t *testing.T) {
	const replicated = "offsets.topic.replication.factor=2"
	one := startNode(t, replicated, "node.id=0", "controller.quorum.voters=0@127.0.0.1:{CONTROLLER}") // a client may take 0 for none
	two := startNode(t, replicated, "node.id=2", "controller.quorum.voters=0@"+one.controller(),
		"process.roles=broker", "listeners=PLAINTEXT://127.0.0.1:{PORT}")
	p := kafkaAt(t, one.address, two.address)
	p.create(defaultTopics(), -1, [][]int32{{2, 0}, {0, 2}, {2, 0}}, nil)
	p.create([]string{"alone"}, -1, [][]int32{{2}}, nil)
	_, stop := background(t, p.args("ingest", "--topics", strings.Join(append(defaultTopics(), "alone"), ","))...)
	s := p.publishing()
	led := func(what string, by ...int32) {
		until(t, what, func() bool {
			for _, topic := range defaultTopics() {
				if got, _ := p.leaders(topic); !cmp.Equal(by, got) {
					return false
				}
			}
			return true
		})
	}
	led("both nodes to lead", 2, 0, 2)
	p.advances("ingest to run")
	two.end("--keep", "--kill")
	led("the first node to lead everything", 0, 0, 0)
	p.advances("ingest to go on with the new leaders")
	fail(t, 1, []string{"alone partition 0 has no leader", "a broker is down"}, kafkaAt(t, one.address).args("ingest", "--until-end", "--topics", "alone")...)
	two.again()
	until(t, "the second node to be in sync", func() bool {
		for _, topic := range defaultTopics() {
			if _, inSync := p.leaders(topic); inSync < 2 {
				return false
			}
		}
		return true
	})
	p.electPreferred()
	led("the second node to lead again", 2, 0, 2)
	p.advances("ingest to go on with the old leaders")
	p.endsWith(s.stop(), stop)
}
