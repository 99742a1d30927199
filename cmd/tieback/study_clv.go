package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tieback/metrics"
	"tieback/metrics/clv"
)

const (
	// mostCorrelated is the correlation of purchases and amounts up to which their product is taken without a warning.
	mostCorrelated = .3
	// fewRepeaters is how many customers must have come back for a result without a warning.
	fewRepeaters = 50
	// lastHoldoutRow collects customers with this many repeat purchases and more.
	lastHoldoutRow = 7
)

// studyCLV is one run of study clv.
type studyCLV struct {
	idCol, dateCol, amountCol, calibrationEnd string
	model, customersFile                      string
	months                                    int
	discount, marginRate                      float64

	ids       []string
	histories []clv.History // of ids
	weeks     float64       // of the holdout, 0 for none
	warnings  []string
}

func (a *app) studyCLVCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "clv --input FILE --id-col C --date-col D --amount-col A",
		Short: "What customers will still buy and earn: BG/NBD, Pareto/NBD or MBG/NBD with Gamma-Gamma",
		Long: `What customers will still buy and earn, from a file of orders: one row an order, with customer, date (2026-03-31 or
20260331) and amount.

Orders of one day are one purchase. Up to --calibration-end (default: the last day of the file) they make the fit; what
comes later is compared with the prediction. Times are in weeks of seven days. --discount is a rate a year; a month counts
(1+d)^(1/12), and its purchases as if they came at its end; a month has 365.25/84 weeks. Intervals are two-sided 90 % of the
expectation, from the errors of both fits; what one customer really spends spreads far wider.

A fit that does not converge, purchases and amounts that correlate above .3, or fewer than 50 customers who came back make a warning.`,
		Args: misusedArgs(cobra.NoArgs),
	}
	s := &studyCLV{}
	flags := cmd.Flags()
	input := flags.String("input", "", "CSV `file` of orders, or -")
	delimiter := flags.String("delimiter", ",", "one character, or tab")
	flags.StringVar(&s.idCol, "id-col", "", "`column` of the customer")
	flags.StringVar(&s.dateCol, "date-col", "", "`column` of the day")
	flags.StringVar(&s.amountCol, "amount-col", "", "`column` of the amount")
	flags.StringVar(&s.calibrationEnd, "calibration-end", "", "last `day` that the fit sees")
	flags.StringVar(&s.model, "model", string(clv.BGNBDKind), "bgnbd, paretonbd or mbgnbd")
	flags.IntVar(&s.months, "horizon-months", 12, "months that value counts")
	flags.Float64Var(&s.discount, "discount", .1, "rate a year, .1 for 10 %")
	flags.Float64Var(&s.marginRate, "margin-rate", 1, "margin per unit of the amount; 1 values the amounts themselves")
	flags.StringVar(&s.customersFile, "customers", "", "CSV `file` to write, one row a customer")
	format := formatFlag(cmd, "table", "csv", "json")
	cmd.RunE = func(*cobra.Command, []string) error {
		if err := s.check(*input); err != nil {
			return err
		}
		sheet, err := a.readSheet(*input, *delimiter)
		if err != nil {
			return err
		}
		if err := s.read(sheet); err != nil {
			return err
		}
		result, err := s.run()
		if err != nil {
			return err
		}
		return result.write(a.out, *format)
	}
	return cmd
}

func (s *studyCLV) check(input string) error {
	for _, one := range []struct{ flag, value string }{{"--input", input}, {"--id-col", s.idCol}, {"--date-col", s.dateCol}, {"--amount-col", s.amountCol}} {
		if one.value == "" {
			return usagef("study clv needs --input, --id-col, --date-col and --amount-col; %s is missing", one.flag)
		}
	}
	if _, err := clv.ProcessAt(clv.Kind(s.model), make([]float64, 4)); err != nil {
		return usagef("--model: %w", err)
	}
	if s.months < 1 || s.months > 600 {
		return usagef("--horizon-months %d must lie between 1 and 600", s.months)
	}
	if !(s.discount >= 0 && s.discount <= 10) {
		return usagef("--discount %g must be a rate a year from 0 to 10, such as .1", s.discount)
	}
	if !(s.marginRate > 0 && s.marginRate <= 1) {
		return usagef("--margin-rate %g must lie above 0 and not above 1", s.marginRate)
	}
	return nil
}

