package mapping

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/itchyny/gojq"

	"tieback/ingest/event"
)

// Result is what a map made of one record.
type Result struct {
	// Events are flat events as JSON.
	Events [][]byte
	// LeftOut holds a reason for each output that leaves something out. A record of which the map yields nothing has one as well.
	LeftOut []string
	// Fault says why the record is a dead letter; then there is nothing else.
	Fault *event.InvalidError
}

// NothingMade is the reason of a record of which a map yields nothing at all.
const NothingMade = "the map makes no event of it"

// Worker runs a map. It is not safe for concurrent use.
type Worker struct {
	m           *Map
	lean, whole *gojq.Code
	// stream is lean for record after record, located is whole with lines: it is made when it is needed.
	stream, located *gojq.Code
	decoder         decoder
	watch           *watch
	// guards says that the program that runs is lean; wantsWhole is set by a guard of it.
	guards, wantsWhole bool
	// line is where the located program is.
	line int
	// lost counts lean runs that were for nothing; where most are, lean is given up.
	runs, lost int
	// feed is the stream that is under way.
	feed *feed
	// text and list are where the next events go, so that a thousand of them take one allocation.
	text []byte
	list [][]byte
}

// NewWorker prepares a map for one goroutine.
func (m *Map) NewWorker() (*Worker, error) {
	w := &Worker{m: m, watch: newWatch()}
	var err error
	if w.whole, err = w.code(variant{}); err != nil {
		return nil, err
	}
	if m.lean == nil {
		return w, nil
	}
	if w.lean, err = w.code(variant{lean: true}); err == nil {
		w.stream, err = w.code(variant{lean: true, streamed: true})
	}
	return w, err
}

func (w *Worker) code(v variant) (*gojq.Code, error) {
	p, err := w.m.parse(v)
	if err != nil {
		return nil, err
	}
	if v.streamed {
		p.query = streamed(p.query)
	}
	code, err := gojq.Compile(p.query, w.functions()...)
	if err != nil {
		return nil, w.m.explainCompile(err)
	}
	return code, nil
}

// functions are what maps may call beside jq's own, and the guards, whose names begin with an underscore.
func (w *Worker) functions() []gojq.CompilerOption {
	function := gojq.WithFunction
	return []gojq.CompilerOption{
		function("decimal", 0, 0, decimalOf), function("_decimal", 0, 0, decimalOf), function("_decimal_literal", 1, 1, func(_ any, args []any) any { return json.Number(args[0].(string)) }),
		function("dadd", 2, 2, both("dadd", exact.Add, addSmall)), function("dsub", 2, 2, both("dsub", exact.Sub, subSmall)), function("dmul", 2, 2, both("dmul", exact.Mul, mulSmall)),
		function("ddiv", 3, 3, divide), function("dsum", 0, 0, sum), function("dneg", 0, 0, negate), function("dround", 1, 1, round),
		function("dshift", 1, 1, shift), function("dcmp", 2, 2, compare),
		function("from_minor", 1, 1, fromMinor), function("currency_places", 0, 0, currencyPlaces),
		function("from_seconds", 0, 0, sinceEpoch("from_seconds", 1)), function("from_millis", 0, 0, sinceEpoch("from_millis", 1_000)),
		function("from_micros", 0, 0, sinceEpoch("from_micros", 1_000_000)),
		function("utc", 0, 0, utc), function("day", 0, 0, day), function("day_after", 0, 0, dayAfter), function("day_before", 0, 0, dayBefore), function("month_after", 0, 0, monthAfter),
		function("text_hash", 0, 0, textHash), function("url_param", 1, 1, urlParameter), function("left_out", 1, 1, leftOut),
		function("_text", 1, maxArguments, w.join), function("_plain", 0, 0, plain), function("_plain_all", 0, 0, plainAll),
		function("_array", 0, 0, w.noObject), function("_scalar", 0, 0, w.noContainer), function("_caught", 0, 0, w.caught), function("_kept", 0, 0, kept),
		gojq.WithIterFunction("_records", 0, 0, func(any, []any) gojq.Iter { return w.feed }), function("_failed", 0, 0, func(any, []any) any { w.feed.failed = true; return nil }),
		function("_at", 1, 1, func(v any, args []any) any { w.line, _ = args[0].(int); return v }),
	}
}

// errPlain says what plain arithmetic met.
var errPlain = errors.New("plain arithmetic on a decimal would round it; use dadd, dsub, dmul, ddiv or dsum, which are exact")

// plain passes an operand of plain arithmetic on, unless it is a decimal.
func plain(v any, _ []any) any {
	switch v.(type) {
	case json.Number, float64:
		return errPlain
	}
	return v
}

// plainAll is plain for each operand of add.
func plainAll(v any, _ []any) any {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			if err, bad := plain(item, nil).(error); bad {
				return err
			}
		}
	case map[string]any:
		for _, item := range v {
			if err, bad := plain(item, nil).(error); bad {
				return err
			}
		}
	}
	return v
}

var errWantsWhole = errors.New("the whole record is needed")

func (w *Worker) noObject(v any, _ []any) any {
	if _, is := v.(map[string]any); is {
		w.wantsWhole = true
		return errWantsWhole
	}
	return v
}

