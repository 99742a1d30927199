package warehouse_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"tieback/evidence"
	"tieback/warehouse"
)

// BenchmarkErase erases one more customer of 200,000 in each round, beside 1,000 who are erased already: 2 million engagements, 1 million
// visits, of which a fifth are logged in, 500,000 orders and 100,000 links.
func BenchmarkErase(b *testing.B) {
	ctx := context.Background()
	w, err := warehouse.Open(ctx, filepath.Join(b.TempDir(), "tieback.duckdb"), warehouse.Options{Holder: "the benchmark"})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	exec := func(query string) {
		if _, err := w.DB().ExecContext(ctx, query); err != nil {
			b.Fatal(err)
		}
	}
	const envelope = "0 as source, cast(md5(concat(%[1]s, i)) as uuid) as id, 0 as revision, timestamp '2026-01-01' + to_seconds(i %% 7000000) as occurred_at, timestamp '2026-01-01' as known_at, 0 as kafka_topic, 0 as kafka_partition, i as kafka_offset"
	token := func(kind, n string) string { return "cast(md5(concat('" + kind + "', " + n + ")) as uuid)" }
	fill := func(table, name string, rows int, columns string) {
		exec(fmt.Sprintf("insert into raw."+table+" by name select "+columns+", "+envelope+" from (select range as i from range(%[2]d))", "'"+name+"'", rows))
	}
	exec("insert into meta.word values (0, 'test'), (1, 'customer'), (2, 'facebook')")
	fill("social_engagement", "e", 2_000_000, "2 as platform, "+token("facebook", "hash(i) %% 300000")+" as person")
	fill("web_visit", "v", 1_000_000, token("visitor", "hash(i) %% 400000")+" as visitor, case when i %% 5 = 0 then "+token("customer", "hash(i) %% 200000")+" end as customer")
	fill("sale_order", "o", 500_000, "cast(i as varchar) as order_id, 1.0 as gross, "+token("customer", "i %% 200000")+" as customer, "+token("email", "i %% 200000")+" as email")
	fill("identity_link", "l", 100_000, "2 as a_kind, "+token("facebook", "i")+" as a, 1 as b_kind, "+token("customer", "i")+" as b, 'login' as method, 1 as confidence")
	exec("insert into meta.erased select " + token("customer", "range + 100000") + ", timestamp '2026-09-01', true from range(1000)")
	exec("checkpoint")
	n := 0
	for b.Loop() {
		n++
		exec(fmt.Sprintf("insert into raw.privacy_erasure by name select 1 as person_kind, %s as person, 0 as source, uuid() as id, 0 as revision, timestamp '2026-09-01' as occurred_at, timestamp '2026-09-01' as known_at, 0 as kafka_topic, 0 as kafka_partition, 0 as kafka_offset", token("customer", fmt.Sprint(n))))
		done, err := w.Erase(ctx, warehouse.Build{Settings: settings(), Computed: evidence.Models(), Log: slog.New(slog.DiscardHandler)})
		if err != nil || done.Tokens < 3 {
			b.Fatalf("%+v, %v; want the customer, the mail address and more", done, err)
		}
	}
}
