package main

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
)

// tally is what was published, as the one who published it counts: a message becomes a row, a duplicate, a conflict, another
// dead letter, or is left out.
type tally struct{ Written, Duplicates, Conflicts, DeadLetters, LeftOut int }

func (c tally) consumed() int {
	return c.Written + c.Duplicates + c.Conflicts + c.DeadLetters + c.LeftOut
}

func (c tally) String() string {
	return fmt.Sprintf("%d consumed, %d written, %d duplicates, %d conflicts, %d dead letters, %d left out", c.consumed(), c.Written, c.Duplicates, c.Conflicts, c.DeadLetters, c.LeftOut)
}

// audit looks for anything lost, doubled or miscounted in a warehouse, and returns a sentence for each fault. want is what was
// published so far; nil where that is not known, as when messages are still on their way.
func audit(t *testing.T, db *sql.DB, want *tally) []string {
	t.Helper()
	rows := func(query string) []string {
		t.Helper()
		list, err := textRows(t.Context(), db, query)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return list
	}
	var faults []string
	fault := func(what string, found []string) {
		if len(found) > 0 {
			faults = append(faults, fmt.Sprintf("%s: %s", what, strings.Join(found[:min(3, len(found))], "; ")))
		}
	}
	if want != nil {
		got := rows("select coalesce(sum(consumed), 0), coalesce(sum(written), 0), coalesce(sum(duplicates), 0), coalesce(sum(conflicts), 0), coalesce(sum(dead_letters), 0), coalesce(sum(left_out), 0) from meta.reconciliation")[0]
		if published := fmt.Sprintf("%d|%d|%d|%d|%d|%d", want.consumed(), want.Written, want.Duplicates, want.Conflicts, want.DeadLetters, want.LeftOut); got != published {
			fault("consumed, written, duplicates, conflicts, dead letters and left out by the ledger are not what was published", []string{got + ", want " + published})
		}
	}
	places := "with places as (" + everyPlace(rows) + ")\n"
	for _, query := range ledgerFaults {
		fault(query.what, rows(places+query.sql))
	}
	return faults
}

// everyPlace lists the places in the logs that every row and every dead letter came from.
func everyPlace(rows func(string) []string) string {
	var parts []string
	for _, table := range rows("select distinct table_name from duckdb_columns() where schema_name = 'raw' and column_name = 'kafka_offset' order by all") {
		parts = append(parts, "select 'row' as fate, kafka_topic, kafka_partition, kafka_offset from raw."+table)
	}
	parts = append(parts, "select case when code = 'conflict' then 'conflict' else 'letter' end, kafka_topic, kafka_partition, kafka_offset from meta.dead_letter")
	return "select fate, word as topic, kafka_partition as partition, kafka_offset as place from (" + strings.Join(parts, " union all ") + ") as found inner join meta.word as word on kafka_topic = word.code"
}

// ledgerFaults are queries that must return no row.
var ledgerFaults = []struct{ what, sql string }{
	{"the reconciliation of a partition does not add up", "select topic, partition, difference from meta.reconciliation where difference <> 0"},
	{"one message is in the warehouse twice", "select topic, partition, place, count(*) from places group by all having count(*) > 1"},
	{"the ledger counts other rows than there are", `
		select coalesce(topic, ledger_topic), coalesce(partition, ledger_partition), there, written, letters, dead_letters, clashes, conflicts
		from (
			select
				topic, partition, count(*) filter (where fate = 'row') as there, count(*) filter (where fate = 'letter') as letters,
				count(*) filter (where fate = 'conflict') as clashes
			from places
			group by topic, partition
		) as found
		full outer join (
			select topic as ledger_topic, partition as ledger_partition, written, dead_letters, conflicts
			from meta.reconciliation
			where written + dead_letters + conflicts > 0
		) as ledger
			on topic = ledger_topic
			and partition = ledger_partition
		where there is distinct from written or letters is distinct from dead_letters or clashes is distinct from conflicts`},
	{"batches of a partition do not follow each other", `
		select topic, partition, first_offset, before
		from (
			select *, lag(next_offset, 1, 0) over (partition by topic, partition order by first_offset, next_offset) as before
			from meta.batch
			where first_offset is not null
		)
		where before <> first_offset`},
	{"a position is not where its last batch ended", `
		select coalesce(topic, batch_topic), coalesce(partition, batch_partition), next_offset, ended
		from meta.position
		full outer join (select topic as batch_topic, partition as batch_partition, max(next_offset) as ended from meta.batch group by all)
			on topic = batch_topic
			and partition = batch_partition
		where next_offset is distinct from ended`},
	{"a message lies behind its position", "select places.topic, places.partition, place from places left join meta.position using (topic, partition) where next_offset is null or place >= next_offset"},
	{"keys for finding duplicates are not those of the rows", `
		select rows, keys, known
		from (select count(*) + (select coalesce(sum(rows_deleted), 0) from meta.erasure) as rows from places where fate = 'row'), (
			select count(distinct key) as keys, count(*) as known
			from (select key from meta.seen union all select key from meta.seen_late)
		)
		where rows <> keys or rows <> known`},
}

