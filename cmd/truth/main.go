// Command truth plays invented worlds and writes how often each method is right: docs/truth.md and the rows of the report's page on method.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"

	"tieback/truth"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	options := truth.Options{Worlds: 2000, Seed: truth.Final}
	flag.IntVar(&options.Worlds, "worlds", options.Worlds, "worlds of each kind")
	flag.Uint64Var(&options.Seed, "seed", options.Seed, "of the random numbers")
	flag.IntVar(&options.Workers, "workers", runtime.GOMAXPROCS(0), "worlds played at once")
	page := flag.String("page", "docs/truth.md", "file for people")
	rows := flag.String("rows", "report/truth.json", "file for the report")
	flag.Parse()
	if err := truth.Write(ctx, options, *page, *rows, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "truth:", err)
		os.Exit(1)
	}
}
