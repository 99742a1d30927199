package main

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"tieback/ingest"
	"tieback/ingest/registry"
	"tieback/warehouse"
)

// Exit codes say what whoever started the command can do next. Every command uses them.
const (
	exitDone = iota
	exitFailed
	exitMisused
	exitUnreachable
	exitPositionLost
	exitHeld
	exitDiskFull
	exitDeadLetters
	exitInvalid
	exitDrain
)

// exitClass is one exit code. docs/operations.md lists them, docs/systemd/tieback.service which of them a supervisor must
// not answer by starting again.
type exitClass struct {
	code    int
	meaning string
	// restart says whether starting the same command again, unchanged, may help.
	restart bool
}

var exitClasses = []exitClass{
	{exitDone, "done; for `ingest`: it was stopped, or is at the end", false},
	{exitFailed, "failed: the sentence says why", true},
	{exitMisused, "misused: flags, arguments or settings", false},
	{exitUnreachable, "no Kafka broker answers, or none lets us in; or no schema registry does", true},
	{exitPositionLost, "Kafka no longer holds the position, and `on_offset_reset` is `fail`", false},
	{exitHeld, "another process holds the warehouse", true},
	{exitDiskFull, "the disk is full", true},
	{exitDeadLetters, "too many dead letters (`dead_letters` in the settings)", false},
	{exitInvalid, "DuckDB met a fatal error and refuses everything; a new process opens the file again", true},
	{exitDrain, "the last commit took longer than `drain_deadline` and was given up", true},
}

// exitHelp lists the exit codes for a command's help.
func exitHelp() string {
	var b strings.Builder
	b.WriteString("Exit codes (docs/operations.md):")
	for _, class := range exitClasses {
		fmt.Fprintf(&b, "\n  %d  %s", class.code, strings.ReplaceAll(class.meaning, "`", ""))
	}
	return b.String()
}

// usageError is a misuse of the command line.
type usageError struct{ error }

// remoteError is an error of the process that holds the warehouse, with the exit code it would have ended with.
type remoteError struct {
	error
	code int
}

// exitCode is the class of an error. Where several apply the one that an operator must see to comes first.
func exitCode(err error) int {
	var usage usageError
	var remote remoteError
	var many *tooManyDeadLettersError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &remote):
		return remote.code
	case errors.As(err, &usage):
		return exitMisused
	case errors.Is(err, warehouse.ErrDiskFull), errors.Is(err, syscall.ENOSPC):
		return exitDiskFull
	case errors.Is(err, warehouse.ErrInvalid):
		return exitInvalid
	case errors.Is(err, warehouse.ErrHeld):
		return exitHeld
	case errors.As(err, &many):
		return exitDeadLetters
	case errors.Is(err, ingest.ErrPositionLost):
		return exitPositionLost
	case errors.Is(err, ingest.ErrDrain):
		return exitDrain
	case errors.Is(err, ingest.ErrUnreachable), errors.Is(err, registry.ErrUnreachable):
		return exitUnreachable
	}
	return exitFailed
}
