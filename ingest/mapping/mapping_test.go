package mapping_test

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"tieback/ingest/mapping"
)

func records(tb testing.TB, name string) [][]byte {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name, "records.ndjson"))
	if err != nil {
		tb.Fatal(err)
	}
	var list [][]byte
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		list = append(list, bytes.Clone(lines.Bytes()))
	}
	return list
}

func TestProbe(t *testing.T) {
	m, err := mapping.Open("shopify-orders")
	if err != nil {
		t.Fatal(err)
	}
	w, err := m.NewWorker()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records(t, "shopify-orders") {
		got := w.Run(r)
		t.Log(got.Fault, got.LeftOut)
		for _, e := range got.Events {
			t.Logf("%s", e)
		}
	}
}

func BenchmarkShopify(b *testing.B) {
	m, _ := mapping.Open("shopify-orders")
	w, err := m.NewWorker()
	if err != nil {
		b.Fatal(err)
	}
	r := records(b, "shopify-orders")[0]
	b.ReportAllocs()
	b.SetBytes(int64(len(r)))
	for b.Loop() {
		w.Run(r)
	}
}
