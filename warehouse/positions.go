package warehouse

import (
	"context"
	"fmt"
)

// Stored is where a log goes on.
type Stored struct {
	// Next is the next offset to read, Last the last message that was read.
	Next int64
	Last Mark
}

// Positions returns where every log that was ever read goes on.
func (w *Warehouse) Positions(ctx context.Context) (map[string]map[int32]Stored, error) {
	rows, err := w.db.QueryContext(ctx, "select topic, partition, next_offset, coalesce(last_offset, 0), coalesce(last_hash, 0) from meta.position")
	if err != nil {
		return nil, fmt.Errorf("read the positions: %w", err)
	}
	defer rows.Close()
	positions := make(map[string]map[int32]Stored)
	for rows.Next() {
		var topic string
		var partition int32
		var at Stored
		if err := rows.Scan(&topic, &partition, &at.Next, &at.Last.Offset, &at.Last.Hash); err != nil {
			return nil, fmt.Errorf("read the positions: %w", err)
		}
		if positions[topic] == nil {
			positions[topic] = make(map[int32]Stored)
		}
		positions[topic][partition] = at
	}
	return positions, rows.Err()
}

// RecordGap writes down a position that a log no longer held and moves it to where reading resumes.
func (w *Warehouse) RecordGap(ctx context.Context, topic string, partition int32, stored, logStart, logEnd, resumed int64) (err error) {
	defer explained(&err)
	w.writing.RLock()
	defer w.writing.RUnlock()
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("record an offset gap: %w", err)
	}
	defer tx.Rollback()
	now := w.now().UTC()
	if _, err := tx.ExecContext(ctx, "insert into meta.offset_gap values (?, ?, ?, ?, ?, ?, ?)", topic, partition, stored, logStart, logEnd, resumed, now); err != nil {
		return fmt.Errorf("record an offset gap: %w", err)
	}
	if _, err := tx.ExecContext(ctx, "update meta.position set next_offset = ?, updated_at = ?, last_offset = null, last_hash = null where topic = ? and partition = ?", resumed, now, topic, partition); err != nil {
		return fmt.Errorf("move the position over a gap: %w", err)
	}
	return tx.Commit()
}

// Words returns the dictionary in the order of its codes.
func (w *Warehouse) Words(ctx context.Context) ([]string, error) {
	rows, err := w.db.QueryContext(ctx, "select word from meta.word order by code")
	if err != nil {
		return nil, fmt.Errorf("read the dictionary: %w", err)
	}
	defer rows.Close()
	var words []string
	for rows.Next() {
		var word string
		if err := rows.Scan(&word); err != nil {
			return nil, fmt.Errorf("read the dictionary: %w", err)
		}
		words = append(words, word)
	}
	return words, rows.Err()
}

// Currencies lists the currencies of orders, adjustments and costs.
func (w *Warehouse) Currencies(ctx context.Context) ([]string, error) {
	rows, err := w.db.QueryContext(ctx, `
		select distinct word.word
		from (
			select currency from raw.sale_order
			union
			select currency from raw.sale_adjustment
			union
			select currency from raw.cost_entry
		) as seen
		inner join meta.word as word on seen.currency = word.code
		order by word.word`)
	if err != nil {
		return nil, fmt.Errorf("list currencies: %w", err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var c string
		if err := rows.Scan(&c); err != nil {
			return nil, fmt.Errorf("list currencies: %w", err)
		}
		list = append(list, c)
	}
	return list, rows.Err()
}
