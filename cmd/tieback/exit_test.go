package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tieback/ingest"
	"tieback/warehouse"
)

// Each class is found through what wraps it. Those that a test can provoke are provoked elsewhere: TestMisuse (2), TestBrokerTrouble (3),
// TestOffsetResetIsRecorded (4), TestSecondStarterIsRefused (5), TestDiskFull (6), TestTooManyDeadLettersStopIngest (7),
// TestDrainDeadlineHasItsOwnExitCode (9).
func TestExitCodes(t *testing.T) {
	wrap := func(err error) error { return errors.Join(nil, fmt.Errorf("ingest: %w", err)) }
	for code, err := range map[int]error{
		exitDone:         nil,
		exitFailed:       errors.New("something else"),
		exitMisused:      wrap(usagef("a flag")),
		exitUnreachable:  wrap(ingest.ErrUnreachable),
		exitPositionLost: wrap(ingest.ErrPositionLost),
		exitHeld:         wrap(warehouse.ErrHeld),
		exitDiskFull:     wrap(errors.Join(ingest.ErrDrain, warehouse.ErrDiskFull)),
		exitDeadLetters:  wrap(&tooManyDeadLettersError{}),
		exitInvalid:      wrap(warehouse.ErrInvalid),
		exitDrain:        wrap(ingest.ErrDrain),
	} {
		if got := exitCode(err); got != code {
			t.Errorf("%v has exit code %d, want %d", err, got, code)
		}
	}
	if got := exitCode(wrap(remoteError{errors.New("as the holder said"), exitDiskFull})); got != exitDiskFull {
		t.Errorf("an error that came through the control socket has exit code %d, want that of the holder", got)
	}
}

// The runbook has every exit code, and the unit does not start again after those that starting again does not mend.
func TestExitCodesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	unit, err := os.ReadFile("../../docs/systemd/tieback.service")
	if err != nil {
		t.Fatal(err)
	}
	var want, got, stay []string
	for i, class := range exitClasses {
		if class.code != i {
			t.Errorf("class %d stands at place %d", class.code, i)
		}
		want = append(want, fmt.Sprintf("| %d | %s |", class.code, class.meaning))
		if !class.restart && class.code != exitDone {
			stay = append(stay, strconv.Itoa(class.code))
		}
	}
	for line := range strings.Lines(string(text)) {
		if row := regexp.MustCompile(`^\| \d+ \| [^|]+ \|`).FindString(line); row != "" {
			got = append(got, row)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("docs/operations.md (-exit.go +page):\n%s", diff)
	}
	prevent := regexp.MustCompile(`(?m)^RestartPreventExitStatus=(.*)$`).FindStringSubmatch(string(unit))
	if prevent == nil || !slices.Equal(strings.Fields(prevent[1]), stay) {
		t.Errorf("the unit stays down after %q, want %v", prevent, stay)
	}
}

// A commit that does not end within the deadline is given up, nothing is lost, and the exit code says which it was.
func TestDrainDeadlineHasItsOwnExitCode(t *testing.T) {
	p := newPlace(t).withBroker(1)
	const n = 30_000
	p.publish(p.producer(), mixedRecords(0, n)...)
	short := p.file("short.yaml", "drain_deadline: 1ms\n")
	cmd, errOut := p.process(0, "ingest", "--settings", short) // one batch, which commits after 2 s
	until(t, "ingest to begin", func() bool { return strings.Contains(errOut.String(), "reading") })
	time.Sleep(time.Second)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitDrain || !strings.Contains(errOut.String(), "drain deadline") {
		t.Fatalf("exit code %d, want %d\n%s", code, exitDrain, errOut)
	}
	if got := p.ingest(); got != (counts{Consumed: n, Written: n}) {
		t.Errorf("the next run: %+v, want all %d: nothing of the batch was written, and nothing is lost", got, n)
	}
	p.reconciled(n)
}

// Whatever hangs, the process ends.
func TestEndWithin(t *testing.T) {
	code := make(chan int, 1)
	errOut := &watched{}
	a := &app{err: errOut, exit: func(c int) { code <- c }}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := a.endWithin(ctx, 10*time.Millisecond)
	defer ended()
	select {
	case c := <-code:
		t.Fatalf("ended with %d before it was told to", c)
	case <-time.After(50 * time.Millisecond):
	}
	stop()
	select {
	case c := <-code:
		if c != exitDrain || !strings.Contains(errOut.String(), "did not end within 10ms") {
			t.Errorf("exit code %d, %s", c, errOut)
		}
	case <-time.After(10 * time.Second):
		t.Error("still there ten seconds after")
	}
	ctx, stop = context.WithCancel(t.Context())
	defer stop()
	a.endWithin(ctx, 20*time.Millisecond)()
	stop()
	select {
	case <-code:
		t.Error("a process that had ended by itself was ended")
	case <-time.After(100 * time.Millisecond):
	}
}

// atEnd does something when what it reads is at its end.
type atEnd struct {
	*strings.Reader
	do func()
}

func (r *atEnd) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && r.do != nil {
		r.do()
		r.do = nil
	}
	return n, err
}

// A command whose warehouse cannot be closed as it should has done its work, but not ended well: it says so, and with which class. What it
// committed is there at the next start.
func TestWarehouseThatDoesNotClose(t *testing.T) {
	p := newPlace(t)
	p.do("load", p.file("first.ndjson", mixedLines(0, 10))) // makes the warehouse
	inTheWay := p.warehouse + ".kept"                       // where blocks are kept during a checkpoint
	in := &atEnd{strings.NewReader(mixedLines(10, 30)), func() {
		if err := os.Mkdir(inTheWay, 0o755); err != nil {
			t.Error(err)
		}
	}}
	var out, errOut strings.Builder
	code := (&app{in: in, out: &out, err: &errOut, now: time.Now}).execute(t.Context(), p.args("load", "-"))
	if code != exitFailed || !strings.Contains(errOut.String(), "close the warehouse; what was committed is safe, the next start reads it from the log beside the file: ") {
		t.Errorf("exit code %d, want %d and a sentence about closing:\n%s", code, exitFailed, errOut.String())
	}
	if !strings.Contains(out.String(), "20") {
		t.Errorf("it says\n%swant what was loaded nevertheless", out.String())
	}
	if err := os.Remove(inTheWay); err != nil {
		t.Fatal(err)
	}
	if got := p.one("select rows from (" + rawCounts + ") where table_name = 'places'"); got != "30" {
		t.Errorf("%s messages are in the raw tables, want 30", got)
	}
}
