package mapping_test

import (
	"bytes"
	"testing"

	"golang.org/x/tools/txtar"

	"tieback/ingest/mapping"
)

// benchRecords are the records that the common maps are measured with.
var benchRecords = []struct{ name, sample string }{
	{"shopify-orders", "an order, again, and updated"}, // two lines, 6 KB
	{"meta-webhooks", "a comment"},                     // what most envelopes hold
	{"meta-webhooks", "one envelope, many events"},     // five of them
	{"meta-ads", "a day of a campaign, and restated"},  // six events
	{"segment", "order completed, again"},
	{"stripe", "a charge, again, and updated with its fee"},
	{"finance-costs", "a day, a month, a credit note, a correction"},
}

func sample(tb testing.TB, name, sample string) []byte {
	tb.Helper()
	archive, err := txtar.ParseFile("testdata/" + name + ".txtar")
	if err != nil {
		tb.Fatal(err)
	}
	for _, f := range archive.Files {
		if f.Name == sample+": in" {
			first, _, _ := bytes.Cut(f.Data, []byte("\n"))
			return first
		}
	}
	tb.Fatalf("%s has no sample %q", name, sample)
	return nil
}

// BenchmarkMap measures one worker on chunks of a record: its reading, the program, and the events as JSON.
func BenchmarkMap(b *testing.B) {
	for _, r := range benchRecords {
		b.Run(r.name+"/"+r.sample, func(b *testing.B) {
			w, record := worker(b, r.name), sample(b, r.name, r.sample)
			b.SetBytes(int64(len(record)))
			b.ReportAllocs()
			made := make([]mapping.Result, 1000)
			n := 0
			for b.Loop() {
				if n++; n%len(made) == 0 {
					clear(made)
					w.RunEach(len(made), func(int) []byte { return record }, made)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
