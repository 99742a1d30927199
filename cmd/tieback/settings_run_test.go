package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRunSettings(t *testing.T) {
	p := newPlace(t)
	a := &app{settingsFile: p.file("run.yaml", `
http: localhost:9464
drain_deadline: 1m30s
go_memory_limit: 512MiB
dead_letters: {max_count: 50, max_share: 0.05, window: 1h, min_messages: 10, keep_days: 7}
snapshots: {keep: 3, keep_days: 7}
backups: {keep: 1}
`)}
	s, err := a.settings()
	if err != nil {
		t.Fatal(err)
	}
	share, week := 0.05, 7
	want := runSettings{HTTP: "localhost:9464", DrainDeadline: "1m30s", GoMemoryLimit: "512MiB",
		DeadLetters: deadLetterSettings{MaxCount: 50, MaxShare: &share, MinMessages: 10, Window: "1h", KeepDays: &week},
		Snapshots:   retentionSettings{Keep: 3, KeepDays: 7}, Backups: retentionSettings{Keep: 1}}
	if diff := cmp.Diff(want, s.Run); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for text, phrases := range map[string][]string{
		"lookback_days: 0\n":                  {"lookback_days 0 must lie between 1 and 730"},
		"fiscal_year_starts: 0\n":             {"fiscal_year_starts 0 must be a month"},
		"dead_letters: {max_share: 5}\n":      {"max_share 5 must lie between 0 and 1"},
		"dead_letters: {max_cuont: 5}\n":      {"max_cuont"},
		"dead_letters: {window: -1s}\n":       {"window"},
		"snapshots: {keep: -1}\n":             {"snapshots: keep must be at least 1"},
		"drain_deadline: soon\n":              {`drain_deadline "soon" must be a duration such as 30s`},
		"go_memory_limit: plenty\n":           {`go_memory_limit: "plenty" is no amount of memory such as 512MB`},
		"backups: {keep: 1, keep_days: -2}\n": {"backups:"},
	} {
		fail(t, exitMisused, phrases, p.args("build", "--settings", p.file("wrong.yaml", text))...)
	}
}

func TestParseBytes(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "512MB": 512e6, "2GiB": 2 << 30, "1 TB": 1e12, "64KiB": 65536} {
		if got, err := parseBytes(text); err != nil || got != want {
			t.Errorf("%q is %d (%v), want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"0MB", "12", "-1MB", "1.5GB", "99999999999TB", "GB"} {
		if got, err := parseBytes(text); err == nil {
			t.Errorf("%q is %d, want an error", text, got)
		}
	}
}
