package main

import (
	"errors"

	"github.com/spf13/cobra"
)

// pilotCommand is the parent of what is done before a pilot starts.
func (a *app) pilotCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "pilot plan|assign",
		Short: "Plan a pilot: power, cost and weeks; assign customers to its arms",
		Args:  misusedArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_ = cmd.Help()
			return usageError{errors.New("name plan or assign")}
		},
	}
	cmd.AddCommand(a.pilotPlanCommand(), a.pilotAssignCommand())
	return cmd
}
