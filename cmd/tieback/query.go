package main

import (
	"github.com/spf13/cobra"

	"tieback/warehouse"
)

func (a *app) queryCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "query SQL",
		Short: "Run a query on the newest snapshot",
		Args:  misusedArgs(cobra.ExactArgs(1)),
	}
	format := formatFlag(cmd, "table", "csv", "json", "parquet")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := a.settings()
		if err != nil {
			return err
		}
		snapshot, err := warehouse.OpenSnapshot(cmd.Context(), s.Warehouse)
		if err != nil {
			return err
		}
		defer snapshot.Close()
		return snapshot.Query(cmd.Context(), args[0], warehouse.Format(*format), a.out)
	}
	return cmd
}
