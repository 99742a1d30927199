package warehouse

import (
	"context"
	"fmt"
)

// resources are what DuckDB may use, for all connections together. Zero: its default, a thread a core and most of the memory.
type resources struct {
	threads int
	memory  string
}

// appendResources are what DuckDB has while no build runs. What it gains from a second thread with one batch it
// spends on waiting for it, and decoding needs the other core. Of the memory, batches need a part, and cached blocks take the rest.
var appendResources = resources{threads: 1, memory: "96MB"}

// give sets what DuckDB may use from now on.
func (w *Warehouse) give(ctx context.Context, r resources) error {
	for _, setting := range []struct {
		name, value string
		isSet       bool
	}{
		{"threads", fmt.Sprint(r.threads), r.threads > 0},
		{"memory_limit", "'" + quoteText(r.memory) + "'", r.memory != ""},
	} {
		query := "reset " + setting.name
		if setting.isSet {
			query = "set " + setting.name + " = " + setting.value
		}
		if _, err := w.db.ExecContext(ctx, query); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
	}
	return nil
}
