package warehouse

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	files "tieback/sql"
)

// Build is one build of all models.
type Build struct {
	Settings Settings
	// Computed are the models whose rows come from Go.
	Computed []Model
	// Own are an analyst's models, built after ours.
	Own []Model
	// CheckOnly builds and checks but publishes no snapshot.
	CheckOnly bool
	// Keep says which older snapshots stay beside the new one.
	Keep Retention
	// KeepDeadLetters is how long dead letters stay after they were stored; 0: until somebody discards them.
	KeepDeadLetters time.Duration
	Log             *slog.Logger
}

// Built is the result of a build.
type Built struct {
	Models   int
	Checks   int
	Snapshot string
	Elapsed  time.Duration
	// Erased is what erasures changed before the models were built, Expired how many dead letters had been kept long enough.
	Erased  Erasure
	Expired int64
}

// CheckError says which checks found rows; nothing was published.
type CheckError struct{ Failed []FailedCheck }

// FailedCheck is a check that found rows, with the first of them.
type FailedCheck struct {
	Name  string
	Rows  int
	First string
}

// Error lists the checks.
func (e *CheckError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d checks failed, nothing was published:", len(e.Failed))
	for _, f := range e.Failed {
		fmt.Fprintf(&b, "\n  %s: %d rows, the first %s", f.Name, f.Rows, f.First)
	}
	return b.String()
}

// searchPath lets models name each other without their layer.
const searchPath = "set search_path = 'marts,intermediate,staging'"

// Build writes the settings, carries out erasures, builds every model in order, runs the checks, and
// publishes a snapshot if all of them pass. Each model is one short transaction.
func (w *Warehouse) Build(ctx context.Context, b Build) (result Built, err error) {
	defer explained(&err)
	started := w.now()
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return Built{}, explainOpen(w.Path, err)
	}
	defer conn.Close()
	done, err := w.roomy(ctx)
	if err != nil {
		return Built{}, err
	}
	defer done()
	order, err := b.order()
	if err != nil {
		return Built{}, err
	}
	// What is not in the file yet lies in memory, which the models need.
	if err := w.checkpoint(ctx); err != nil {
		return Built{}, err
	}
	if _, err := conn.ExecContext(ctx, searchPath); err != nil {
		return Built{}, err
	}
	if err := w.write(func() error { return b.Settings.write(ctx, conn) }); err != nil {
		return Built{}, err
	}
	if err := w.write(func() error { return w.announce(ctx, conn, order) }); err != nil {
		return Built{}, err
	}
	comments, err := columnComments()
	if err != nil {
		return Built{}, err
	}
	if result.Erased, err = w.erase(ctx, conn, order); err != nil {
		return result, err
	}
	if !b.CheckOnly {
		if result.Expired, err = w.expire(ctx, b.KeepDeadLetters); err != nil {
			return result, err
		}
	}
	for _, m := range order {
		if m.Erases {
			continue
		}
		at := w.now()
		if err := w.write(func() error { return buildModel(ctx, conn, &m, comments) }); err != nil {
			return result, fmt.Errorf("build %s: %w", m.Name, explainWrite(err))
		}
		if err := w.checkpointIfLong(ctx); err != nil {
			return result, err
		}
		result.Models++
		b.Log.Debug("built", "model", m.Name, "seconds", w.now().Sub(at).Seconds())
	}
	if result.Checks, err = runChecks(ctx, conn); err != nil {
		return result, err
	}
	if !b.CheckOnly {
		if result.Snapshot, err = w.publish(ctx, conn, order, b.Keep); err != nil {
			return result, err
		}
	}
	result.Elapsed = w.now().Sub(started)
	return result, nil
}

// order lists all models of the build, each after what it reads.
func (b *Build) order() ([]Model, error) {
	models, err := Models()
	if err != nil {
		return nil, err
	}
	models = append(models, b.Computed...)
	return Order(append(models, b.Own...))
}

// buildModel builds one model in one transaction and verifies its grain.
func buildModel(ctx context.Context, conn *sql.Conn, m *Model, comments map[string]string) error {
	if _, err := conn.ExecContext(ctx, "begin"); err != nil {
		return err
	}
	err := func() error {
		if err := createModel(ctx, conn, m); err != nil {
			return err
		}
		if err := checkGrain(ctx, conn, m); err != nil {
			return err
		}
		if m.Layer == Marts {
			return comment(ctx, conn, m, comments)
		}
		return nil
	}()
	if err != nil {
		// The transaction is lost either way; the first error is the one to tell.
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "rollback")
		return err
	}
	_, err = conn.ExecContext(ctx, "commit")
	return err
}

func createModel(ctx context.Context, conn *sql.Conn, m *Model) error {
	name := string(m.Layer) + "." + m.Name
	if m.Rows != nil {
		return computeModel(ctx, conn, m, "table "+name)
	}
	kind := "table"
	if m.Layer == Staging {
		kind = "view"
	}
	_, err := conn.ExecContext(ctx, "create or replace "+kind+" "+name+" as\n"+m.Query)
	return err
}