// read sums the orders up by customer.
func (s *studyCLV) read(in *sheet) error {
	ids, err := in.text("--id-col", s.idCol)
	if err != nil {
		return err
	}
	dates, err := in.text("--date-col", s.dateCol)
	if err != nil {
		return err
	}
	amounts, err := in.numbers("--amount-col", s.amountCol)
	if err != nil {
		return err
	}
	places := make(map[string]int)
	purchases := make([]clv.Purchase, len(ids))
	lastDay := math.MinInt
	for i, id := range ids {
		if id == "" {
			return fmt.Errorf("%s line %d: column %q is empty, a customer is needed", in.path, in.lines[i], s.idCol)
		}
		day, err := parseDay(dates[i])
		if err != nil {
			return fmt.Errorf("%s line %d: column %q: %w", in.path, in.lines[i], s.dateCol, err)
		}
		at, seen := places[id]
		if !seen {
			at = len(s.ids)
			places[id] = at
			s.ids = append(s.ids, id)
		}
		purchases[i] = clv.Purchase{Customer: at, Day: day, Amount: amounts[i]}
		lastDay = max(lastDay, day)
	}
	end := lastDay
	if s.calibrationEnd != "" {
		if end, err = parseDay(s.calibrationEnd); err != nil {
			return usagef("--calibration-end: %w", err)
		}
	}
	if end < lastDay {
		s.weeks = float64(lastDay-end) / 7
	}
	s.histories = clv.Histories(purchases, len(s.ids), end)
	return s.keepKnown()
}

// keepKnown leaves out who bought for the first time after the calibration.
func (s *studyCLV) keepKnown() error {
	var ids []string
	var histories []clv.History
	for i, h := range s.histories {
		if h.Known {
			ids, histories = append(ids, s.ids[i]), append(histories, h)
		}
	}
	if len(ids) == 0 {
		return fmt.Errorf("no order lies on or before the calibration's end %s: choose a later --calibration-end", s.calibrationEnd)
	}
	if n := len(s.ids) - len(ids); n > 0 {
		s.warnings = append(s.warnings, fmt.Sprintf("%d customers first bought after the calibration's end and are left out", n))
	}
	s.ids, s.histories = ids, histories
	return nil
}

// parseDay reads 2026-03-31 or 20260331 as days since 1970.
func parseDay(text string) (int, error) {
	for _, layout := range []string{time.DateOnly, "20060102"} {
		if d, err := time.Parse(layout, text); err == nil {
			return int(d.Unix() / 86400), nil
		}
	}
	return 0, fmt.Errorf("%q is not a day such as 2026-03-31 or 20260331", text)
}

func (s *studyCLV) run() (studyResult, error) {
	customers := make([]clv.Customer, len(s.histories))
	later := make([]int, len(s.histories))
	for i, h := range s.histories {
		customers[i], later[i] = h.Customer, h.Later
	}
	groups, of, err := clv.Grouped(customers)
	if err != nil {
		return studyResult{}, err
	}
	process, fit, err := clv.FitProcess(clv.Kind(s.model), groups)
	if errors.Is(err, clv.ErrNoRepeaters) {
		return studyResult{}, fmt.Errorf("%w: give orders over a longer time, or check --id-col", err)
	}
	if err != nil {
		return studyResult{}, err
	}
	out := clvJSON{Model: s.model, LogLik: number(fit.LogLik), Converged: fit.Converged, Status: fit.Status, Customers: len(customers)}
	out.Params, out.SE, out.SELog = named(fit, fit.Estimate), named(fit, fit.SE), named(fit, fit.SELog)
	for _, h := range s.histories {
		if h.Purchases > 0 {
			out.Repeaters++
		}
	}
	if out.Repeaters < fewRepeaters {
		s.warn("only %d customers came back: below %d the fit says little", out.Repeaters, fewRepeaters)
	}
	if !fit.Converged {
		s.warn("the fit of %s did not converge: %s. Its parameters must not be used", s.model, fit.Status)
	}
	spending := s.spending(&out)
	if out.Holdout, err = s.holdout(process, customers, later); err != nil {
		return studyResult{}, err
	}
	out.Value = valueJSON{s.months, number(s.discount), number(s.marginRate), metrics.DefaultLevel, notKnown, notKnown}
	valuation := clv.Valuation{Kind: clv.Kind(s.model), Process: fit, Spending: spending, MarginRate: s.marginRate, Level: metrics.DefaultLevel,
		Horizon: clv.Horizon{Months: s.months, YearlyDiscount: s.discount}}
	if err := s.value(&out, valuation, process, groups, of); err != nil {
		return studyResult{}, err
	}
	out.Warnings = append([]string{}, s.warnings...)
	return studyResult{json: out, header: []string{"figure", "value", "se", "se_log"}, rows: out.rows(fit), notes: out.notes()}, nil
}

func (s *studyCLV) warn(format string, args ...any) {
	s.warnings = append(s.warnings, fmt.Sprintf(format, args...))
}

func named(fit clv.Fit, values []float64) map[string]number {
	all := make(map[string]number)
	for i, name := range fit.Names {
		all[name] = number(values[i])
	}
	return all
}

