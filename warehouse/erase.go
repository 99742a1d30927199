package warehouse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Erasure is what erasures changed.
type Erasure struct {
	// Tokens is how many identities were not known to be erased before.
	Tokens int64
	// Changed rows stay without the person, Deleted ones were nothing without the person.
	Changed, Deleted int64
}

// widenErased and addErased take the tokens of the temporary table erasing over into meta.erased, each token once.
const (
	widenErased = `
update meta.erased as erased
set erased_at = greatest(erased.erased_at, erasing.erased_at), of_customer = erased.of_customer or erasing.of_customer
from erasing
where erased.token = erasing.token
    and (erasing.erased_at > erased.erased_at or (erasing.of_customer and not erased.of_customer))`
	addErased = `
insert into meta.erased
select token, erased_at, of_customer
from erasing
where token not in (select token from meta.erased)`
)

// Erase carries out every erasure that is known: what Build does first, for whoever cannot wait for the next build. The
// models are dropped with it; the next build makes them anew.
func (w *Warehouse) Erase(ctx context.Context, b Build) (erased Erasure, err error) {
	defer explained(&err)
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return Erasure{}, explainOpen(w.Path, err)
	}
	defer conn.Close()
	done, err := w.roomy(ctx)
	if err != nil {
		return Erasure{}, err
	}
	defer done()
	order, err := b.order()
	if err != nil {
		return Erasure{}, err
	}
	if err := w.write(func() error { return b.Settings.write(ctx, conn) }); err != nil {
		return Erasure{}, err
	}
	return w.erase(ctx, conn, order)
}

// erase finds the identities of all who asked to be erased, remembers them in meta.erased, and takes them out of raw, in one
// transaction. Batches wait meanwhile; where nobody was ever erased it does nothing. What is appended after it, staging leaves
// out until the next time.
func (w *Warehouse) erase(ctx context.Context, conn *sql.Conn, order []Model) (Erasure, error) {
	var find *Model
	for i := range order {
		if order[i].Erases {
			find = &order[i]
		}
	}
	if find == nil {
		return Erasure{}, nil
	}
	if _, err := conn.ExecContext(ctx, searchPath); err != nil {
		return Erasure{}, err
	}
	w.append.mu.Lock()
	defer w.append.mu.Unlock()
	if asked, err := somebodyToErase(ctx, conn); err != nil || !asked {
		return Erasure{}, err
	}
	for i := range order {
		if order[i].Layer == Staging && slices.Contains(find.Reads, order[i].Name) {
			if err := w.write(func() error { return buildModel(ctx, conn, &order[i], nil) }); err != nil {
				return Erasure{}, fmt.Errorf("build %s: %w", order[i].Name, err)
			}
		}
	}
	e := &erasing{w: w, conn: conn, id: w.append.batchID + 1, at: w.now().UTC()}
	if err := w.write(func() error { return e.inTransaction(ctx, find) }); err != nil {
		return Erasure{}, fmt.Errorf("erase persons: %w", explainWrite(err))
	}
	if e.done == (Erasure{}) {
		return e.done, nil
	}
	w.append.batchID = e.id
	// What was replaced leaves the main file's blocks now, or with a later checkpoint if something is in the way.
	return e.done, errors.Join(w.checkpoint(ctx), w.syncErased(ctx))
}

// somebodyToErase says whether somebody asked, or whether raw holds a token of somebody who is erased. Where it holds none, no
// link can lead on from one either.
func somebodyToErase(ctx context.Context, conn *sql.Conn) (bool, error) {
	conditions := []string{"exists (select 1 from raw.privacy_erasure where person is not null)"}
	for _, p := range purges {
		conditions = append(conditions, "exists (select 1 from raw."+p.table+" where "+p.either()+")")
	}
	for _, condition := range conditions {
		var found bool
		if err := conn.QueryRowContext(ctx, "select "+condition).Scan(&found); err != nil {
			return false, fmt.Errorf("look for erasures: %w", err)
		}
		if found {
			return true, nil
		}
	}
	return false, nil
}

// erasing is one transaction of erase.
type erasing struct {
	w    *Warehouse
	conn *sql.Conn
	id   int64
	at   time.Time
	done Erasure
}

func (e *erasing) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := e.conn.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", firstLine(query), err)
	}
	return result.RowsAffected()
}

