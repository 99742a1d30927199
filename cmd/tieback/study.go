package main

import (
	"errors"

	"github.com/spf13/cobra"
)

// studyCommand is the parent of the commands that run one statistical method on one file, without a warehouse.
func (a *app) studyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "study METHOD",
		Short: "Run one statistical method on a CSV file: attribution, pilot, lift or clv",
		Long: `Run one statistical method on a CSV file. Nothing is read from or written to the warehouse.

A check that fails makes the result not valid: the number is still printed, with the warning, and the exit code is 0.
Only what cannot be computed at all ends with 1 and a sentence.`,
		Args: misusedArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_ = cmd.Help()
			return usageError{errors.New("name a method")}
		},
	}
	cmd.AddCommand(a.studyCLVCommand())
	cmd.AddCommand(a.studyPilotCommand())
	cmd.AddCommand(a.studyLiftCommand())
	cmd.AddCommand(a.studyAttributionCommand())
	return cmd
}
