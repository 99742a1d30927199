package warehouse

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// DB is the open database, for tests that look behind the marts.
func (w *Warehouse) DB() *sql.DB { return w.db }

// GiveAll gives DuckDB what a build has, for tests that build models one by one.
func (w *Warehouse) GiveAll(ctx context.Context) error { return w.give(ctx, w.building) }

// ParseModel reads a model's header and text.
func ParseModel(name, text string) (Model, error) { return parseModel(name, text) }

// AllModels are the models of a build with these computed ones, each after what it reads.
func AllModels(computed []Model) ([]Model, error) {
	b := Build{Computed: computed}
	return b.order()
}

// EmptyDB is a database in memory with nothing in it.
func EmptyDB() (*sql.DB, error) { return openDB("", Options{}) }

// BuildOne builds one model where whatever it reads must stand already.
func BuildOne(ctx context.Context, conn *sql.Conn, m Model) error {
	if _, err := conn.ExecContext(ctx, searchPath); err != nil {
		return err
	}
	return buildModel(ctx, conn, &m, nil)
}

// BuildSome writes the settings, builds these models in their order, and runs the checks that read nothing else.
func (w *Warehouse) BuildSome(ctx context.Context, s Settings, models []Model, checks []string) error {
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := w.buildSome(ctx, conn, s, models); err != nil {
		return err
	}
	for _, query := range checks {
		n, first, err := offenders(ctx, conn, query)
		if err != nil {
			return fmt.Errorf("check %s: %w", firstLine(query), err)
		}
		if n > 0 {
			return fmt.Errorf("check %s: %d rows, the first %s", firstLine(query), n, first)
		}
	}
	return nil
}

// PublishSome builds these models in their order and publishes them unchecked.
func (w *Warehouse) PublishSome(ctx context.Context, s Settings, models []Model) error {
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := w.buildSome(ctx, conn, s, models); err != nil {
		return err
	}
	_, err = w.publish(ctx, conn, models, Retention{})
	return err
}

// buildSome has the resources of a build from then on.
func (w *Warehouse) buildSome(ctx context.Context, conn *sql.Conn, s Settings, models []Model) error {
	if err := w.give(ctx, w.building); err != nil {
		return err
	}
	if err := s.write(ctx, conn); err != nil {
		return err
	}
	if err := w.announce(ctx, conn, models); err != nil {
		return err
	}
	if _, err := w.erase(ctx, conn, models); err != nil {
		return err
	}
	for _, m := range models {
		if m.Erases {
			continue
		}
		if err := BuildOne(ctx, conn, m); err != nil {
			return fmt.Errorf("build %s: %w", m.Name, err)
		}
	}
	return nil
}

// Select runs a query with the build's search path and returns every value as text, null as "null".
func (w *Warehouse) Select(ctx context.Context, columns []string, from string) ([][]string, error) {
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, searchPath); err != nil {
		return nil, err
	}
	casts := make([]string, len(columns))
	for i, c := range columns {
		casts[i] = "coalesce(cast(" + c + " as varchar), 'null')"
	}
	rows, err := conn.QueryContext(ctx, "select "+strings.Join(casts, ", ")+" from "+from+" order by all")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return texts(rows)
}

// Texts runs a query on the snapshot whose columns are all text.
func (s *Snapshot) Texts(ctx context.Context, query string) ([][]string, error) {
	rows, err := s.db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	return texts(rows)
}

func texts(rows *sql.Rows) ([][]string, error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out [][]string
	for rows.Next() {
		row := make([]string, len(columns))
		into := make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

// KeepMetadata keeps blocks aside as at the beginning of a checkpoint, and MetadataBlocks says which.
func (w *Warehouse) KeepMetadata(ctx context.Context) error { return w.keepMetadata(ctx) }

// MetadataBlocks are the places in the file where blocks of metadata begin, and how long a block is.
func (w *Warehouse) MetadataBlocks(ctx context.Context) (places []int64, size int64, err error) {
	numbers, size, err := w.metadataBlocks(ctx)
	for _, n := range numbers {
		places = append(places, blocksAt+n*size)
	}
	return places, size, err
}

// KeptPath is the file of kept blocks.
func KeptPath(path string) string { return keptPath(path) }

// SeenQuery selects the keys that a batch is compared with whose events happened on these days.
func SeenQuery(days []time.Time) string { return seenQuery(days) }

// ExplainWrite says what to do about a write that failed.
func ExplainWrite(err error) error { return explainWrite(err) }
