//go:build bench

package main

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"tieback/ingest"
	"tieback/ingest/event"
	"tieback/transform"
	"tieback/warehouse"
)

// benchKey is a token key for measuring only.
const benchKey = "0707070707070707070707070707070707070707070707070707070707070707"

// TestBenchIngest prints, in one run, the rate of the whole ingest beside the rates of its stages alone: reading, decoding,
// making Arrow records, inserting. The broker and the ingest are processes of their own. It asserts no speed.
//
// TIEBACK_BENCH_EVENTS sets the number of events, 20,000,000 by default.
func TestBenchIngest(t *testing.T) {
	events := 20_000_000
	if text := os.Getenv("TIEBACK_BENCH_EVENTS"); text != "" {
		var err error
		if events, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	binary, err := filepath.Abs(filepath.Join("..", "..", "bin", "tieback"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(keyVariable, benchKey)
	brokers := benchBroker(t, binary)
	benchProduce(t, brokers, events)
	fmt.Printf("\n%d engagement events of %d bytes, 4 partitions, dedup on, committed to disk\n\n| stage alone | events/s | µs an event |\n|---|---|---|\n", events, len(benchEvent(nil, 0)))
	row := func(name string, n int, took time.Duration) {
		fmt.Printf("| %s | %.0f | %.2f |\n", name, float64(n)/took.Seconds(), took.Seconds()*1e6/float64(n))
	}
	n, took := benchRead(t, brokers)
	row("read from the broker (read_committed)", n, took)
	n, took = benchDecode(t)
	row("decode JSON", n, took)
	n, took = benchTransform(t)
	row("decode and make Arrow records", n, took)
	n, took = benchInsert(t)
	row("insert records, dedup, commit", n, took)
	whole := benchIngest(t, binary, brokers, filepath.Join(t.TempDir(), "w.duckdb"))
	row("**whole ingest**", int(whole.Consumed), time.Duration(whole.Seconds*float64(time.Second)))
	fmt.Printf("\npeak memory of the ingesting process %d MiB, %.2f µs of CPU an event\n", whole.rss>>10, whole.cpu.Seconds()*1e6/float64(events))
	if whole.Written != int64(events) {
		t.Errorf("%d rows written, want %d", whole.Written, events)
	}
}

// TestBenchSize measures the ingest of 5 million events into a warehouse that holds a million already, and into one that holds 100
// million (TIEBACK_BENCH_SEED sets another number), in turn.
func TestBenchSize(t *testing.T) {
	const events = 5_000_000
	many := 100_000_000
	if text := os.Getenv("TIEBACK_BENCH_SEED"); text != "" {
		var err error
		if many, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	binary, err := filepath.Abs(filepath.Join("..", "..", "bin", "tieback"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(keyVariable, benchKey)
	brokers := benchBroker(t, binary)
	benchProduce(t, brokers, events)
	seeds := []int{1_000_000, many}
	folder := t.TempDir()
	for _, n := range seeds {
		benchSeed(t, filepath.Join(folder, fmt.Sprint(n)), n)
	}
	fmt.Printf("\n%d events into a warehouse of so many\n\n| rows there before | round | events/s | peak MiB | CPU µs an event |\n|---|---|---|---|---|\n", events)
	for round := range 3 {
		for _, n := range seeds {
			path := filepath.Join(folder, "w.duckdb")
			copyFile(t, filepath.Join(folder, fmt.Sprint(n)), path)
			whole := benchIngest(t, binary, brokers, path)
			fmt.Printf("| %d | %d | %.0f | %d | %.2f |\n", n, round+1, whole.EventsPerSec, whole.rss>>10, whole.cpu.Seconds()*1e6/events)
			if whole.Written != events {
				t.Errorf("%d rows written, want %d", whole.Written, events)
			}
		}
	}
}

// benchSeed makes a warehouse of n engagements, before those of benchEvent and as close to each other.
func benchSeed(t *testing.T, path string, n int) {
	t.Helper()
	w, err := warehouse.Open(context.Background(), path, warehouse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	const at = "timestamp '2026-03-01' - to_milliseconds(50 * (%d - cast(i as bigint)))"
	for _, statement := range []string{
		"insert into meta.word select i, 'word-' || i from range(6000) as numbers (i)",
		fmt.Sprintf(`insert into raw.social_engagement (platform, action, person, direction, venue, content_id, campaign, market, region, language, source, id, revision, occurred_at, known_at, kafka_topic, kafka_partition, kafka_offset)
			select i %% 5, 'comment', cast(md5('p' || (i * 7919 %% 200003)) as uuid), 'inbound', i %% 40, i * 31 %% 5003, i %% 30, 5, i %% 50, 6, i %% 5, cast(md5('e' || i) as uuid), 0, `+at+", "+at+`, 7, i %% 4, i // 4
			from range(%d) as numbers (i)`, n, n, n),
		fmt.Sprintf("insert into meta.seen select cast(md5('e' || i) as uuid), "+at+", hash(i) from range(%d) as numbers (i)", n, n),
		"checkpoint",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
}

// copyFile copies a file.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// benchEvent writes one engagement event with every common field, about 250 bytes.
func benchEvent(b []byte, i int) []byte {
	platforms := [...]string{"facebook", "instagram", "x", "tiktok", "linkedin"}
	actions := [...]string{"comment", "like", "click", "share", "reply", "view"}
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 50 * time.Millisecond)
	p := platforms[i%len(platforms)]
	return fmt.Appendf(b, `{"id":"e-%09d","source":"%s","type":"social.engagement","time":"%s","platform":"%s","action":"%s","person":"u%d","content_id":"post-%d","venue":"v%d","campaign":"c-%d","market":"US","region":"r%d","language":"en"}`,
		i, p, at.Format("2006-01-02T15:04:05.000Z"), p, actions[i%len(actions)], i*7919%200_003, i*31%5_003, i%40, i%30, i%50)
}

func benchBroker(t *testing.T, binary string) string {
	t.Helper()
	cmd := exec.Command(binary, "broker", "--port", "0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v (run make build first)", err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

func benchProduce(t *testing.T, brokers string, events int) {
	t.Helper()
	p, err := ingest.NewProducer([]string{brokers}, "tieback.social", ingest.Security{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var line []byte
	for i := range events {
		line = benchEvent(line[:0], i)
		if err := p.Send(context.Background(), line); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func benchRead(t *testing.T, brokers string) (int, time.Duration) {
	t.Helper()
	source, err := ingest.OpenKafka(context.Background(), ingest.KafkaConfig{Brokers: []string{brokers}, Topics: []string{"tieback.social"}, UntilEnd: true, Log: slog.New(slog.DiscardHandler)},
		func(ingest.Partition) (int64, bool) { return 0, false })
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	n, started := 0, time.Now()
	for {
		chunk, err := source.Next(context.Background())
		if errors.Is(err, io.EOF) {
			return n, time.Since(started)
		}
		if err != nil {
			t.Fatal(err)
		}
		n += len(chunk.Records)
	}
}

// benchMessages are events in memory, from a number on.
func benchMessages(from, n int) []event.Message {
	list := make([]event.Message, n)
	for i := range list {
		list[i] = event.Message{Value: benchEvent(nil, from+i), Timestamp: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()}
	}
	return list
}

func benchDecode(t *testing.T) (int, time.Duration) {
	t.Helper()
	messages := benchMessages(0, 500_000)
	var row event.Row
	started := time.Now()
	for i := range messages {
		if err := (&event.Decoder{}).Decode(&messages[i], &row); err != nil {
			t.Fatal(err)
		}
	}
	return len(messages), time.Since(started)
}

// benchBatch is how many events make a batch: the default of ingest.Limits.
const benchBatch = 122_880

// benchBatches decodes batches into records; what does not fill the last one is left out.
func benchBatches(t *testing.T, builder *transform.Builder, messages []event.Message) []*transform.Batch {
	t.Helper()
	var batches []*transform.Batch
	var row event.Row
	for i := range messages {
		if err := (&event.Decoder{}).Decode(&messages[i], &row); err != nil {
			t.Fatal(err)
		}
		if err := builder.Append(&row, &messages[i], transform.Position{Topic: "tieback.social", Offset: int64(i)}); err != nil {
			t.Fatal(err)
		}
		if (i+1)%benchBatch == 0 {
			batches = append(batches, builder.Cut())
		}
	}
	return batches
}

func benchTransform(t *testing.T) (int, time.Duration) {
	t.Helper()
	messages := benchMessages(0, 4*benchBatch)
	builder := benchBuilder(t)
	defer builder.Close()
	started := time.Now()
	for _, b := range benchBatches(t, builder, messages) {
		defer b.Release()
	}
	return len(messages), time.Since(started)
}

func benchBuilder(t *testing.T) *transform.Builder {
	t.Helper()
	secret, err := transform.NewSecret(make([]byte, transform.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	return transform.NewBuilder(memory.DefaultAllocator, secret, transform.NewWords(nil))
}

func benchInsert(t *testing.T) (int, time.Duration) {
	t.Helper()
	builder := benchBuilder(t)
	defer builder.Close()
	batches := benchBatches(t, builder, benchMessages(0, 8*benchBatch))
	w, err := warehouse.Open(context.Background(), filepath.Join(t.TempDir(), "insert.duckdb"), warehouse.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	n, started := 0, time.Now()
	for i, b := range batches {
		rows := b.Keys.NumRows()
		_, err := w.Append(context.Background(), &warehouse.Batch{Rows: b.Rows, Keys: b.Keys, DeadLetters: b.DeadLetters, Words: b.Words, FirstWord: b.FirstWord,
			Ranges: []warehouse.Range{{Topic: "tieback.social", First: int64(i) * rows, Next: int64(i+1) * rows, Consumed: rows}}})
		if err != nil {
			t.Fatal(err)
		}
		n += int(rows)
		b.Release()
	}
	return n, time.Since(started)
}

// benched is a finished ingest with what its process took.
type benched struct {
	summary
	rss int64 // KiB
	cpu time.Duration
}

func benchIngest(t *testing.T, binary, brokers, warehouse string) benched {
	t.Helper()
	cmd := exec.Command(binary, "ingest", "--until-end", "--format", "json", "--brokers", brokers, "--topics", "tieback.social", "--warehouse", warehouse)
	cmd.Stderr = io.Discard
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	peak, err := waitForPeak(cmd)
	if err != nil {
		t.Fatal(err)
	}
	var s summary
	if err := json.Unmarshal(out.Bytes(), &s); err != nil {
		t.Fatal(err)
	}
	return benched{s, peak, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
}
