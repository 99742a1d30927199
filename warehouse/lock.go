package warehouse

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"
)

// fileLock holds an advisory lock on a file of its own. The database file itself is never opened
// here: closing it would drop DuckDB's own lock.
type fileLock struct{ file *os.File }

// lockFile takes the lock and writes down who holds it.
func lockFile(name, holder string, now time.Time) (*fileLock, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock the warehouse: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		held, _ := io.ReadAll(io.LimitReader(file, 200))
		_ = file.Close()
		who := strings.TrimSpace(string(held))
		if who == "" {
			who = "another process"
		}
		return nil, fmt.Errorf("%w: %s holds %s; stop it, or wait until it has ended", ErrHeld, who, strings.TrimSuffix(name, ".lock"))
	}
	if holder == "" {
		holder = "tieback"
	}
	text := fmt.Sprintf("%s (process %d, since %s)\n", holder, os.Getpid(), now.UTC().Format("2006-01-02 15:04:05 UTC"))
	err = file.Truncate(0)
	if err == nil {
		_, err = file.WriteAt([]byte(text), 0)
	}
	if err != nil {
		return nil, fmt.Errorf("write the lock file: %w", errors.Join(err, file.Close()))
	}
	return &fileLock{file}, nil
}

// CheckFree returns an ErrHeld that says who holds a warehouse, nil where nobody does.
func CheckFree(path string) error {
	lock, err := lockFile(path+".lock", "", time.Now())
	if errors.Is(err, ErrHeld) {
		return err
	}
	if err == nil {
		lock.release()
	}
	return nil // what else is wrong with the file, whoever opens the warehouse says
}

func (l *fileLock) release() {
	if l.file != nil {
		// Closing the file releases the lock; its text stays and harms nobody.
		_ = l.file.Close()
		l.file = nil
	}
}
