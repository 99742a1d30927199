package warehouse

import (
	"errors"
	"strings"
	"syscall"
)

// diskFull says whether an error is, in the system's words, in DuckDB's or in a stranger's, that there is no space left.
func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || strings.Contains(strings.ToLower(err.Error()), "no space left") || strings.Contains(err.Error(), "Could not write file")
}

// explained makes what a method returns say what to do, where nothing inside did.
func explained(err *error) {
	if *err != nil && !errors.Is(*err, ErrDiskFull) && !errors.Is(*err, ErrInvalid) {
		*err = explainWrite(*err)
	}
}
