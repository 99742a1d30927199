// Command tieback ties social activity to the business: it reads events from Kafka or files into DuckDB,
// builds marts and statistics over them, and reports what social returned.
//
//	tieback demo                     everything at once on embedded parts
//	tieback init                     settings, a key, example files; validate lists their faults
//	tieback ingest --until-end       from Kafka into the warehouse
//	tieback load FILE…               from files into the warehouse
//	tieback build                    models, statistics, checks, snapshot
//	tieback report --period 2026-03  the report of a period
//	tieback query SQL                against the snapshot
//
// Exit codes: 0 done, 1 failed, 2 misused; from 3 on why: no broker, position lost, warehouse in use, disk full, too many
// dead letters, database invalid, drain deadline (docs/operations.md).
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once: after the first, the default handling returns.
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Stdin, os.Stdout, os.Stderr, os.Args[1:])
	stop()
	os.Exit(code)
}
