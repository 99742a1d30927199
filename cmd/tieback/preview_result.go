package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"tieback/warehouse"
)

// preview is what a preview found.
type preview struct {
	Summary summary `json:"summary"`
	// Limited are the files and topics of which only the first records were read.
	Limited []string `json:"limited,omitempty"`
	// Types are the events by type.
	Types       []warehouse.EventCount `json:"types"`
	Refused     []refusal              `json:"dead_letters"`
	Events      []json.RawMessage      `json:"events"`
	Figures     []figure               `json:"figures"`
	Suggestions []suggestion           `json:"suggestions,omitempty"`
	Notes       []string               `json:"notes,omitempty"`
}

// refusal is the would-be dead letters of one kind.
type refusal struct {
	Code   string `json:"code"`
	Field  string `json:"field,omitempty"`
	Reason string `json:"reason"`
	Count  int    `json:"count"`
	// Place and Record are an example: where it came from, and its first characters.
	Place  string `json:"place"`
	Record string `json:"record"`
}

// figure is a figure of the report and whether it could be said.
type figure struct {
	Figure string `json:"figure"`
	State  string `json:"state"`
	Needs  string `json:"needs,omitempty"`
}

// shownCharacters is how much of a refused record is shown.
const shownCharacters = 160

// describe counts events and refused records.
func (p *previewing) describe(ctx context.Context, w *warehouse.Warehouse, result *preview) error {
	var err error
	if result.Types, err = w.EventCounts(ctx); err != nil {
		return err
	}
	letters, err := w.DeadLetters(ctx, warehouse.DeadLetterFilter{})
	if err != nil {
		return err
	}
	secret, err := p.s.secret()
	if err != nil {
		return err
	}
	index := make(map[refusal]int)
	for _, d := range letters {
		kind := refusal{Code: d.Code, Field: d.Field, Reason: d.Reason}
		i, known := index[kind]
		if !known {
			payload, err := secret.Open(d.Payload)
			if err != nil {
				return err
			}
			i = len(result.Refused)
			index[kind] = i
			kind.Place, kind.Record = placeOf(d), shorten(payload)
			result.Refused = append(result.Refused, kind)
		}
		result.Refused[i].Count++
	}
	slices.SortStableFunc(result.Refused, func(a, b refusal) int { return cmp.Compare(b.Count, a.Count) })
	return nil
}

// placeOf says where a dead letter came from.
func placeOf(d warehouse.DeadLetter) string {
	place := fmt.Sprintf("record %d", d.Offset+1)
	if !strings.HasPrefix(d.Topic, allFiles) {
		place = fmt.Sprintf("%s partition %d offset %d", d.Topic, d.Partition, d.Offset)
	}
	if d.Event > 0 {
		place += fmt.Sprintf(", event %d of it", d.Event)
	}
	return place
}

// shorten shows the beginning of a record on one line.
func shorten(record []byte) string {
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0xFFFD {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(record), " "))
	if runes := []rune(text); len(runes) > shownCharacters {
		return string(runes[:shownCharacters]) + " …"
	}
	return text
}

// print writes the preview.
func (r *preview) print(out io.Writer, format string) error {
	if format == "json" {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	s := r.Summary
	fmt.Fprintf(w, "read\t%d\naccepted\t%d\nduplicates\t%d\nleft out\t%d\nwould be dead letters\t%d\n", s.Consumed, s.Written, s.Duplicates, s.LeftOut, s.DeadLetters)
	for _, name := range r.Limited {
		fmt.Fprintf(w, "note\tof %s the first records only (--limit)\n", name)
	}
	for _, note := range append(s.notes(), r.Notes...) {
		fmt.Fprintf(w, "note\t%s\n", note)
	}
	r.printTypes(w)
	r.printRefused(w)
	if len(r.Events) > 0 {
		fmt.Fprintln(w, "\nThe first events")
		for _, text := range r.Events {
			fmt.Fprintf(w, "  %s\n", text)
		}
	}
	r.printFigures(w)
	r.printSuggestions(w)
	return w.Flush()
}

func (r *preview) printTypes(w io.Writer) {
	if len(r.Types) == 0 {
		return
	}
	fmt.Fprintln(w, "\nEvents\tnumber\tfrom\tto")
	for _, t := range r.Types {
		fmt.Fprintf(w, "  %s\t%d\t%s\t%s\n", t.Type, t.Events, t.First.Format("2006-01-02"), t.Last.Format("2006-01-02"))
	}
}

func (r *preview) printRefused(w io.Writer) {
	if len(r.Refused) == 0 {
		return
	}
	fmt.Fprintln(w, "\nWould be dead letters")
	for _, f := range r.Refused {
		fmt.Fprintf(w, "  %d\t%s\t%s\n  \t%s\t%s\n", f.Count, f.Code, f.Reason, f.Place, f.Record)
	}
}

// printFigures lists what can be said, then what cannot, and at the end what is needed, what most figures want first.
func (r *preview) printFigures(w io.Writer) {
	wanted := make(map[string]int)
	var needs []string
	for _, f := range r.Figures {
		for _, need := range splitNeeds(f.Needs) {
			if wanted[need]++; wanted[need] == 1 {
				needs = append(needs, need)
			}
		}
	}
	slices.SortStableFunc(needs, func(a, b string) int { return cmp.Compare(wanted[b], wanted[a]) })
	for _, group := range []struct{ title, state string }{
		{"Figures possible now", "known"}, {"Possible on assumptions", "assumed"}, {"Possible once refunds have come", "immature"}, {"Still missing", "not known"},
	} {
		first := true
		for _, f := range r.Figures {
			if f.State != group.state {
				continue
			}
			if first {
				fmt.Fprintf(w, "\n%s\tneeds\n", group.title)
				first = false
			}
			var numbers []string
			for _, need := range splitNeeds(f.Needs) {
				numbers = append(numbers, strconv.Itoa(slices.Index(needs, need)+1))
			}
			fmt.Fprintf(w, "  %s\t%s\n", f.Figure, strings.Join(numbers, ", "))
		}
	}
	if len(needs) > 0 {
		fmt.Fprintln(w, "\nWhat is needed")
	}
	for i, need := range needs {
		fmt.Fprintf(w, "%3d  %s\n", i+1, need)
	}
}

// splitNeeds takes the needs of a figure apart.
func splitNeeds(needs string) []string {
	if needs == "" {
		return nil
	}
	return strings.Split(needs, "; ")
}

func (r *preview) printSuggestions(w io.Writer) {
	if r.Summary.Written > 0 {
		return
	}
	fmt.Fprintln(w, "\nNothing was accepted.")
	for _, s := range r.Suggestions {
		fmt.Fprintf(w, "--map %s makes events of %d of the first %d records.\n", s.Map, s.Records, s.Sample)
	}
	if len(r.Suggestions) == 0 {
		fmt.Fprintln(w, "No built-in map makes events of these records: write one of your own (docs/maps.md), or send events by the contract (docs/events.md).")
	}
}
