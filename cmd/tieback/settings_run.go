package main

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"runtime/debug"
	"strconv"
	"time"

	"tieback/warehouse"
)

// runSettings are the settings of running processes rather than of figures.
type runSettings struct {
	// HTTP is where ingest serves /livez, /readyz and /metrics; empty: nowhere.
	HTTP          string             `yaml:"http"`
	DrainDeadline durationText       `yaml:"drain_deadline"`
	GoMemoryLimit string             `yaml:"go_memory_limit"`
	DeadLetters   deadLetterSettings `yaml:"dead_letters"`
	Snapshots     retentionSettings  `yaml:"snapshots"`
	Backups       retentionSettings  `yaml:"backups"`
}

// deadLetterSettings say when there are too many dead letters among what was committed within Window.
type deadLetterSettings struct {
	// MaxCount and MaxShare: ingest stops when there are more; 0: no bound of this kind.
	MaxCount int64    `yaml:"max_count"`
	MaxShare *float64 `yaml:"max_share"`
	// MinMessages is how many messages a share needs.
	MinMessages int64        `yaml:"min_messages"`
	Window      durationText `yaml:"window"`
	// KeepDays is how long they stay; 0: until somebody discards them.
	KeepDays *int `yaml:"keep_days"`
}

// keep is how long dead letters stay; 0: until somebody discards them.
func (d deadLetterSettings) keep() time.Duration { return time.Duration(*d.KeepDays) * 24 * time.Hour }

// retentionSettings say which files stay: the newest Keep, and whatever is younger than KeepDays.
type retentionSettings struct {
	Keep     int `yaml:"keep"`
	KeepDays int `yaml:"keep_days"`
}

func (r retentionSettings) forWarehouse() warehouse.Retention {
	return warehouse.Retention{Keep: r.Keep, Younger: time.Duration(r.KeepDays) * 24 * time.Hour}
}

// durationText is a duration as people write it, such as 30s or 1h30m. It stays text until faults has looked at it, which
// names the setting.
type durationText string

// value is the duration; 0: it is none.
func (d durationText) value() time.Duration {
	v, err := time.ParseDuration(string(d))
	if err != nil {
		return 0
	}
	return v
}

// defaultKeepDays is how long dead letters stay: long enough to mend a map after a holiday, and no longer, for they hold personal data.
const defaultKeepDays = 30

// defaultMaxShare stops an ingest that reads something else than events: more than half of its messages cannot be read.
const defaultMaxShare = 0.5

func (s *runSettings) applyDefaults() {
	if s.DrainDeadline == "" {
		s.DrainDeadline = "30s"
	}
	if s.DeadLetters.MaxShare == nil {
		share := defaultMaxShare
		s.DeadLetters.MaxShare = &share
	}
	if s.DeadLetters.MinMessages == 0 {
		s.DeadLetters.MinMessages = 1000
	}
	if s.DeadLetters.Window == "" {
		s.DeadLetters.Window = "10m"
	}
	if s.DeadLetters.KeepDays == nil {
		days := defaultKeepDays
		s.DeadLetters.KeepDays = &days
	}
	if s.Snapshots.Keep == 0 {
		s.Snapshots.Keep = 5
	}
	if s.Backups.Keep == 0 {
		s.Backups.Keep = 2
	}
}

func (s *runSettings) faults() faultList {
	var faults faultList
	add := faults.add
	if s.DrainDeadline.value() <= 0 {
		add("drain_deadline %q must be a duration such as 30s", s.DrainDeadline)
	}
	if _, err := parseBytes(s.GoMemoryLimit); err != nil {
		add("go_memory_limit: %s", err)
	}
	d := s.DeadLetters
	if d.MaxCount < 0 || d.MinMessages < 0 {
		add("dead_letters: max_count and min_messages must not be negative")
	}
	if *d.MaxShare < 0 || *d.MaxShare > 1 || math.IsNaN(*d.MaxShare) {
		add("dead_letters: max_share %v must lie between 0 and 1, such as 0.05", *d.MaxShare)
	}
	if *d.KeepDays < 0 || *d.KeepDays > mostDays {
		add("dead_letters: keep_days %d must lie between 0 and %d", *d.KeepDays, mostDays)
	}
	if d.Window.value() <= 0 {
		add("dead_letters: window %q must be a duration such as 10m", d.Window)
	}
	for name, r := range map[string]retentionSettings{"snapshots": s.Snapshots, "backups": s.Backups} {
		if r.Keep < 1 || r.KeepDays < 0 {
			add("%s: keep must be at least 1 and keep_days at least 0", name)
		}
	}
	return faults
}

// limitMemory sets the soft limit of Go's own memory, unless GOMEMLIMIT does. DuckDB's lies beside it (memory_limit).
func (s *runSettings) limitMemory() {
	if limit, err := parseBytes(s.GoMemoryLimit); err == nil && limit > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit)
	}
}

var bytesText = regexp.MustCompile(`^([0-9]+) ?([KMGT]i?B)$`)

// parseBytes reads an amount of memory as DuckDB writes it, such as 512MB or 2GiB; nothing is 0.
func parseBytes(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	unit := map[string]int64{"KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
	if parts := bytesText.FindStringSubmatch(text); parts != nil {
		if n, err := strconv.ParseInt(parts[1], 10, 64); err == nil && n > 0 && n <= math.MaxInt64/unit[parts[2]] {
			return n * unit[parts[2]], nil
		}
	}
	return 0, fmt.Errorf("%q is no amount of memory such as 512MB or 2GiB", text)
}
