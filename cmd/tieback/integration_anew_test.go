//go:build integration

package main

import (
	"fmt"
	"testing"
)

// A topic that was deleted and made anew, and has grown beyond where the warehouse stands before ingest starts again: only the
// topic's id tells. Nothing of the new topic may be passed over in silence.
func TestIntegrationLongerTopicMadeAnew(t *testing.T) {
	const topic = "tieback.business"
	for policy, want := range map[string]struct {
		resumed int64
		written int
	}{"earliest": {0, 9}, "latest": {9, 0}} {
		t.Run(policy, func(t *testing.T) {
			p := newKafka(t, 1)
			p.put(topic, 0, "a", 5)
			p.ingest()
			p.anew(topic, 1)
			p.put(topic, 0, "b", 9)
			fail(t, exitPositionLost, []string{topic, "made anew", "--on-offset-reset earliest or latest"}, p.args("ingest", "--until-end")...)
			if stands := p.stands(topic); stands != "5" {
				t.Errorf("a run that was refused moved the position to %s", stands)
			}
			if got := p.ingest("--on-offset-reset", policy); got.Written != int64(want.written) || got.Consumed != got.Written {
				t.Errorf("%+v, want %d written", got, want.written)
			}
			if got := p.gaps(); got != fmt.Sprintf("%s|0|5|0|9|%d", topic, want.resumed) {
				t.Errorf("recorded gaps %s", got)
			}
			if got := p.ingest(); got != (counts{}) {
				t.Errorf("a second run: %+v, want nothing", got)
			}
		})
	}
}
