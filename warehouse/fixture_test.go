package warehouse_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"tieback/evidence"
	"tieback/ingest/event"
	"tieback/transform"
	"tieback/warehouse"
)

// knownAt is when events become known that do not say so themselves.
var knownAt = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)

// fixture is a warehouse in a temporary folder with the parts that fill it.
type fixture struct {
	*warehouse.Warehouse
	t       *testing.T
	secret  *transform.Secret
	builder *transform.Builder
	// next is the next offset of each log.
	next map[string]int64
	// known is when messages come, knownAt if it is zero.
	known time.Time
}

func testSecret(t *testing.T, fill byte) *transform.Secret {
	t.Helper()
	secret, err := transform.NewSecret(bytes.Repeat([]byte{fill}, transform.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// newFixture opens an empty warehouse; all Arrow memory must be free again when the test ends.
func newFixture(t *testing.T) *fixture {
	t.Helper()
	return openFixture(t, filepath.Join(t.TempDir(), "tieback.duckdb"))
}

func openFixture(t *testing.T, path string) *fixture {
	t.Helper()
	secret := testSecret(t, 7)
	w, err := warehouse.Open(context.Background(), path, warehouse.Options{
		Threads: 1, Holder: "the test", KeyFingerprint: secret.Fingerprint(), Now: func() time.Time { return knownAt },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.GiveAll(context.Background()); err != nil {
		t.Fatal(err)
	}
	words, err := w.Words(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	f := &fixture{Warehouse: w, t: t, secret: secret, builder: transform.NewBuilder(mem, secret, transform.NewWords(words)), next: make(map[string]int64)}
	t.Cleanup(func() {
		f.builder.Close()
		mem.AssertSize(t, 0)
		if err := w.Close(); err != nil && !errors.Is(err, sql.ErrConnDone) { // the test closed it
			t.Error(err)
		}
	})
	return f
}

// cut decodes lines of one log and returns them as a batch, uncommitted. Lines that are no events become dead letters.
func (f *fixture) cut(topic string, lines ...string) (*warehouse.Batch, func()) {
	f.t.Helper()
	r := warehouse.Range{Topic: topic, First: f.next[topic]}
	r.Next = r.First
	decoder, unplaced := &event.Decoder{}, make(map[string]warehouse.Unplaced)
	known := knownAt
	if !f.known.IsZero() {
		known = f.known
	}
	for _, line := range lines {
		var row event.Row
		m := event.Message{Value: []byte(line), Timestamp: known.UnixMicro()}
		at := transform.Position{Topic: topic, Offset: r.Next}
		err := decoder.Decode(&m, &row)
		if why := event.AsInvalid(err); why != nil {
			err = f.builder.Reject(&m, at, why)
			r.DeadLetters++
		} else if err == nil {
			u := unplaced[row.Type.Name]
			unplaced[row.Type.Name] = warehouse.Unplaced{EventType: row.Type.Name, UnknownFields: u.UnknownFields + int64(row.UnknownFields), OtherValues: u.OtherValues + int64(row.OtherValues)}
			err = f.builder.Append(&row, &m, at)
		}
		if err != nil {
			f.t.Fatalf("%v\n%s", err, line)
		}
		r.Next++
		r.Consumed++
	}
	cut := f.builder.Cut()
	batch := &warehouse.Batch{Rows: maps.Clone(cut.Rows), Keys: cut.Keys, DeadLetters: cut.DeadLetters, Words: cut.Words, FirstWord: cut.FirstWord, Ranges: []warehouse.Range{r},
		Conflicts: func(seqs []uint32) (arrow.RecordBatch, error) { return cut.Conflicts(seqs, f.secret) }}
	for _, u := range unplaced {
		if u.UnknownFields+u.OtherValues > 0 {
			batch.Unplaced = append(batch.Unplaced, u)
		}
	}
	return batch, cut.Release
}

// append commits lines of one log as one batch.
func (f *fixture) append(topic string, lines ...string) warehouse.Outcome {
	f.t.Helper()
	batch, release := f.cut(topic, lines...)
	defer release()
	outcome, err := f.Append(context.Background(), batch)
	if err != nil {
		f.t.Fatal(err)
	}
	f.next[topic] = batch.Ranges[0].Next
	return outcome
}

// buildAll builds and publishes.
func (f *fixture) buildAll(s warehouse.Settings) (warehouse.Built, error) {
	return f.Build(context.Background(), warehouse.Build{Settings: s, Computed: evidence.Models(), Log: slog.New(slog.DiscardHandler)})
}

func (f *fixture) mustBuild(s warehouse.Settings) warehouse.Built {
	f.t.Helper()
	built, err := f.buildAll(s)
	if err != nil {
		f.t.Fatal(err)
	}
	return built
}

// rows selects columns of a relation as text.
func (f *fixture) rows(from string, columns ...string) [][]string {
	f.t.Helper()
	rows, err := f.Select(context.Background(), columns, from)
	if err != nil {
		f.t.Fatal(err)
	}
	return rows
}

// one selects a single value.
func (f *fixture) one(expression, from string) string {
	f.t.Helper()
	rows := f.rows(from, expression)
	if len(rows) != 1 {
		f.t.Fatalf("%s from %s: %d rows, want 1", expression, from, len(rows))
	}
	return rows[0][0]
}

// settings are the defaults of tieback.yaml, reporting in US dollars.
func settings() warehouse.Settings {
	return warehouse.Settings{Values: map[string]string{
		"reporting_currency": "USD", "time_zone": "UTC", "fiscal_year_starts": "1", "lookback_days": "30", "credit_model": "last_non_direct",
		"suppress_below": "10", "identity_min_confidence": "0.8", "expected_costs": "media,staff,content,tools",
	}}
}

// split cuts a text into its lines, without blank ones.
func split(text string) []string {
	var lines []string
	for _, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) != "" {
			lines = append(lines, line)
		}
	}
	return lines
}
