package main

import (
	"fmt"
	"path/filepath"
	"syscall"
)

// freeDisk is how many bytes a user without privileges may still write beside a file.
func freeDisk(file string) (int64, error) {
	var disk syscall.Statfs_t
	folder := filepath.Dir(file)
	if err := syscall.Statfs(folder, &disk); err != nil {
		return 0, fmt.Errorf("ask how much space is free in %s: %w", folder, err)
	}
	return int64(disk.Bavail * uint64(disk.Bsize)), nil
}
