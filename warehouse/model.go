package warehouse

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"

	files "tieback/sql"
)

// Layer is the schema a model stands in.
type Layer string

// The layers, in the order of the flow.
const (
	Staging      Layer = "staging"
	Intermediate Layer = "intermediate"
	Marts        Layer = "marts"
)

// Model is one table or view over the events. SQL models are files with a header;
// computed ones say how their rows come about in Go.
type Model struct {
	Name  string
	Layer Layer
	// Sentence says what a row is about; it becomes the table's comment.
	Sentence string
	// Grain names the columns that identify a row; it is checked after each build.
	Grain []string
	// Reads names every relation the model reads: raw.x, meta.x, or a model.
	Reads []string
	Units string
	// Query is the SQL text, empty for computed models.
	Query string
	// Version of a computed model is raised when it makes other rows of the same input, so that a figure that moves with it says why.
	Version int
	// Columns and Rows are set for computed models.
	Columns []Column
	Rows    func(ctx context.Context, in *Reader, emit func(values ...any) error) error
	// Erases is set for the computed model whose rows are the tokens of erased persons: token, erased_at, of_customer. It
	// runs before all others, and its table does not stay.
	Erases bool
}

// Column is a column of a computed model, with its SQL type.
type Column struct{ Name, Type string }

// Models returns the embedded SQL models.
func Models() ([]Model, error) { return modelsIn(files.Files, "staging", "intermediate", "marts") }

// ModelsFrom reads an analyst's own models from a folder; they become marts.
func ModelsFrom(folder fs.FS) ([]Model, error) {
	list, err := modelsIn(folder, ".")
	for i := range list {
		list[i].Layer = Marts
	}
	return list, err
}

func modelsIn(folder fs.FS, layers ...string) ([]Model, error) {
	var list []Model
	for _, layer := range layers {
		names, err := fs.Glob(folder, path.Join(layer, "*.sql"))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			text, err := fs.ReadFile(folder, name)
			if err != nil {
				return nil, err
			}
			m, err := parseModel(strings.TrimSuffix(path.Base(name), ".sql"), string(text))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			m.Layer = Layer(layer)
			list = append(list, m)
		}
	}
	return list, nil
}

// parseModel reads the header: the first line "-- name: sentence", then grain, reads and units.
func parseModel(name, text string) (Model, error) {
	m := Model{Name: name, Query: text}
	for i, line := range strings.Split(text, "\n") {
		line, isComment := strings.CutPrefix(line, "--")
		if !isComment {
			break
		}
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		if i == 0 {
			if key != name {
				return m, fmt.Errorf("the header must begin with \"-- %s: what a row is about\"", name)
			}
			m.Sentence = value
			continue
		}
		switch key {
		case "grain":
			m.Grain = splitList(value)
		case "reads":
			m.Reads = splitList(value)
		case "units":
			m.Units = value
		}
	}
	if m.Sentence == "" || len(m.Grain) == 0 || len(m.Reads) == 0 {
		return m, fmt.Errorf("the header of %s lacks its sentence, grain or reads", name)
	}
	return m, nil
}

func splitList(text string) []string {
	var list []string
	for _, part := range strings.Split(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// Order sorts models so that each comes after what it reads.
func Order(models []Model) ([]Model, error) {
	byName := make(map[string]*Model, len(models))
	names := make([]string, 0, len(models))
	for i := range models {
		m := &models[i]
		if byName[m.Name] != nil {
			return nil, fmt.Errorf("two models are called %s", m.Name)
		}
		byName[m.Name] = m
		names = append(names, m.Name)
	}
	sort.Strings(names)
	w := walk{byName: byName, state: make(map[string]int)}
	for _, name := range names {
		if err := w.visit(name, ""); err != nil {
			return nil, err
		}
	}
	return w.order, nil
}

// walk is a depth-first walk over reads.
type walk struct {
	byName map[string]*Model
	state  map[string]int // 1 on the way, 2 done
	order  []Model
}

func (w *walk) visit(name, reader string) error {
	m := w.byName[name]
	if m == nil {
		return fmt.Errorf("%s reads %s, which is no model", reader, name)
	}
	switch w.state[name] {
	case 1:
		return fmt.Errorf("%s and %s read each other", reader, name)
	case 2:
		return nil
	}
	w.state[name] = 1
	for _, r := range m.Reads {
		if strings.HasPrefix(r, "raw.") || strings.HasPrefix(r, "meta.") {
			continue
		}
		if err := w.visit(r, name); err != nil {
			return err
		}
	}
	w.state[name] = 2
	w.order = append(w.order, *m)
	return nil
}

// columnComments reads sql/columns.txt: one sentence for each column name, or for table.column.
func columnComments() (map[string]string, error) {
	text, err := files.Files.ReadFile("columns.txt")
	if err != nil {
		return nil, err
	}
	comments := make(map[string]string)
	for i, line := range strings.Split(string(text), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		name, sentence, ok := strings.Cut(line, ": ")
		if !ok || comments[name] != "" {
			return nil, fmt.Errorf("columns.txt line %d: want one \"name: sentence\" for each column", i+1)
		}
		comments[name] = sentence
	}
	return comments, nil
}