func (w *Worker) noContainer(v any, _ []any) any {
	switch v.(type) {
	case map[string]any, []any:
		w.wantsWhole = true
		return errWantsWhole
	}
	return v
}

// kept makes a text, or those in an array, last longer than the record of which it may be a part.
func kept(v any, _ []any) any {
	switch v := v.(type) {
	case string:
		return strings.Clone(v)
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			if text, is := item.(string); is {
				item = strings.Clone(text)
			}
			list[i] = item
		}
		return list
	}
	return v
}

// caught passes on what a lean program has caught, and asks for the whole record where that may show an object: gojq's errors hold
// the first bytes of what they are about.
func (w *Worker) caught(v any, _ []any) any {
	if text, is := v.(string); is && strings.ContainsAny(text, "{[") {
		w.wantsWhole = true
		return errWantsWhole
	}
	return v
}

// Run maps one record. The result does not point into value.
func (w *Worker) Run(value []byte) Result {
	if w.lean != nil {
		if r, ok := w.runLean(value); ok {
			return r
		}
	}
	return w.runWhole(value)
}

// runWhole maps a record of which every member is read.
func (w *Worker) runWhole(value []byte) Result {
	w.decoder.wanted, w.guards = nil, false
	input, fault := w.decoder.decode(value)
	if fault != nil {
		return Result{Fault: fault}
	}
	r, err := w.run(w.whole, input)
	if err != nil {
		return Result{Fault: w.fault(err, value)}
	}
	return r
}

// runLean maps a record of which only the members were read that the program names. It is not ok where the program
// failed, or would have noticed the difference.
func (w *Worker) runLean(value []byte) (Result, bool) {
	w.decoder.wanted = w.m.lean.names
	w.guards, w.wantsWhole = true, false
	w.runs++
	input, fault := w.decoder.decode(value)
	if fault != nil {
		return Result{Fault: fault}, true
	}
	r, err := w.run(w.lean, input)
	if err == nil && !w.wantsWhole {
		return r, true
	}
	if w.wantsWhole {
		w.loses()
	} else if errors.Is(err, context.DeadlineExceeded) {
		return Result{Fault: w.fault(err, value)}, true
	}
	return Result{}, false
}

// loses counts a lean run that was for nothing.
func (w *Worker) loses() {
	if w.lost++; w.runs > 1000 && w.lost > w.runs/2 {
		w.lean, w.stream = nil, nil
	}
}

// run collects the outputs of one run.
func (w *Worker) run(code *gojq.Code, input any) (Result, error) {
	var r Result
	w.makeRoom()
	w.watch.start()
	defer w.watch.stop()
	outputs := code.RunWithContext(w.watch, input)
	for n := 0; ; n++ {
		output, more := next(outputs)
		if !more {
			break
		}
		if err, failed := output.(error); failed {
			return r, err
		}
		if n == maxOutputs {
			return r, errTooMany
		}
		if err := w.output(&r, output); err != nil {
			return r, err
		}
	}
	w.finish(&r)
	return r, nil
}

var errTooMany = fmt.Errorf("it yields more than %d events of one record", maxOutputs)

// next is the next output of a run. Some programs that gojq compiles it cannot run: what it panics with then is the error of this record.
func next(outputs gojq.Iter) (output any, more bool) {
	defer func() {
		if p := recover(); p != nil {
			output, more = fmt.Errorf("gojq cannot run this program: %v", p), true
		}
	}()
	return outputs.Next()
}

// finish closes the result of one record.
func (w *Worker) finish(r *Result) {
	if len(r.Events)+len(r.LeftOut) == 0 {
		r.LeftOut = nothingMade
	}
	n := len(r.Events)
	r.Events = r.Events[:n:n]
	w.list = w.list[min(n, cap(w.list)):min(n, cap(w.list))]
}

var nothingMade = []string{NothingMade}

// Room that is made at once for events.
const (
	roomText = 64 << 10
	roomList = 1 << 10
)

// makeRoom sees that the next events find room.
func (w *Worker) makeRoom() {
	if cap(w.list) < 16 {
		w.list = make([][]byte, 0, roomList)
	}
}

// output adds one output to the result.
func (w *Worker) output(r *Result, output any) error {
	object, ok := output.(map[string]any)
	if !ok {
		return fmt.Errorf("it yields %s where an event is an object", kindOfOutput(output))
	}
	if reason, ok := object[leftOutKey].(string); ok && len(object) == 1 {
		r.LeftOut = append(r.LeftOut, strings.Clone(reason)) // it may be a part of the record
		return nil
	}
	for name, value := range object {
		switch value.(type) {
		case map[string]any, []any:
			w.wantsWhole = true
		}
		if name == skippedKey {
			w.wantsWhole = true
		}
	}
	if cap(w.text)-len(w.text) < 1024 {
		w.text = make([]byte, 0, roomText)
	}
	start := len(w.text)
	text, err := appendEvent(w.text, object)
	w.text = text
	if len(r.Events) == 0 {
		r.Events = w.list[:0]
	}
	r.Events = append(r.Events, text[start:len(text):len(text)])
	return err
}

func kindOfOutput(v any) string {
	switch v.(type) {
	case string:
		return "a text"
	case []any:
		return "an array"
	case nil:
		return "null"
	case bool:
		return "true or false"
	}
	return "a number"
}
