package warehouse

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The list of erased tokens stands in meta.erased and once more in a file beside the warehouse: an older backup does
// not know who was erased after it, and Kafka may have forgotten. Each of the two learns what the other one knows when
// the warehouse is opened, and after each erasure.

// erasedHead is the first line of the file.
const erasedHead = "# Tokens of erased persons, for tieback. Keep it with the warehouse and the backups: without it a restored backup brings them back."

// ErasedPath is where the tokens of erased persons are listed beside a warehouse.
func ErasedPath(warehouse string) string {
	return strings.TrimSuffix(warehouse, filepath.Ext(warehouse)) + ".erased"
}

// ErasedTokens returns the tokens of all erased persons.
func (w *Warehouse) ErasedTokens(ctx context.Context) (map[[16]byte]bool, error) {
	rows, err := w.db.QueryContext(ctx, "select cast(token as blob) from meta.erased")
	if err != nil {
		return nil, fmt.Errorf("read the tokens of erased persons: %w", err)
	}
	defer rows.Close()
	tokens := make(map[[16]byte]bool)
	for rows.Next() {
		var token []byte
		if err := rows.Scan(&token); err != nil {
			return nil, fmt.Errorf("read the tokens of erased persons: %w", err)
		}
		tokens[[16]byte(token)] = true
	}
	return tokens, rows.Err()
}

// PersonPlatforms lists the kinds under which persons are known: platforms, and others where links or erasures name them.
func (w *Warehouse) PersonPlatforms(ctx context.Context) ([]string, error) {
	rows, err := w.db.QueryContext(ctx, `
		select distinct word.word
		from (
			select platform as code from raw.social_engagement
			union
			select a_kind from raw.identity_link
			union
			select b_kind from raw.identity_link
			union
			select person_kind from raw.consent_changed
			union
			select person_kind from raw.privacy_erasure
		) as kinds
		inner join meta.word as word on kinds.code = word.code
		order by word.word`)
	if err != nil {
		return nil, fmt.Errorf("list the platforms of persons: %w", err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var kind string
		if err := rows.Scan(&kind); err != nil {
			return nil, fmt.Errorf("list the platforms of persons: %w", err)
		}
		list = append(list, kind)
	}
	return list, rows.Err()
}

// syncErased joins the file's list with that of the warehouse.
func (w *Warehouse) syncErased(ctx context.Context) error {
	listed, err := readErased(ErasedPath(w.Path))
	if err != nil {
		return err
	}
	if len(listed) > 0 {
		if err := w.learnErased(ctx, listed); err != nil {
			return fmt.Errorf("take over the erased persons of %s: %w", ErasedPath(w.Path), explainWrite(err))
		}
	}
	known, err := w.erasedLines(ctx)
	if err != nil || strings.Join(known, "\n") == strings.Join(listed, "\n") {
		return err
	}
	return writeErased(ErasedPath(w.Path), known)
}

// erasedLines lists meta.erased as the file does, a line a token: token, time, and whether it was one of a customer's.
func (w *Warehouse) erasedLines(ctx context.Context) ([]string, error) {
	rows, err := w.db.QueryContext(ctx, "select cast(token as varchar), erased_at, of_customer from meta.erased order by token")
	if err != nil {
		return nil, fmt.Errorf("read the tokens of erased persons: %w", err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var token string
		var at time.Time
		var ofCustomer bool
		if err := rows.Scan(&token, &at, &ofCustomer); err != nil {
			return nil, fmt.Errorf("read the tokens of erased persons: %w", err)
		}
		lines = append(lines, fmt.Sprintf("%s %s %t", token, at.UTC().Format(time.RFC3339Nano), ofCustomer))
	}
	return lines, rows.Err()
}

// learnErased adds what the file knows and the warehouse does not.
func (w *Warehouse) learnErased(ctx context.Context, lines []string) error {
	w.writing.RLock()
	defer w.writing.RUnlock()
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "create or replace temp table erasing (token uuid, erased_at timestamp, of_customer boolean)"); err != nil {
		return err
	}
	for _, line := range lines {
		fields := strings.Fields(line)
		at, err := time.Parse(time.RFC3339Nano, fields[1])
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "insert into erasing values (cast(? as uuid), ?, ?)", fields[0], at, fields[2] == "true"); err != nil {
			return err
		}
	}
	for _, statement := range []string{widenErased, addErased, "drop table erasing"} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// readErased reads the lines of the file; there is none where nobody was ever erased.
func readErased(name string) ([]string, error) {
	file, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the tokens of erased persons: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	var lines []string
	for scan := bufio.NewScanner(file); ; {
		if !scan.Scan() {
			return lines, scan.Err()
		}
		line := strings.TrimSpace(scan.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) != 3 || len(fields[0]) != 36 {
			return nil, fmt.Errorf("%s is damaged: a line is not a token, a time and true or false; bring back a copy of it, or persons who were erased may come back", name)
		}
		lines = append(lines, line)
	}
}

// writeErased replaces the file; a torn one never gets its name.
func writeErased(name string, lines []string) error {
	next := name + ".next"
	file, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write the tokens of erased persons: %w", err)
	}
	_, err = file.WriteString(erasedHead + "\n" + strings.Join(lines, "\n") + "\n")
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(next, name)
	}
	if err != nil {
		return fmt.Errorf("write the tokens of erased persons: %w", explainWrite(err))
	}
	return nil
}
