package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/google/go-cmp/cmp"
)

// ordersParquet writes n orders of ten dollars in row groups of so many.
func (p *place) ordersParquet(name string, n, group int) string {
	p.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.BinaryTypes.String}, {Name: "type", Type: arrow.BinaryTypes.String}, {Name: "time", Type: arrow.FixedWidthTypes.Timestamp_us},
		{Name: "order_id", Type: arrow.PrimitiveTypes.Int64}, {Name: "gross", Type: &arrow.Decimal128Type{Precision: 18, Scale: 4}}, {Name: "currency", Type: arrow.BinaryTypes.String},
	}, nil)
	var out bytes.Buffer
	w, err := pqarrow.NewFileWriter(schema, &out, parquet.NewWriterProperties(), pqarrow.DefaultWriterProps())
	if err != nil {
		p.Fatal(err)
	}
	for from := 0; from < n; from += group {
		var rows []string
		for i := from; i < min(n, from+group); i++ {
			rows = append(rows, fmt.Sprintf(`{"id":"p-%d","type":"sale.order","time":"2026-03-02T10:15:00Z","order_id":%d,"gross":"10.0000","currency":"USD"}`, i, i))
		}
		batch, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader("["+strings.Join(rows, ",")+"]"))
		if err != nil {
			p.Fatal(err)
		}
		if err := w.Write(batch); err != nil {
			p.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		p.Fatal(err)
	}
	return p.file(name, out.String())
}

