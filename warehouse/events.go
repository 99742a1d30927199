package warehouse

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// EventCount says how many events of a type there are, and when the first and the last of them happened.
type EventCount struct {
	Type   string    `json:"type"`
	Events int64     `json:"events"`
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`
}

// EventCounts counts the events in raw by type, resent ones too; types without any are left out.
func (w *Warehouse) EventCounts(ctx context.Context) ([]EventCount, error) {
	var tables []string
	rows, err := w.db.QueryContext(ctx, "select table_name from duckdb_tables() where database_name = current_database() and schema_name = 'raw' order by table_name")
	if err != nil {
		return nil, fmt.Errorf("list the types of events: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return nil, fmt.Errorf("list the types of events: %w", err)
		}
		tables = append(tables, table)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list the types of events: %w", err)
	}
	var counts []EventCount
	for _, table := range tables {
		c := EventCount{Type: strings.Replace(table, "_", ".", 1)}
		var first, last sql.NullTime
		if err := w.db.QueryRowContext(ctx, "select count(*), min(occurred_at), max(occurred_at) from raw."+table).Scan(&c.Events, &first, &last); err != nil {
			return nil, fmt.Errorf("count %s: %w", c.Type, err)
		}
		if c.First, c.Last = first.Time.UTC(), last.Time.UTC(); c.Events > 0 {
			counts = append(counts, c)
		}
	}
	return counts, nil
}
