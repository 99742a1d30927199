package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"sort"

	"github.com/spf13/cobra"

	"tieback/warehouse"
)

// backupRequest is what a backup needs to know; it also travels over the control socket.
type backupRequest struct {
	// To is the file to write, absolute; empty: the next one beside the warehouse.
	To   string
	Keep warehouse.Retention
}

func (a *app) backupCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup",
		Short: "Write everything that cannot be computed again into one file, to restore the warehouse from",
		Long: `Write raw events, positions, the ledger and the sealed dead letters, as they stand between two batches, into a file
beside the warehouse (tieback.backup.000001.duckdb and so on; the settings' backups say how many stay) or into --to. It is as
secret as the warehouse. While ingest runs, ingest writes it. tieback restore makes a warehouse of it again.`,
		Args: misusedArgs(cobra.NoArgs),
	}
	dropOlder := cmd.Flags().Bool("drop-older", false, "then remove every older backup beside the warehouse: after an erasure they hold the person")
	to := cmd.Flags().String("to", "", "`file` to write, which must not exist yet (default: the next number beside the warehouse)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := a.settings()
		if err != nil {
			return err
		}
		request := backupRequest{Keep: s.Run.Backups.forWarehouse()}
		if *dropOlder {
			if *to != "" {
				return usagef("--drop-older removes numbered backups, and a file named with --to has no number; leave one of them out")
			}
			request.Keep = warehouse.Retention{Keep: 1}
		}
		if *to != "" {
			if request.To, err = filepath.Abs(*to); err != nil {
				return err
			}
		}
		return a.backup(cmd.Context(), s, request)
	}
	return cmd
}

// backup asks the process that holds the warehouse, or opens it itself.
func (a *app) backup(ctx context.Context, s *settings, request backupRequest) (err error) {
	if answered, reply, err := askControl(ctx, s.Warehouse, controlRequest{Backup: &request}); answered {
		if err == nil {
			_, err = a.out.Write(reply.Output)
		}
		return err
	}
	if err := s.mustHaveWarehouse(); err != nil {
		return err
	}
	w, err := a.open(ctx, s, "tieback backup", false)
	if err != nil {
		return err
	}
	defer a.close(w, &err)
	return a.backupIn(ctx, w, request, a.out)
}

// backupIn serves a request in an open warehouse.
func (a *app) backupIn(ctx context.Context, w *warehouse.Warehouse, request backupRequest, out io.Writer) error {
	began := a.now()
	file, err := w.Backup(ctx, request.To, request.Keep)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "backup %s, %.1f s\n", file, a.now().Sub(began).Seconds())
	return nil
}

func (a *app) restoreCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "restore --from BACKUP|latest",
		Short: "Make a lost or damaged warehouse anew from a backup",
		Long: `Make the warehouse anew from a backup. Nothing is overwritten: a damaged warehouse and its .wal file must be moved away
first. The next ingest reads on from the positions of the backup, so Kafka must still hold what came after it; files that were
loaded after it must be loaded again. Then tieback build publishes a snapshot.`,
		Args: misusedArgs(cobra.NoArgs),
	}
	from := cmd.Flags().String("from", "", "`backup` to restore, or latest: the newest one beside the warehouse")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		s, err := a.settings()
		if err != nil {
			return err
		}
		if *from == "" {
			return usagef("say what to restore: --from latest, or --from and a file that tieback backup wrote")
		}
		return a.restore(cmd.Context(), s, *from)
	}
	return cmd
}

// restore restores the warehouse and says where it stands.
func (a *app) restore(ctx context.Context, s *settings, from string) (err error) {
	secret, err := s.secret()
	if err != nil {
		return err
	}
	if from == "latest" {
		if from, err = warehouse.LatestBackup(s.Warehouse); err != nil {
			return err
		}
	}
	o := warehouse.Options{Holder: "tieback restore", MemoryLimit: s.MemoryLimit, KeyFingerprint: secret.Fingerprint(), Now: a.now}
	if err := warehouse.Restore(ctx, s.Warehouse, from, o); err != nil {
		return err
	}
	w, err := a.open(ctx, s, "tieback restore", true)
	if err != nil {
		return err
	}
	defer a.close(w, &err)
	positions, err := w.Positions(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "restored %s from %s\n", s.Warehouse, from)
	topics := make([]string, 0, len(positions))
	for topic := range positions {
		topics = append(topics, topic)
	}
	sort.Strings(topics)
	for _, topic := range topics {
		for _, partition := range sortedPartitions(positions[topic]) {
			fmt.Fprintf(a.out, "%s partition %d goes on at %d\n", topic, partition, positions[topic][partition].Next)
		}
	}
	fmt.Fprintln(a.out, "next: tieback ingest reads what came after it, load again files that were loaded after it, then tieback build")
	return nil
}

func sortedPartitions(positions map[int32]warehouse.Stored) []int32 {
	return slices.Sorted(maps.Keys(positions))
}