// A load of a Parquet file that is killed goes on at the row where the last batch ended.
func TestKill9DuringLoadOfParquet(t *testing.T) {
	p := newPlace(t)
	const n = 30_000
	file := p.ordersParquet("orders.parquet", n, 2_700)
	for range 3 {
		cmd, _ := p.process(500, "load", file)
		time.Sleep(time.Duration(150+rand.IntN(400)) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
	}
	got := countsOf(t, p.do("load", file, "--format", "json"))
	if got.Duplicates != 0 || got.DeadLetters != 0 || got.Written != got.Consumed {
		t.Errorf("%+v, want every row that was left, and none twice", got)
	}
	t.Logf("%d of %d rows were in the warehouse after three kills", n-int(got.Consumed), n)
	want := fmt.Sprintf("%d|%d|%d|0|%d", n, n, n, n-1)
	if got := p.one("select count(*), count(distinct order_id), count(distinct kafka_offset), min(kafka_offset), max(kafka_offset) from raw.sale_order"); got != want {
		t.Errorf("rows, orders, offsets %s, want %s", got, want)
	}
	p.reconciled(n)
}

// A folder is loaded once: what is new in it, and what has grown, is read; rows that are known are duplicates.
func TestLoadOfAFolder(t *testing.T) {
	p := newPlace(t)
	folder := filepath.Join(t.TempDir(), "exports")
	put := func(name, content string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const header = "order_id;gross;currency;time\n"
	put("2026/a.csv", header+"1;10,50;USD;2026-03-02\n2;1.000,00;USD;2026-03-02\n2;1.000,00;USD;2026-03-02\n")
	put("b.json", "["+shockLine("s-1")+","+shockLine("s-2")+"]")
	put("notes.txt", "not data")
	put(".part.csv", "not yet")
	settings := p.file("zone.yaml", "time_zone: America/Chicago\n")
	load := func() counts {
		t.Helper()
		r := tieback(t, p.args("load", folder, "--type", "sale.order", "--source", "shop", "--decimal-comma", "--settings", settings, "--format", "json")...)
		if r.code != 0 || !strings.Contains(r.err, "notes.txt: left out") || strings.Contains(r.err, ".part.csv") {
			t.Fatalf("exit code %d\n%s", r.code, r.err)
		}
		return countsOf(t, r.out)
	}
	if got := load(); got != (counts{Consumed: 5, Written: 5}) {
		t.Errorf("%+v, want 5 written", got)
	}
	if got := load(); got != (counts{}) {
		t.Errorf("%+v the second time, want nothing", got)
	}
	put("2026/a.csv", header+"0;1,00;USD;2026-03-02\n1;10,50;USD;2026-03-02\n2;1.000,00;USD;2026-03-02\n2;1.000,00;USD;2026-03-02\n3;ten;USD;2026-03-02\n")
	put("c.csv", header+"4;4,00;USD;2026-03-02\n")
	if got := load(); got != (counts{Consumed: 6, Written: 2, Duplicates: 3, DeadLetters: 1}) {
		t.Errorf("%+v after the file has grown, want the two new rows, three duplicates and the broken one", got)
	}
	// Midnight in Chicago on March 2, 2026 is six o'clock UTC.
	want := []string{"0|1.0000|2026-03-02 06:00:00", "1|10.5000|2026-03-02 06:00:00", "2|1000.0000|2026-03-02 06:00:00", "2|1000.0000|2026-03-02 06:00:00", "4|4.0000|2026-03-02 06:00:00"}
	if diff := cmp.Diff(want, p.rows("select order_id, gross, strftime(occurred_at, '%Y-%m-%d %H:%M:%S') from raw.sale_order order by order_id")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	letters := p.letters()
	if len(letters) != 1 || letters[0].Code != "bad_amount" || letters[0].Field != "gross" || !strings.HasPrefix(letters[0].Reason, "line 6: ") || string(letters[0].Payload) != "3;ten;USD;2026-03-02" {
		t.Errorf("%+v, want the row with its line", letters)
	}
	p.reconciled(11)
}

// The same file with other options is another log, so that a load with the wrong ones can be mended.
func TestLoadAgainWithOtherOptions(t *testing.T) {
	p := newPlace(t)
	file := p.file("orders.csv", "id,type,time,order_id,gross,currency\n1,sale.order,2026-03-02,A,\"12,50\",USD\n")
	if got := countsOf(t, p.do("load", file, "--format", "json")); got != (counts{Consumed: 1, DeadLetters: 1}) {
		t.Errorf("%+v, want a dead letter", got)
	}
	if got := countsOf(t, p.do("load", file, "--decimal-comma", "--format", "json")); got != (counts{Consumed: 1, Written: 1}) {
		t.Errorf("%+v, want the row", got)
	}
	p.reconciled(2)
}

// A load says why there are dead letters, how many of each kind, and where to look.
func TestLoadSaysWhyThereAreDeadLetters(t *testing.T) {
	p := newPlace(t)
	const header = "id,type,time,order_id,gross,currency\n"
	good := func(id, gross string) string { return id + ",sale.order,2026-03-02,O-" + id + "," + gross + ",USD\n" }
	file := p.file("orders.csv", header+good("1", "10.00")+"ragged\nragged\n"+good("1", "11.00")+good("2", "ten")+good("3", "ten")+good("4", "ten")+"\"open\n")
	out := p.do("load", file)
	want := []string{"dead letters  7\n", "note          3 dead letters bad_amount: ", "note          2 dead letters bad_row: the row has 1 cells, the header has 6\n",
		"note          1 dead letter bad_row: a quote is never closed\n", "note          1 dead letter conflict: an event with this source and id but other content came before\n",
		"note          tieback dlq list shows the dead letters one by one\n"}
	for _, line := range want {
		at := strings.Index(out, line)
		if at < 0 {
			t.Fatalf("%q does not come, or not in this order, in\n%s", line, out)
		}
		out = out[at:]
	}
	if out := p.do("load", p.file("good.csv", header+good("9", "1.00"))); strings.Contains(out, "note") {
		t.Errorf("a load without dead letters has notes:\n%s", out)
	}
}

// Standard input is what the command is given, not what the process has.
func TestLoadOfStandardInput(t *testing.T) {
	p := newPlace(t)
	var out, errOut bytes.Buffer
	if code := run(t.Context(), strings.NewReader("["+shockLine("a")+"]"), &out, &errOut, p.args("load", "-", "--format", "json")); code != 0 {
		t.Fatal(errOut.String())
	}
	if got := countsOf(t, out.String()); got != (counts{Consumed: 1, Written: 1}) {
		t.Errorf("%+v, want 1 written", got)
	}
}

// produce publishes rows as events; what load keeps of a file and what ingest keeps of its messages is the same.
func TestProduceOfForeignFiles(t *testing.T) {
	p := newPlace(t).withBroker(1)
	csv := p.file("costs.csv", "amount,currency,starts_on,ends_before,category\n10.50,USD,2026-03-01,2026-04-01,media\n7,USD,2026-03-01,2026-04-01,media\nragged\n")
	parquet := p.ordersParquet("orders.parquet", 7, 3)
	flags := []string{"--type", "cost.entry", "--time-from", "starts_on"}
	r := tieback(t, p.args(append([]string{"produce", csv}, flags...)...)...)
	if r.code != 0 || !strings.HasPrefix(r.out, "published 3 messages") || !strings.Contains(r.err, "1 rows cannot be read") {
		t.Fatalf("%d, %q, %q", r.code, r.out, r.err)
	}
	p.do("produce", parquet)
	if got := p.ingest(); got != (counts{Consumed: 10, Written: 9, DeadLetters: 1}) {
		t.Errorf("%+v, want 9 written", got)
	}
	if got := countsOf(t, p.do(append([]string{"load", csv, parquet, "--format", "json"}, flags...)...)); got != (counts{Consumed: 10, Duplicates: 9, DeadLetters: 1}) {
		t.Errorf("%+v from the files, want the same 9", got)
	}
}
