package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// waitForPeak waits for a process that was started, and returns the most resident memory it had, in KiB; 0 where the system does not tell. What the
// system tells of a child that has ended is at least what its parent had when it began it.
func waitForPeak(cmd *exec.Cmd) (peak int64, err error) {
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			return peak, err
		case <-time.After(20 * time.Millisecond):
			if status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)); err == nil {
				peak = max(peak, peakOf(status))
			}
		}
	}
}

// peakOf is the most resident memory in /proc/PID/status, in KiB.
func peakOf(status []byte) int64 {
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, "VmHWM:"); found {
			n, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err == nil {
				return n
			}
		}
	}
	return 0
}