// computeModel fills a table from Go. Values pass through a table of text, so that one
// cast decides what each column is. into is what to create: "table marts.x".
func computeModel(ctx context.Context, conn *sql.Conn, m *Model, into string) error {
	var texts, typed, casts []string
	for _, c := range m.Columns {
		texts = append(texts, c.Name+" varchar")
		typed = append(typed, c.Name+" "+c.Type)
		casts = append(casts, fmt.Sprintf("cast(%s as %s) as %s", c.Name, c.Type, c.Name))
	}
	if _, err := conn.ExecContext(ctx, "create or replace temp table computed ("+strings.Join(texts, ", ")+")"); err != nil {
		return err
	}
	err := conn.Raw(func(dc any) error {
		appender, err := duckdb.NewAppender(dc.(driver.Conn), "temp", "main", "computed")
		if err != nil {
			return err
		}
		values := make([]driver.Value, len(m.Columns))
		err = m.Rows(ctx, &Reader{conn: dc.(driver.QueryerContext)}, func(row ...any) error {
			if len(row) != len(values) {
				return fmt.Errorf("%d values for %d columns", len(row), len(values))
			}
			for i, v := range row {
				values[i] = textOf(v)
			}
			return appender.AppendRow(values...)
		})
		if closeErr := appender.Close(); err == nil {
			err = closeErr
		}
		return err
	})
	if err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "create or replace "+into+" ("+strings.Join(typed, ", ")+")"); err != nil {
		return err
	}
	_, name, _ := strings.Cut(into, "table ")
	_, err = conn.ExecContext(ctx, "insert into "+name+" select "+strings.Join(casts, ", ")+" from computed")
	return err
}

// textOf writes a value for a cast; floats that are no numbers become null.
func textOf(v any) driver.Value {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return v
	case float64:
		if v != v || v > 1e300 || v < -1e300 {
			return nil
		}
		return fmt.Sprint(v)
	case time.Time:
		return v.UTC().Format("2006-01-02 15:04:05.999999")
	default:
		return fmt.Sprint(v)
	}
}

func checkGrain(ctx context.Context, conn *sql.Conn, m *Model) error {
	grain := strings.Join(m.Grain, ", ")
	var repeated int
	query := fmt.Sprintf("select count(*) from (select %s from %s.%s group by %s having count(*) > 1)", grain, m.Layer, m.Name, grain)
	if err := conn.QueryRowContext(ctx, query).Scan(&repeated); err != nil {
		return fmt.Errorf("verify the grain: %w", err)
	}
	if repeated > 0 {
		return fmt.Errorf("grain (%s) is not unique: %d repeated keys", grain, repeated)
	}
	return nil
}

// comment writes the comments that analysts read.
func comment(ctx context.Context, conn *sql.Conn, m *Model, comments map[string]string) error {
	table := string(m.Layer) + "." + m.Name
	sentence := m.Sentence
	if m.Units != "" {
		sentence += " Units: " + m.Units + "."
	}
	if _, err := conn.ExecContext(ctx, fmt.Sprintf("comment on table %s is '%s'", table, quoteText(sentence))); err != nil {
		return err
	}
	columns, err := columnsOf(ctx, conn, string(m.Layer), m.Name)
	if err != nil {
		return err
	}
	for _, c := range columns {
		text := comments[m.Name+"."+c]
		if text == "" {
			text = comments[c]
		}
		if text == "" {
			continue
		}
		if _, err := conn.ExecContext(ctx, fmt.Sprintf("comment on column %s.%s is '%s'", table, c, quoteText(text))); err != nil {
			return err
		}
	}
	return nil
}

func columnsOf(ctx context.Context, conn *sql.Conn, schema, table string) ([]string, error) {
	rows, err := conn.QueryContext(ctx, "select column_name from duckdb_columns() where schema_name = ? and table_name = ? and database_name = current_database() order by column_index", schema, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// runChecks runs every check; each is a query that must return no row.
func runChecks(ctx context.Context, conn *sql.Conn) (int, error) {
	names, err := fs.Glob(files.Files, "checks/*.sql")
	if err != nil {
		return 0, err
	}
	var failed []FailedCheck
	for _, name := range names {
		text, err := files.Files.ReadFile(name)
		if err != nil {
			return 0, err
		}
		check := FailedCheck{Name: strings.TrimSuffix(path.Base(name), ".sql")}
		if check.Rows, check.First, err = offenders(ctx, conn, string(text)); err != nil {
			return 0, fmt.Errorf("check %s: %w", check.Name, err)
		}
		if check.Rows > 0 {
			failed = append(failed, check)
		}
	}
	if len(failed) > 0 {
		return len(names), &CheckError{failed}
	}
	return len(names), nil
}

// offenders counts the rows a check returns and shows the first one.
func offenders(ctx context.Context, conn *sql.Conn, query string) (int, string, error) {
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return 0, "", err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return 0, "", err
	}
	n, first := 0, ""
	for rows.Next() {
		if n++; n > 1 {
			continue
		}
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			return 0, "", err
		}
		var parts []string
		for i, c := range columns {
			parts = append(parts, fmt.Sprintf("%s %v", c, *values[i].(*any)))
		}
		first = strings.Join(parts, ", ")
	}
	return n, first, rows.Err()
}
