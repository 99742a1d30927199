package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"tieback/ingest"
	"tieback/warehouse"
)

// testKey is a token key of no importance.
const testKey = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

// asCommand names the environment variable that makes the test binary behave as the command: its value
// is how many messages a batch holds, 0 for the default.
const asCommand = "TIEBACK_TEST_AS_COMMAND"

// asHolder names the environment variable that makes the test binary open a DuckDB file and keep it open.
const asHolder = "TIEBACK_TEST_AS_HOLDER"

// asCheckpointer names the environment variable that makes the test binary write the log of a warehouse into its file. Where a comma
// and a point of DuckDB's debug_checkpoint_abort follow, the checkpoint breaks off there and the process dies.
const asCheckpointer = "TIEBACK_TEST_AS_CHECKPOINTER"

// checkpoint is what it then does.
func checkpoint(value string) error {
	file, point, breaks := strings.Cut(value, ",")
	if !breaks {
		w, err := warehouse.Open(context.Background(), file, warehouse.Options{Holder: "the checkpointer"})
		fmt.Fprintln(os.Stderr, "reading", err)
		return errors.Join(err, w.Close())
	}
	db, err := sql.Open("duckdb", file)
	if err != nil {
		return err
	}
	for _, query := range []string{"set debug_checkpoint_abort = '" + point + "'", "checkpoint"} {
		if _, err := db.Exec(query); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	return syscall.Kill(os.Getpid(), syscall.SIGKILL) // closing would try again
}

// TestMain lets the test binary be the command itself, for tests that need a process to kill.
func TestMain(m *testing.M) {
	if file := os.Getenv(asHolder); file != "" {
		db, err := sql.Open("duckdb", file)
		if err == nil {
			err = db.Ping()
		}
		fmt.Fprintln(os.Stderr, "reading", err)
		time.Sleep(time.Minute)
		os.Exit(1)
	}
	if value := os.Getenv(asCheckpointer); value != "" {
		if err := checkpoint(value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if rows := os.Getenv(asCommand); rows != "" {
		n, err := strconv.Atoi(rows)
		if err != nil {
			fmt.Fprintln(os.Stderr, asCommand, err)
			os.Exit(2)
		}
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr, now: time.Now, exit: os.Exit, limits: ingest.Limits{Rows: n}}
		code := a.execute(ctx, os.Args[1:])
		stop()
		os.Exit(code)
	}
	testscript.Main(m, map[string]func(){"tieback": main})
}

// result is what a command line did.
type result struct {
	code     int
	out, err string
}

// tieback runs a command line without a process, for at most a minute.
func tieback(t *testing.T, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, errOut bytes.Buffer
	code := (&app{in: strings.NewReader(""), out: &out, err: &errOut, now: time.Now}).execute(ctx, args)
	return result{code, out.String(), errOut.String()}
}

// succeed runs a command line that must end with 0 and returns its standard output.
func succeed(t *testing.T, args ...string) string {
	t.Helper()
	r := tieback(t, args...)
	if r.code != 0 {
		t.Fatalf("tieback %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// fail runs a command line that must end with the code and say each of the phrases on standard error.
func fail(t *testing.T, code int, phrases []string, args ...string) {
	t.Helper()
	r := tieback(t, args...)
	if r.code != code {
		t.Errorf("tieback %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), r.code, code, r.out, r.err)
	}
	for _, phrase := range phrases {
		if !strings.Contains(r.err, phrase) {
			t.Errorf("tieback %s says\n%swant %q", strings.Join(args, " "), r.err, phrase)
		}
	}
}

// counts is what ingest and load print with --format json.
type counts struct {
	Consumed    int64 `json:"consumed"`
	Written     int64 `json:"written"`
	Duplicates  int64 `json:"duplicates"`
	DeadLetters int64 `json:"dead_letters"`
	LeftOut     int64 `json:"left_out"`
}

func countsOf(t *testing.T, out string) counts {
	t.Helper()
	var c counts
	if err := json.Unmarshal([]byte(out), &c); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	return c
}

// place is one warehouse and one broker for a test.
type place struct {
	*testing.T
	warehouse string
	brokers   string
	cluster   *kfake.Cluster
}

// newPlace makes an empty folder for a warehouse and sets the token key.
func newPlace(t *testing.T) *place {
	t.Helper()
	t.Setenv(keyVariable, testKey)
	return &place{T: t, warehouse: filepath.Join(t.TempDir(), "w.duckdb")}
}

// withBroker starts the embedded broker with the default topics.
func (p *place) withBroker(partitions int) *place {
	p.Helper()
	cluster, err := startBroker(0, partitions, "")
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(cluster.Close)
	p.cluster, p.brokers = cluster, strings.Join(cluster.ListenAddrs(), ",")
	return p
}

// file writes a file beside the warehouse and returns its path.
func (p *place) file(name, content string) string {
	p.Helper()
	path := filepath.Join(filepath.Dir(p.warehouse), name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		p.Fatal(err)
	}
	return path
}

// do runs a command on this warehouse.
func (p *place) do(args ...string) string {
	p.Helper()
	return succeed(p.T, p.args(args...)...)
}

func (p *place) args(args ...string) []string {
	args = append(args, "--warehouse", p.warehouse)
	if p.brokers != "" {
		args = append(args, "--brokers", p.brokers)
	}
	return args
}

// load loads text and returns what became of it.
func (p *place) load(content string) counts {
	p.Helper()
	return countsOf(p.T, p.do("load", p.file(fmt.Sprintf("load-%d.ndjson", time.Now().UnixNano()), content), "--format", "json"))
}

// ingest reads the topics until their end and returns what became of the messages.
func (p *place) ingest(more ...string) counts {
	p.Helper()
	return countsOf(p.T, p.do(append([]string{"ingest", "--until-end", "--format", "json"}, more...)...))
}

// producer connects a producer to the broker.
func (p *place) producer(options ...kgo.Opt) *kgo.Client {
	p.Helper()
	client, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(strings.Split(p.brokers, ",")...)}, options...)...)
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(client.Close)
	return client
}

func (p *place) publish(client *kgo.Client, records ...*kgo.Record) {
	p.Helper()
	if err := client.ProduceSync(p.Context(), records...).FirstErr(); err != nil {
		p.Fatal(err)
	}
}

// rows runs a query on the warehouse itself, which no one holds, and returns its rows as text.
func (p *place) rows(query string) []string {
	p.Helper()
	return queryFile(p.T, p.warehouse, query)
}

// one is rows for a query that returns one row.
func (p *place) one(query string) string {
	p.Helper()
	rows := p.rows(query)
	if len(rows) != 1 {
		p.Fatalf("%s: %d rows, want 1", query, len(rows))
	}
	return rows[0]
}

// queryFile opens a DuckDB file read-only and returns the rows of a query, cells joined by a bar.
func queryFile(t *testing.T, file, query string) []string {
	t.Helper()
	db, err := sql.Open("duckdb", file+"?access_mode=READ_ONLY")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	list, err := textRows(t.Context(), db, query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return list
}

func textRows(ctx context.Context, db *sql.DB, query string) ([]string, error) {
	rows, err := db.QueryContext(ctx, "select columns(*)::varchar from ("+query+")")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var list []string
	for rows.Next() {
		cells := make([]sql.NullString, len(columns))
		targets := make([]any, len(columns))
		for i := range cells {
			targets[i] = &cells[i]
		}
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		texts := make([]string, len(cells))
		for i, c := range cells {
			texts[i] = c.String
			if !c.Valid {
				texts[i] = "null"
			}
		}
		list = append(list, strings.Join(texts, "|"))
	}
	return list, rows.Err()
}

// process starts the command as a process of its own; batches hold at most rows messages.
func (p *place) process(rows int, args ...string) (*exec.Cmd, *watched) {
	p.Helper()
	return p.start(fmt.Sprint(asCommand, "=", rows), p.args(args...)...)
}

// start starts the test binary in another role.
func (p *place) start(role string, args ...string) (*exec.Cmd, *watched) {
	p.Helper()
	self, err := os.Executable()
	if err != nil {
		p.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), role)
	errOut := &watched{}
	cmd.Stderr = errOut
	if err := cmd.Start(); err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd, errOut
}

// until polls until the condition holds, for at most 20 s.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited 20 s for %s", what)
		}
	}
}
