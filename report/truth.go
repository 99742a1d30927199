package report

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// truthJSON is what "make truth" found out about the methods, in invented worlds whose truth is known.
//
//go:embed truth.json
var truthJSON []byte

// truth is how often each method is right.
var truth = func() (t struct {
	Seed        uint64        `json:"seed"`
	Development uint64        `json:"development_seed"`
	Worlds      int           `json:"worlds"`
	Rows        []truthRecord `json:"rows"`
}) {
	if err := json.Unmarshal(truthJSON, &t); err != nil {
		panic("report: truth.json, made by \"make truth\": " + err.Error())
	}
	return t
}()

// truthRecord is one method in one kind of world. Shares and what is relative to the truth are 1 for all of it; nil is not known.
type truthRecord struct {
	Method       string   `json:"method"`
	World        string   `json:"world"`
	Misspecified bool     `json:"misspecified"`
	Hurdle       bool     `json:"hurdle"`
	Bias         *float64 `json:"relative_bias"`
	Coverage     *float64 `json:"coverage"`
	Error        *float64 `json:"coverage_se"`
	Width        *float64 `json:"relative_width"`
	Right        *float64 `json:"right"`
	Wrong        *float64 `json:"wrong"`
	Withheld     *float64 `json:"withheld"`
	Scale        *float64 `json:"ever_scale"`
	Stop         *float64 `json:"ever_stop"`
}

// truthOf is the row of a method in a kind of world.
func truthOf(method, world string) (truthRecord, bool) {
	for _, r := range truth.Rows {
		if !r.Hurdle && r.Method == method && r.World == world {
			return r, true
		}
	}
	return truthRecord{}, false
}

// recovered says in a paragraph what the tables show.
func (v *view) recovered() string {
	said := fmt.Sprintf("How good the methods are is tried where the truth is known: in %s invented worlds of each kind.", count(float64(truth.Worlds)))
	if r, ok := truthOf("fixed pilot, Welch", "the invented company"); ok && r.Coverage != nil {
		said += fmt.Sprintf(" Of %s invented companies the interval of a randomized pilot held the truth in %s; it should in 90.", count(float64(truth.Worlds)), tenths(*r.Coverage))
	}
	rule := v.info["credit_model"]
	if r, ok := truthOf("credit, "+modelName(rule), "the invented company"); ok && r.Bias != nil && r.Wrong != nil && *r.Bias > 0 {
		said += fmt.Sprintf(" In the same companies the rule %s credited programs with %s more than they truly brought; taking credit for return would have decided wrongly about %s of them.",
			quoteRule(rule), tenths(*r.Bias), tenths(*r.Wrong))
	}
	return said + " Where the assumptions of a method fail it does worse, and the second table says by how much."
}

// recovery are the tables of how often methods are right: within their assumptions, beyond them, and when looked at often.
func recovery() []Table {
	note := fmt.Sprintf("%s worlds of each kind, seed %d; methods and worlds were worked on with seed %d. Bias and width (median) are parts of the true effect. "+
		"Of the programs a quarter return exactly their hurdle, where any decision is wrong; what is neither right, wrong nor withheld asks for more. The page docs/truth.md has all columns and says why.",
		count(float64(truth.Worlds)), truth.Seed, truth.Development)
	names := append(words("method", "worlds"), columns("", "bias", "held the truth", "width", "right", "wrong", "withheld")...)
	within := Table{ID: "truth", Caption: "How often methods are right, within their assumptions", Columns: names, Note: note}
	beyond := Table{ID: "truth-beyond", Caption: "How often methods are right, beyond their assumptions", Columns: names}
	looks := Table{ID: "truth-looks", Caption: "Decisions about pilots that return exactly their hurdle, looked at often: neither may exceed 5 %",
		Columns: append(words("method", "worlds"), columns("", "ever scale", "ever stop")...)}
	for _, r := range truth.Rows {
		cells := []Cell{text(r.Method), text(r.World)}
		if r.Hurdle {
			looks.Rows = append(looks.Rows, Row{Cells: append(cells, part(r.Scale, tenths), part(r.Stop, tenths))})
			continue
		}
		held := part(r.Coverage, tenths)
		if r.Coverage != nil && r.Error != nil {
			held.Text += fmt.Sprintf(" ± %.1f", 100**r.Error)
		}
		row := Row{Cells: append(cells, part(r.Bias, signedTenths), held, part(r.Width, percent), part(r.Right, tenths), part(r.Wrong, tenths), part(r.Withheld, tenths))}
		if r.Misspecified {
			beyond.Rows = append(beyond.Rows, row)
		} else {
			within.Rows = append(within.Rows, row)
		}
	}
	tables := []Table{within, beyond, looks}
	for i := range tables {
		tables[i].OfMethods = true
	}
	return tables
}

// part is a share; nil does not apply.
func part(v *float64, write func(float64) string) Cell {
	if v == nil || math.IsNaN(*v) {
		return dash()
	}
	return Cell{Text: write(*v), Value: plain(*v)}
}

// tenths writes a share to a tenth of a percent.
func tenths(share float64) string { return strconv.FormatFloat(100*share, 'f', 1, 64) + " %" }

// signedTenths writes a difference as a share, with its sign.
func signedTenths(share float64) string { return signed(100*share, 1) + " %" }