func (e *erasing) inTransaction(ctx context.Context, find *Model) error {
	if _, err := e.exec(ctx, "begin"); err != nil {
		return err
	}
	err := e.run(ctx, find)
	if err == nil {
		_, err = e.exec(ctx, "commit")
	}
	if err != nil {
		// The transaction is lost either way; the first error is the one to tell.
		_, _ = e.conn.ExecContext(context.WithoutCancel(ctx), "rollback")
	}
	// Tokens must not stay in a connection that lives on.
	for _, table := range []string{"erasing", "computed"} {
		_, dropErr := e.conn.ExecContext(context.WithoutCancel(ctx), "drop table if exists temp."+table)
		err = errors.Join(err, dropErr)
	}
	return err
}

func (e *erasing) run(ctx context.Context, find *Model) (err error) {
	if err := computeModel(ctx, e.conn, find, "temp table erasing"); err != nil {
		return err
	}
	if _, err := e.exec(ctx, widenErased); err != nil {
		return err
	}
	if e.done.Tokens, err = e.exec(ctx, addErased); err != nil {
		return err
	}
	for _, p := range purges {
		if err := e.purge(ctx, p); err != nil {
			return err
		}
	}
	if e.done == (Erasure{}) {
		return nil
	}
	// What the last publication kept, to say what moved since, knows the person too.
	for _, query := range []string{
		"update meta.published_sale set person_id = null where person_id in (select token from meta.erased)",
		"delete from meta.published_person where token in (select token from meta.erased) or person_id in (select token from meta.erased)",
	} {
		if _, err := e.exec(ctx, query); err != nil {
			return err
		}
	}
	if err := e.dropModels(ctx); err != nil {
		return err
	}
	last, err := lastSnapshot(e.w.Path)
	if err != nil {
		return err
	}
	_, err = e.exec(ctx, "insert into meta.erasure values (?, ?, ?, ?, ?, ?)", e.id, e.done.Tokens, e.done.Changed, e.done.Deleted, last, e.at)
	return err
}

// purge takes erased persons out of one raw table. The ledger counts a row that is deleted as left out.
func (e *erasing) purge(ctx context.Context, p purge) error {
	if _, err := e.exec(ctx, "insert into meta.touched_day select distinct cast(? as bigint), cast(? as varchar), cast(occurred_at as date) from raw."+p.table+" where "+p.either(), e.id, p.table); err != nil {
		return err
	}
	if p.delete != "" {
		_, err := e.exec(ctx, `
			insert into meta.batch
			select ?, word.word, kafka_partition, null, null, 0, -count(*), 0, 0, 0, count(*), ?
			from raw.`+p.table+`
			inner join meta.word as word on kafka_topic = word.code
			where `+p.delete+`
			group by word.word, kafka_partition`, e.id, e.at)
		if err != nil {
			return err
		}
		n, err := e.exec(ctx, "delete from raw."+p.table+" where "+p.delete)
		if err != nil {
			return err
		}
		e.done.Deleted += n
	}
	if p.change == "" {
		return nil
	}
	n, err := e.exec(ctx, "update raw."+p.table+" set "+p.set+" where "+p.change)
	e.done.Changed += n
	return err
}

// dropModels drops what was computed from the rows as they were, an analyst's own models of earlier builds too.
func (e *erasing) dropModels(ctx context.Context) error {
	rows, err := e.conn.QueryContext(ctx, "select schema_name || '.\"' || replace(table_name, '\"', '\"\"') || '\"' from duckdb_tables() where database_name = current_database() and schema_name in ('intermediate', 'marts')")
	if err != nil {
		return err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, name := range names {
		if _, err := e.exec(ctx, "drop table "+name); err != nil {
			return err
		}
	}
	return nil
}

// lastSnapshot is the number of the newest snapshot file beside a warehouse, 0 if there is none.
func lastSnapshot(warehouse string) (int64, error) {
	stem := strings.TrimSuffix(SnapshotPath(warehouse), ".duckdb")
	files, err := series(stem)
	if err != nil || len(files) == 0 {
		return 0, err
	}
	return numberOf(stem, files[len(files)-1]), nil
}

// forgetSnapshots removes the snapshots that were published before the last erasure, when a newer one has the link.
func forgetSnapshots(ctx context.Context, conn *sql.Conn, stem, newest string) error {
	var last int64
	if err := conn.QueryRowContext(ctx, "select coalesce(max(last_snapshot), 0) from meta.erasure").Scan(&last); err != nil {
		return fmt.Errorf("look for erasures: %w", err)
	}
	files, err := series(stem)
	if err != nil {
		return err
	}
	for _, f := range files {
		if filepath.Base(f) != filepath.Base(newest) && numberOf(stem, f) <= last {
			if err := removeIfThere(f); err != nil {
				return fmt.Errorf("remove a snapshot that holds an erased person: %w", err)
			}
		}
	}
	return nil
}
