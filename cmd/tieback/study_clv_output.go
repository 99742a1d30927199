package main

import (
	"fmt"
	"strconv"
	"strings"

	"tieback/metrics/clv"
)

// clvJSON is the result of study clv.
type clvJSON struct {
	Model      string            `json:"model"`
	Params     map[string]number `json:"params"`
	SE         map[string]number `json:"se"`
	SELog      map[string]number `json:"se_log"`
	LogLik     number            `json:"loglik"`
	Converged  bool              `json:"converged"`
	Status     string            `json:"status"`
	Customers  int               `json:"customers"`
	Repeaters  int               `json:"repeaters"`
	GammaGamma gammaGammaJSON    `json:"gamma_gamma"`
	Holdout    holdoutJSON       `json:"holdout"`
	Value      valueJSON         `json:"value"`
	Warnings   []string          `json:"warnings"`
}

type gammaGammaJSON struct {
	P           number            `json:"p"`
	Q           number            `json:"q"`
	Gamma       number            `json:"gamma"`
	LogLik      number            `json:"loglik"`
	SE          map[string]number `json:"se"`
	SELog       map[string]number `json:"se_log"`
	Converged   bool              `json:"converged"`
	Status      string            `json:"status"`
	MeanAmount  number            `json:"mean_amount"`
	Correlation number            `json:"correlation"`
}

type holdoutJSON struct {
	Weeks       number           `json:"weeks"`
	Actual      number           `json:"actual"`
	Predicted   number           `json:"predicted"`
	ByFrequency []holdoutRowJSON `json:"by_frequency"`
}

type holdoutRowJSON struct {
	Frequency     string `json:"frequency"`
	Customers     int    `json:"customers"`
	Actual        number `json:"actual"`
	Predicted     number `json:"predicted"`
	ActualMean    number `json:"actual_mean"`
	PredictedMean number `json:"predicted_mean"`
}

// valueJSON is the expected margin of all customers together; null where a fit has not converged.
type valueJSON struct {
	HorizonMonths int    `json:"horizon_months"`
	Discount      number `json:"discount"`
	MarginRate    number `json:"margin_rate"`
	Level         number `json:"level"`
	Total         number `json:"total"`
	Mean          number `json:"mean"`
}

// notes are the sentences above the table.
func (c *clvJSON) notes() []string {
	notes := []string{fmt.Sprintf("%s on %d customers, %d of whom came back: %s", c.Model, c.Customers, c.Repeaters, c.Status)}
	for _, w := range c.Warnings {
		notes = append(notes, "warning: "+w)
	}
	return append(notes, "")
}

// rows are the figures of table and CSV. Whether the fits converged and warnings are rows too: CSV has no notes.
func (c *clvJSON) rows(fit clv.Fit) [][]string {
	var rows [][]string
	for _, name := range fit.Names {
		rows = append(rows, []string{name, c.Params[name].String(), c.SE[name].String(), c.SELog[name].String()})
	}
	rows = append(rows, []string{"loglik", c.LogLik.String(), "", ""})
	g := &c.GammaGamma
	for _, one := range []struct {
		name  string
		value number
	}{{"p", g.P}, {"q", g.Q}, {"gamma", g.Gamma}} {
		row := []string{"gamma_gamma " + one.name, one.value.String(), "", ""}
		if g.SE != nil {
			row[2], row[3] = g.SE[one.name].String(), g.SELog[one.name].String()
		}
		rows = append(rows, row)
	}
	for _, one := range []struct {
		name  string
		value number
	}{
		{"gamma_gamma loglik", g.LogLik}, {"mean amount", g.MeanAmount}, {"correlation of purchases and amounts", g.Correlation},
		{"holdout weeks", c.Holdout.Weeks}, {"holdout purchases", c.Holdout.Actual}, {"holdout predicted", c.Holdout.Predicted},
	} {
		rows = append(rows, []string{one.name, one.value.String(), "", ""})
	}
	for _, row := range c.Holdout.ByFrequency {
		rows = append(rows, []string{"holdout a customer, " + row.Frequency + " repeats", row.ActualMean.String(), "", ""},
			[]string{"predicted a customer, " + row.Frequency + " repeats", row.PredictedMean.String(), "", ""})
	}
	return append(rows, []string{"expected margin, all customers", c.Value.Total.String(), "", ""}, []string{"expected margin a customer", c.Value.Mean.String(), "", ""},
		[]string{"converged", strconv.FormatBool(c.Converged), "", ""}, []string{"gamma_gamma converged", strconv.FormatBool(g.Converged), "", ""},
		[]string{"warnings", strings.Join(c.Warnings, "; "), "", ""})
}
