package mapping

import (
	"context"
	"sync/atomic"

	"github.com/itchyny/gojq"
)

// RunEach maps n records in their order: record(i) is the value of record i, nil if there is none, and made[i] takes its result. It does what Run
// does for each, faster: one run of the program takes record after record, so that the machine under it is made once. A record on
// which that run fails is given to Run, which knows why.
func (w *Worker) RunEach(n int, record func(i int) []byte, made []Result) {
	for from := 0; from < n; {
		if w.stream == nil {
			made[from] = w.runIfAny(record(from))
			from++
			continue
		}
		from = w.runStream(from, n, record, made)
	}
}

func (w *Worker) runIfAny(value []byte) Result {
	if value == nil {
		return Result{}
	}
	return w.Run(value)
}

// feed gives records to a program that asks for one when it is done with the last.
type feed struct {
	w      *Worker
	next   int
	to     int
	record func(i int) []byte
	made   []Result
	// at is the record that the program works on, −1 before the first; the watch reads it.
	at atomic.Int64
	// outputs counts what the record became; failed says that its result is Run's to make.
	outputs int
	failed  bool
}

// Next is the program's next record. Records that cannot be read are dealt with on the way.
func (f *feed) Next() (any, bool) {
	f.close()
	for f.next < f.to {
		i := f.next
		f.next++
		value := f.record(i)
		if value == nil {
			continue
		}
		f.w.makeRoom()
		f.w.decoder.wanted = f.w.m.lean.names
		input, fault := f.w.decoder.decode(value)
		if fault != nil {
			f.made[i] = Result{Fault: fault}
			continue
		}
		f.at.Store(int64(i))
		f.outputs, f.failed, f.w.guards, f.w.wantsWhole = 0, false, true, false
		f.w.runs++
		return input, true
	}
	return nil, false
}

// close finishes the record that the program has left.
func (f *feed) close() {
	i := int(f.at.Load())
	if i < 0 {
		return
	}
	f.at.Store(-1)
	if f.w.wantsWhole {
		f.w.loses()
		f.made[i] = f.w.runWhole(f.record(i))
		return
	}
	if f.failed {
		f.made[i] = f.w.Run(f.record(i))
		return
	}
	f.w.finish(&f.made[i])
}

// runStream runs the lean program over records until their end, or until a record breaks it off, and returns which record is next.
func (w *Worker) runStream(from, to int, record func(i int) []byte, made []Result) int {
	f := &feed{w: w, next: from, to: to, record: record, made: made}
	f.at.Store(-1)
	outer := w.feed
	w.feed = f
	defer func() { w.feed = outer }()
	ctx, cancel := newStreamWatch(&f.at)
	defer cancel()
	outputs := w.stream.RunWithContext(ctx, nil)
	for {
		output, more := next(outputs)
		if !more {
			f.close()
			return f.next
		}
		_, broken := output.(error)
		f.outputs++
		if !broken && !f.failed && f.outputs <= maxOutputs {
			f.failed = w.output(&made[f.at.Load()], output) != nil
			continue
		}
		if f.outputs > maxOutputs || broken {
			f.failed = true
			f.close()
			return f.next
		}
	}
}

// newStreamWatch ends when the same record is worked on for too long.
func newStreamWatch(at *atomic.Int64) (context.Context, func()) {
	w := newWatch()
	ctx, cancel := context.WithCancel(context.Background())
	go w.look(ctx, at)
	return w, cancel
}

// streamed is the program that takes record after record: _records | try MAP catch (_failed | empty).
func streamed(q *gojq.Query) *gojq.Query {
	body := &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeQuery, Query: q}}
	return pipe(call("_records"), &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeTry, Try: &gojq.Try{Body: body, Catch: pipe(call("_failed"), call("empty"))}}})
}
