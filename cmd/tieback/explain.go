package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tieback/evidence"
	"tieback/warehouse"
)

// explanation is everything behind a figure.
type explanation struct {
	Figure     string `json:"figure"`
	Definition string `json:"definition"`
	Formula    string `json:"formula"`
	Unit       string `json:"unit"`
	Grade      string `json:"grade,omitempty"`
	Caveat     string `json:"caveat,omitempty"`
	// State and Needs say whether the newest snapshot can give it; empty where it does not judge this figure.
	State string `json:"state,omitempty"`
	Needs string `json:"needs,omitempty"`
	// Model is the table that holds it, Models that table and all it is made of, each after what it reads.
	Model  string           `json:"model"`
	Models []explainedModel `json:"models"`
}

// explainedModel is one step from events to a figure.
type explainedModel struct {
	Name     string   `json:"name"`
	Layer    string   `json:"layer"`
	Sentence string   `json:"sentence"`
	Reads    []string `json:"reads"`
	// SQL is the model's query; empty: it is computed in Go.
	SQL string `json:"sql,omitempty"`
}

func (a *app) explainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain [FIGURE]",
		Short: "Definition, inputs, SQL and grade behind a figure; without FIGURE the list of figures",
		Long: `Say how a figure comes about: definition, formula, unit, grade and caveat from the catalog of the newest snapshot, whether that snapshot can
give it and what it still needs, the table that holds it, and every model on the way from the events. With --sql their queries too.`,
		Args: misusedArgs(cobra.MaximumNArgs(1)),
	}
	format := formatFlag(cmd, "text", "json")
	withSQL := cmd.Flags().Bool("sql", false, "print the query of every model on the way")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, err := a.settings()
		if err != nil {
			return err
		}
		snapshot, err := warehouse.OpenSnapshot(cmd.Context(), s.Warehouse)
		if err != nil {
			return err
		}
		defer snapshot.Close()
		catalog, err := snapshot.Catalog(cmd.Context())
		if err != nil {
			return err
		}
		if len(args) == 0 {
			return printCatalog(a.out, catalog, *format)
		}
		e, err := explain(cmd.Context(), snapshot, catalog, args[0])
		if err != nil {
			return err
		}
		if *format == "json" {
			return encodeIndented(a.out, e)
		}
		e.print(a.out, *withSQL)
		return nil
	}
	return cmd
}

// explain follows a figure back to the events.
func explain(ctx context.Context, snapshot *warehouse.Snapshot, catalog []warehouse.CatalogEntry, figure string) (*explanation, error) {
	var names []string
	for _, c := range catalog {
		names = append(names, c.Figure)
	}
	i := slices.Index(names, strings.ToLower(strings.TrimSpace(figure)))
	if i < 0 {
		return nil, usagef("there is no figure %q%s; tieback explain lists them", figure, didYouMean(figure, names))
	}
	c := catalog[i]
	e := &explanation{Figure: c.Figure, Definition: c.Definition, Formula: c.Formula, Unit: c.Unit, Grade: c.Grade, Caveat: c.Caveat, Model: c.Model}
	answers, err := snapshot.Answerables(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range answers {
		if a.Figure == c.Figure {
			e.State, e.Needs = a.State, a.Needs
		}
	}
	models, err := warehouse.Models()
	if err != nil {
		return nil, err
	}
	order, err := warehouse.Order(append(models, evidence.Models()...))
	if err != nil {
		return nil, err
	}
	needed := map[string]bool{c.Model: true}
	for _, m := range slices.Backward(order) {
		if !needed[m.Name] {
			continue
		}
		for _, r := range m.Reads {
			needed[r] = true
		}
		e.Models = append(e.Models, explainedModel{m.Name, string(m.Layer), m.Sentence, m.Reads, m.Query})
	}
	slices.Reverse(e.Models)
	return e, nil
}

func (e *explanation) print(out io.Writer, withSQL bool) {
	fmt.Fprintf(out, "%s: %s\n", e.Figure, e.Definition)
	for _, part := range []struct{ name, text string }{
		{"formula", e.Formula}, {"unit", e.Unit}, {"grade", e.Grade}, {"caveat", e.Caveat}, {"now", e.State}, {"needs", e.Needs}, {"table", e.Model},
	} {
		if part.text != "" {
			fmt.Fprintf(out, "  %-8s %s\n", part.name, part.text)
		}
	}
	fmt.Fprintln(out, "\nfrom the events to the figure")
	for _, m := range e.Models {
		how := ""
		if m.SQL == "" {
			how = " (computed in Go)"
		}
		fmt.Fprintf(out, "  %s.%s%s: %s\n", m.Layer, m.Name, how, m.Sentence)
		if withSQL && m.SQL != "" {
			for line := range strings.Lines(strings.TrimRight(m.SQL, "\n") + "\n") {
				fmt.Fprint(out, "    "+line)
			}
			fmt.Fprintln(out)
		}
	}
	var raw []string
	for _, m := range e.Models {
		for _, r := range m.Reads {
			if strings.HasPrefix(r, "raw.") && !slices.Contains(raw, r) {
				raw = append(raw, r)
			}
		}
	}
	slices.Sort(raw)
	fmt.Fprintf(out, "\nevents: %s\n", strings.Join(raw, ", "))
}

// printCatalog lists the figures.
func printCatalog(out io.Writer, catalog []warehouse.CatalogEntry, format string) error {
	if format == "json" {
		list := make([]map[string]string, 0, len(catalog))
		for _, c := range catalog {
			list = append(list, map[string]string{"figure": c.Figure, "definition": c.Definition, "model": c.Model})
		}
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(list)
	}
	for _, c := range catalog {
		fmt.Fprintf(out, "%-32s %s\n", c.Figure, c.Definition)
	}
	return nil
}
