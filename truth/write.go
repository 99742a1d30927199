package truth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Write plays all worlds and writes both files, with a line of progress for each study.
func Write(ctx context.Context, o Options, page, rows string, progress io.Writer) error {
	if o.Worlds < 1 || o.Workers < 1 {
		return errors.New("there must be at least one world and one worker")
	}
	start := time.Now()
	last := start
	studies := Studies()
	fmt.Fprintf(progress, "%s worlds of each of %d kinds, seed %d, %d at once\n", grouped(o.Worlds), len(studies), o.Seed, o.Workers)
	o.Done = func(s Study) {
		fmt.Fprintf(progress, "%-28s %6.1f s\n", s.Name, time.Since(last).Seconds())
		last = time.Now()
	}
	all, err := Run(ctx, studies, o)
	if err != nil {
		return err
	}
	text, err := (&Page{Seed: o.Seed, Development: Development, Worlds: o.Worlds, Rows: all}).JSON()
	if err != nil {
		return err
	}
	read, err := ReadPage(text) // so that both files have the same digits
	if err != nil {
		return err
	}
	if err := os.WriteFile(rows, text, 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(page, []byte(read.Markdown()), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(progress, "%s and %s written after %.0f s\n", page, rows, time.Since(start).Seconds())
	return nil
}
