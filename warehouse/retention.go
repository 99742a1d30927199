package warehouse

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Retention says which of the published files stay.
type Retention struct {
	// Keep is how many of the newest stay; 0: five.
	Keep int
	// Younger keeps more than these while their files are younger; 0: not.
	Younger time.Duration
}

// keepSnapshots is how many published versions stay where nothing else is said.
const keepSnapshots = 5

// prune removes files of a series that r does not keep. The file named spare stays in any case. A client that has a removed
// file open reads it until it closes it.
func prune(stem, spare string, r Retention, now time.Time) error {
	files, err := series(stem)
	if err != nil {
		return err
	}
	keep := r.Keep
	if keep == 0 {
		keep = keepSnapshots
	}
	var errs []error
	for _, f := range files[:max(0, len(files)-keep)] {
		if f == spare {
			continue
		}
		if info, err := os.Stat(f); err == nil && r.Younger > 0 && now.Sub(info.ModTime()) < r.Younger {
			continue
		}
		errs = append(errs, removeIfThere(f))
	}
	return errors.Join(errs...)
}

// series lists the files <stem>.<number>.duckdb in the order of their numbers.
func series(stem string) ([]string, error) {
	escaped := strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(stem)
	files, err := filepath.Glob(escaped + ".[0-9]*.duckdb")
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(f string) bool { return numberOf(stem, f) < 0 })
	slices.SortFunc(files, func(a, b string) int { return cmp.Compare(numberOf(stem, a), numberOf(stem, b)) })
	return files, nil
}

// numberOf is the number of a file of a series, -1 if it has none.
func numberOf(stem, file string) int64 {
	n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimPrefix(file, stem+"."), ".duckdb"), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// nameOf is the file of a series with this number.
func nameOf(stem string, n int64) string { return fmt.Sprintf("%s.%06d.duckdb", stem, n) }
