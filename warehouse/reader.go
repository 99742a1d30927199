package warehouse

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// Reader lets a computed model read the models it declares, inside the build's transaction.
type Reader struct{ conn driver.QueryerContext }

// Each runs a query and calls row with every row's values. Decimals, dates and the
// like come as DuckDB's driver returns them; cast them to what is wanted in SQL. The slice is reused.
func (r *Reader) Each(ctx context.Context, query string, row func(values []any) error) error {
	rows, err := r.conn.QueryContext(ctx, query, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", firstLine(query), err)
	}
	defer rows.Close()
	raw := make([]driver.Value, len(rows.Columns()))
	values := make([]any, len(raw))
	for {
		err := rows.Next(raw)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", firstLine(query), err)
		}
		for i, v := range raw {
			values[i] = v
		}
		if err := row(values); err != nil {
			return err
		}
	}
}