// auditFile audits a warehouse that nobody holds.
func auditFile(t *testing.T, file string, want *tally) []string {
	t.Helper()
	db, err := sql.Open("duckdb", file+"?access_mode=READ_ONLY")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	return audit(t, db, want)
}

// The audit finds every way in which a warehouse can lose, double or miscount a message.
func TestAuditFindsFaults(t *testing.T) {
	p := newPlace(t).withBroker(2)
	producer := p.producer()
	p.publish(producer, mixedRecords(0, 400)...)
	p.ingest()
	p.publish(producer, mixedRecords(390, 500)...) // ten known
	broken, changed := mixedRecords(500, 510), mixedRecords(0, 4)
	for _, r := range broken {
		r.Value = []byte("\x00no event")
	}
	changed[0].Value = []byte(orderLine("m-0", "m-0", "99.00", "USD")) // was 10.00
	p.publish(producer, append(broken, changed[0])...)
	p.ingest()
	want := tally{Written: 500, Duplicates: 10, Conflicts: 1, DeadLetters: 10}
	if faults := auditFile(t, p.warehouse, &want); len(faults) != 0 {
		t.Fatalf("a sound warehouse: %q", faults)
	}
	lost := want
	lost.Written++
	if faults := auditFile(t, p.warehouse, &lost); len(faults) != 1 || !strings.Contains(faults[0], "not what was published") {
		t.Errorf("a message that was never read: %q", faults)
	}
	for name, c := range map[string]struct{ doctor, finds string }{
		"a row is lost":                    {"delete from raw.sale_order where kafka_offset = (select min(kafka_offset) from raw.sale_order)", "the ledger counts other rows"},
		"a row is doubled":                 {"insert into raw.sale_order select * from raw.sale_order limit 1", "in the warehouse twice"},
		"a dead letter is lost":            {"delete from meta.dead_letter where rowid = (select min(rowid) from meta.dead_letter)", "the ledger counts other rows"},
		"a dead letter is doubled":         {"insert into meta.dead_letter select * from meta.dead_letter limit 1", "in the warehouse twice"},
		"a batch is doubled":               {"insert into meta.batch select * from meta.batch limit 1", "do not follow each other"},
		"a batch is lost":                  {"delete from meta.batch where batch_id = 1", "do not follow each other"},
		"a position is ahead":              {"update meta.position set next_offset = next_offset + 1", "not where its last batch ended"},
		"a position is lost":               {"delete from meta.position", "not where its last batch ended"},
		"a message is consumed and gone":   {"update meta.batch set consumed = consumed + 1 where batch_id = 1", "does not add up"},
		"a key is forgotten":               {"delete from meta.seen where key = (select min(key) from meta.seen)", "keys for finding duplicates"},
		"a row came from beyond the batch": {"update raw.sale_order set kafka_offset = 1000000 where rowid = (select min(rowid) from raw.sale_order)", "lies behind its position"},
	} {
		t.Run(name, func(t *testing.T) {
			db := doctored(t, p.warehouse, c.doctor)
			if faults := strings.Join(audit(t, db, &want), "\n"); !strings.Contains(faults, c.finds) {
				t.Errorf("the audit says %q, want %q among it", faults, c.finds)
			}
		})
	}
}

// doctored copies a warehouse into memory and changes the copy.
func doctored(t *testing.T, file, change string) *sql.DB {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	for _, statement := range []string{"attach '" + file + "' as original (read_only)", "attach ':memory:' as doctored", "copy from database original to doctored", "use doctored", change} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	return db
}
