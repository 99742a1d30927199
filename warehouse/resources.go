package warehouse

import (
	"context"
	"fmt"
)

// resources are what DuckDB may use, for all connections together.
type resources struct {
	threads int
	memory  string
}

// appendResources are what DuckDB has while no build runs. What it gains from a second thread with one batch it
// spends on waiting for it, and decoding needs the other core. Of the memory, batches need a part, and cached blocks take the rest.
var appendResources = resources{threads: 1, memory: "112MB"}

// buildResources are what a build has: what the options say, else DuckDB's own defaults, a thread a core and most of the memory. It is asked
// before anything else is set, because a reset of memory_limit changes what DuckDB shows and not what it does.
func (w *Warehouse) buildResources(ctx context.Context, o Options) (resources, error) {
	r := resources{o.Threads, o.MemoryLimit}
	var own resources
	if err := w.db.QueryRowContext(ctx, "select cast(current_setting('threads') as integer), current_setting('memory_limit')").Scan(&own.threads, &own.memory); err != nil {
		return r, fmt.Errorf("ask DuckDB what it may use: %w", err)
	}
	if r.threads == 0 {
		r.threads = own.threads
	}
	if r.memory == "" {
		r.memory = own.memory
	}
	return r, nil
}

// give sets what DuckDB may use from now on.
func (w *Warehouse) give(ctx context.Context, r resources) error {
	for _, query := range []string{fmt.Sprintf("set threads = %d", r.threads), "set memory_limit = '" + quoteText(r.memory) + "'"} {
		if _, err := w.db.ExecContext(ctx, query); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
	}
	return nil
}

// roomy gives DuckDB what a build has until done is called, and longer while others want it too.
func (w *Warehouse) roomy(ctx context.Context) (done func(), err error) {
	w.room.Lock()
	defer w.room.Unlock()
	if w.guests == 0 {
		if err := w.give(ctx, w.building); err != nil {
			return nil, err
		}
	}
	w.guests++
	return func() {
		w.room.Lock()
		defer w.room.Unlock()
		if w.guests--; w.guests == 0 {
			// Taking memory back fails while it is in use; it is tried again the next time.
			_ = w.give(context.WithoutCancel(ctx), appendResources)
		}
	}, nil
}

// Memory is what DuckDB holds now, in bytes: cached blocks, what is not yet in the file, and what running statements need.
func (w *Warehouse) Memory(ctx context.Context) (int64, error) {
	var bytes int64
	if err := w.db.QueryRowContext(ctx, "select cast(coalesce(sum(memory_usage_bytes), 0) as bigint) from duckdb_memory()").Scan(&bytes); err != nil {
		return 0, fmt.Errorf("ask DuckDB what it holds: %w", err)
	}
	return bytes, nil
}
