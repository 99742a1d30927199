package warehouse

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/duckdb/duckdb-go/v2"
)

// Format is how a result is written.
type Format string

// The formats of Query.
const (
	Table   Format = "table"
	CSV     Format = "csv"
	JSON    Format = "json"
	Parquet Format = "parquet"
)

// Query runs a query on the snapshot and writes its result. CSV, JSON and Parquet are
// written by DuckDB itself.
func (s *Snapshot) Query(ctx context.Context, query string, format Format, w io.Writer) error {
	query = strings.TrimRight(strings.TrimSpace(query), ";")
	options := map[Format]string{CSV: "format csv, header", JSON: "format json, array true", Parquet: "format parquet"}
	if format == Table || format == "" {
		return s.table(ctx, query, w)
	}
	how, ok := options[format]
	if !ok {
		return fmt.Errorf("format %s is not one of table, csv, json, parquet", format)
	}
	folder, err := os.MkdirTemp("", "tieback-query")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	out := filepath.Join(folder, "result")
	if _, err := s.db.ExecContext(ctx, fmt.Sprintf("copy (%s) to '%s' (%s)", query, quoteText(out), how)); err != nil {
		return explainQuery(err)
	}
	file, err := os.Open(out)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, file)
	return errors.Join(err, file.Close())
}

func explainQuery(err error) error {
	if strings.Contains(err.Error(), "Catalog Error") {
		return fmt.Errorf("%w\n(the tables are listed by: tieback query \"select table_name, comment from duckdb_tables() order by table_name\")", err)
	}
	return err
}

// table writes an aligned table.
func (s *Snapshot) table(ctx context.Context, query string, w io.Writer) error {
	rows, err := s.db.QueryContext(ctx, query)
	if err != nil {
		return explainQuery(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, strings.Join(columns, "\t"))
	values := make([]any, len(columns))
	for i := range values {
		values[i] = new(any)
	}
	for rows.Next() {
		if err := rows.Scan(values...); err != nil {
			return err
		}
		cells := make([]string, len(values))
		for i, v := range values {
			cells[i] = cell(*v.(*any))
		}
		fmt.Fprintln(out, strings.Join(cells, "\t"))
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return out.Flush()
}

// cell writes one value as DuckDB's shell would.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case duckdb.Decimal:
		return decimalText(v)
	case time.Time:
		if v.Equal(v.Truncate(24 * time.Hour)) {
			return v.Format("2006-01-02")
		}
		return v.Format("2006-01-02 15:04:05.999999")
	case []byte:
		if len(v) == 16 {
			u := duckdb.UUID(v)
			return u.String()
		}
		return fmt.Sprintf("%x", v)
	case float64:
		return fmt.Sprintf("%.10g", v)
	default:
		return strings.ReplaceAll(fmt.Sprint(v), "\n", " ")
	}
}

// decimalText writes a decimal with all its places.
func decimalText(d duckdb.Decimal) string {
	digits := new(big.Int).Abs(d.Value).String()
	if pad := int(d.Scale) + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	if d.Scale > 0 {
		digits = digits[:len(digits)-int(d.Scale)] + "." + digits[len(digits)-int(d.Scale):]
	}
	if d.Value.Sign() < 0 {
		return "-" + digits
	}
	return digits
}

// Each runs a query and calls row with every row; the report reads marts through it.
func (s *Snapshot) Each(ctx context.Context, query string, row func(*sql.Rows) error, args ...any) error {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", firstLine(query), err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return fmt.Errorf("%s: %w", firstLine(query), err)
		}
	}
	return rows.Err()
}