// spending fits Gamma-Gamma to the mean amounts of those who came back.
func (s *studyCLV) spending(out *clvJSON) clv.Fit {
	var spenders []clv.Spender
	below := 0
	for _, h := range s.histories {
		switch {
		case h.Purchases > 0 && h.Mean > 0:
			spenders = append(spenders, clv.Spender{Purchases: h.Purchases, Mean: h.Mean})
		case h.Purchases > 0:
			below++
		}
	}
	if below > 0 {
		s.warn("%d customers who came back have a mean amount that is not above 0; Gamma-Gamma leaves them out", below)
	}
	out.GammaGamma = gammaGammaJSON{P: notKnown, Q: notKnown, Gamma: notKnown, LogLik: notKnown, MeanAmount: notKnown, Correlation: number(clv.Correlation(spenders))}
	if r := float64(out.GammaGamma.Correlation); math.Abs(r) > mostCorrelated {
		s.warn("purchases and mean amounts correlate by %.2f, beyond %.1f: value as their product is biased", r, mostCorrelated)
	}
	model, fit, err := clv.FitGammaGamma(spenders)
	if err != nil {
		out.GammaGamma.Status = err.Error()
		s.warn("no Gamma-Gamma: %v", err)
		return clv.Fit{}
	}
	g := &out.GammaGamma
	g.P, g.Q, g.Gamma, g.LogLik, g.Converged, g.Status = number(model.P), number(model.Q), number(model.Gamma), number(fit.LogLik), fit.Converged, fit.Status
	g.SE, g.SELog, g.MeanAmount = named(fit, fit.SE), named(fit, fit.SELog), number(model.ExpectedAmount(0, 0))
	switch {
	case !fit.Converged:
		s.warn("the fit of Gamma-Gamma did not converge: %s. Its parameters must not be used", fit.Status)
	case !g.MeanAmount.known():
		s.warn("q is not above 1, so the mean amount over all customers is not finite and has no value")
	}
	return fit
}

func (s *studyCLV) holdout(process clv.Process, customers []clv.Customer, later []int) (holdoutJSON, error) {
	out := holdoutJSON{Weeks: number(s.weeks), Actual: notKnown, Predicted: notKnown, ByFrequency: []holdoutRowJSON{}}
	if s.weeks == 0 {
		s.warn("no order lies after the calibration, so the predictions are not checked: set --calibration-end to an earlier day")
		return out, nil
	}
	rows, err := clv.HoldoutTable(process, customers, later, s.weeks, lastHoldoutRow)
	if err != nil {
		return out, err
	}
	out.Actual, out.Predicted = 0, 0
	for _, row := range rows {
		name := strconv.Itoa(row.Purchases)
		if row.OrMore {
			name += "+"
		}
		n := float64(row.Customers)
		out.ByFrequency = append(out.ByFrequency, holdoutRowJSON{name, row.Customers, number(row.Actual), number(row.Predicted), number(row.Actual / n), number(row.Predicted / n)})
		out.Actual += number(row.Actual)
		out.Predicted += number(row.Predicted)
	}
	return out, nil
}

// value sums the customers' values and writes them to --customers.
func (s *studyCLV) value(out *clvJSON, v clv.Valuation, process clv.Process, groups []clv.Group, of []int) (err error) {
	means := make([]float64, len(s.histories))
	for i, h := range s.histories {
		means[i] = h.Mean
	}
	var values []clv.Value
	if v.Process.Converged && v.Spending.Converged {
		if values, err = v.Of(groups, of, means); err != nil {
			return err
		}
		out.Value.Total = 0
		for _, one := range values {
			out.Value.Total += number(one.Estimate)
		}
		out.Value.Mean = out.Value.Total / number(len(values))
	} else {
		s.warn("no value: it needs both fits to converge")
	}
	if s.customersFile == "" {
		return nil
	}
	file, err := os.Create(s.customersFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	w := csv.NewWriter(file)
	_ = w.Write(strings.Split("id,x,t_x,T,mean_amount,p_alive,expected_purchases,expected_amount,expected_margin,lo,hi", ",")) // the error stays until Flush
	for i, h := range s.histories {
		row := []string{s.ids[i], strconv.Itoa(h.Purchases), number(h.Last).String(), number(h.Age).String(), number(h.Mean).String()}
		alive, bought, amount, value := notKnown, notKnown, notKnown, clv.Value{Estimate: math.NaN(), Lo: math.NaN(), Hi: math.NaN()}
		if v.Process.Converged {
			alive, bought = number(process.ProbabilityAlive(h.Customer)), number(process.ExpectedPurchases(float64(s.months)*clv.WeeksAMonth, h.Customer))
		}
		if values != nil {
			e := v.Spending.Estimate
			amount, value = number(clv.GammaGamma{P: e[0], Q: e[1], Gamma: e[2]}.ExpectedAmount(h.Purchases, h.Mean)), values[i]
		}
		for _, n := range []number{alive, bought, amount, number(value.Estimate), number(value.Lo), number(value.Hi)} {
			row = append(row, n.String())
		}
		_ = w.Write(row)
	}
	w.Flush()
	return w.Error()
}
