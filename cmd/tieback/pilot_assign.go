package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"tieback/ingest/event"
	"tieback/metrics"
)

// pilotAssign is one run of pilot assign. The fields with a JSON name are those of pilot.registered.
type pilotAssign struct {
	customers, idCol, strataCol, covariateCol, arms, folder string
	seed                                                    uint64
	registeredAt                                            string
	when                                                    time.Time
	names                                                   []string
	shares                                                  []float64

	pilot, program, control, metric, analysis, startsOn, endsBefore string
	hurdle, costPerUnit, currency, minimumEffect, hypothesis        string

	ids, strata []string
	covariates  []float64
}

func (a *app) pilotAssignCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "assign --customers FILE --arms control=.5,treated=.5 --seed N --pilot NAME --program P --starts-on DAY --ends-before DAY --out-dir DIR",
		Short: "Assign customers to the arms of a pilot at random, and write its events",
		Long: `Assign customers to the arms of a pilot at random within strata, and write

  DIR/audience.csv   customer, arm and stratum: who is to be treated how
  DIR/events.ndjson  pilot.registered and a pilot.assigned for each customer, for tieback load or tieback produce

The draw depends on --seed, --pilot and the customers, not on the order of the rows: the same again gives the same bytes, with the
same --registered-at (default: now). Load the events before the pilot starts: only what was registered by then counts.
--covariate is the customer's metric before the pilot. Both files hold raw customer ids.`,
		Args: misusedArgs(cobra.NoArgs),
	}
	p := &pilotAssign{}
	flags := cmd.Flags()
	delimiter := flags.String("delimiter", ",", "one character, or tab")
	flags.StringVar(&p.customers, "customers", "", "CSV `file` with one row a customer, or -")
	flags.StringVar(&p.idCol, "id-col", "customer", "`column` of the customer id, as the shop's orders have it")
	flags.StringVar(&p.strataCol, "strata", "", "`column` of the stratum")
	flags.StringVar(&p.covariateCol, "covariate", "", "`column` of the metric before the pilot")
	flags.StringVar(&p.arms, "arms", "", "`arm=share,…`")
	flags.StringVar(&p.control, "control", "", "the control arm (default: the first of --arms)")
	flags.Uint64Var(&p.seed, "seed", 0, "seed of the draw")
	flags.StringVar(&p.pilot, "pilot", "", "name of the pilot")
	flags.StringVar(&p.program, "program", "", "program that it tests")
	flags.StringVar(&p.metric, "metric", "margin", "what decides: margin, revenue or orders")
	flags.StringVar(&p.analysis, "analysis", "fixed", "fixed or sequential")
	flags.StringVar(&p.startsOn, "starts-on", "", "first `day`, as 2026-03-31")
	flags.StringVar(&p.endsBefore, "ends-before", "", "`day` after the last")
	flags.StringVar(&p.hurdle, "hurdle", "", "return asked for (default: the program's)")
	flags.StringVar(&p.costPerUnit, "cost-per-unit", "", "marginal cost of one treated customer")
	flags.StringVar(&p.currency, "currency", "", "of --cost-per-unit and --minimum-effect (default: the reporting currency)")
	flags.StringVar(&p.minimumEffect, "minimum-effect", "", "smallest effect a customer that matters")
	flags.StringVar(&p.hypothesis, "hypothesis", "", "one sentence")
	flags.StringVar(&p.registeredAt, "registered-at", "", "time of the registration, RFC 3339 (default: now)")
	flags.StringVar(&p.folder, "out-dir", "", "`folder` for the two files")
	cmd.RunE = func(*cobra.Command, []string) error {
		if err := p.check(a.now(), flags.Changed("seed")); err != nil {
			return err
		}
		in, err := a.readSheet(p.customers, *delimiter)
		if err != nil {
			return err
		}
		if err := p.read(in); err != nil {
			return err
		}
		arms, err := metrics.AssignAtRandom(p.ids, p.strata, p.shares, p.seed, p.pilot)
		if err != nil {
			return err
		}
		if err := p.write(arms); err != nil {
			return err
		}
		sizes := make([]int, len(p.names))
		for _, arm := range arms {
			sizes[arm]++
		}
		for i, name := range p.names {
			fmt.Fprintf(a.out, "%s  %d\n", name, sizes[i])
		}
		fmt.Fprintf(a.out, "audience  %s\nevents    %s\n", p.file("audience.csv"), p.file("events.ndjson"))
		return nil
	}
	return cmd
}

func (p *pilotAssign) file(name string) string { return filepath.Join(p.folder, name) }

func (p *pilotAssign) check(now time.Time, seeded bool) (err error) {
	for _, one := range []struct{ flag, value string }{
		{"--customers", p.customers}, {"--arms", p.arms}, {"--pilot", p.pilot}, {"--program", p.program},
		{"--starts-on", p.startsOn}, {"--ends-before", p.endsBefore}, {"--out-dir", p.folder},
	} {
		if one.value == "" {
			return usagef("pilot assign needs %s", one.flag)
		}
	}
	if !seeded {
		return usagef("pilot assign needs --seed: whoever has it can draw the same assignment again")
	}
	if p.names, p.shares, err = parseShares("--arms", p.arms); err != nil {
		return err
	}
	if len(p.names) < 2 {
		return usagef("--arms %q must name at least two arms", p.arms)
	}
	if p.control == "" {
		p.control = p.names[0]
	}
	if !slices.Contains(p.names, p.control) {
		return usagef("--control %q is none of the arms %q", p.control, p.arms)
	}
	p.when = now.UTC().Truncate(time.Second)
	if p.registeredAt != "" {
		if p.when, err = time.Parse(time.RFC3339, p.registeredAt); err != nil {
			return usagef("--registered-at %q is not a time such as 2026-03-01T09:00:00Z", p.registeredAt)
		}
	}
	starts, err := time.Parse(time.DateOnly, p.startsOn)
	if err != nil {
		return usagef("--starts-on %q is not a day such as 2026-03-31", p.startsOn)
	}
	ends, err := time.Parse(time.DateOnly, p.endsBefore)
	if err != nil || !ends.After(starts) {
		return usagef("--ends-before %q is not a day such as 2026-05-31 after --starts-on", p.endsBefore)
	}
	if !p.when.Before(starts) {
		return usagef("--starts-on %s is not after the registration at %s: a pilot that is registered late proves nothing", p.startsOn, p.when.Format(time.RFC3339))
	}
	return p.checkEvent()
}

// checkEvent lets the contract judge the registration, before any file is written.
func (p *pilotAssign) checkEvent() error {
	line, err := json.Marshal(p.registered(2))
	if err != nil {
		return err
	}
	return judge(line, p.when)
}

// judge says what the contract has against an event.
func judge(line []byte, when time.Time) error {
	var row event.Row
	err := (&event.Decoder{}).Decode(&event.Message{Value: line, Timestamp: when.UnixMicro()}, &row)
	if why := event.AsInvalid(err); why != nil {
		return usageError{why}
	}
	return err
}

// read takes the customers in the order of their ids, so that the files do not depend on the order of the rows.
func (p *pilotAssign) read(in *sheet) error {
	ids, err := in.text("--id-col", p.idCol)
	if err != nil {
		return err
	}
	strata := make([]string, len(ids))
	if p.strataCol != "" {
		if strata, err = in.text("--strata", p.strataCol); err != nil {
			return err
		}
	}
	covariates := make([]float64, len(ids))
	if p.covariateCol != "" {
		if covariates, err = in.numbers("--covariate", p.covariateCol); err != nil {
			return err
		}
	}
	order := make([]int, len(ids))
	lines := make(map[string]int, len(ids))
	for i, id := range ids {
		order[i] = i
		if id == "" {
			return fmt.Errorf("%s line %d: column %q is empty, a customer is needed", in.path, in.lines[i], p.idCol)
		}
		if before, seen := lines[id]; seen {
			return fmt.Errorf("%s lines %d and %d have the same customer: a customer can be in one arm only", in.path, before, in.lines[i])
		}
		if p.strataCol != "" && strata[i] == "" {
			return fmt.Errorf("%s line %d: column %q is empty, a stratum is needed; write a word such as none", in.path, in.lines[i], p.strataCol)
		}
		if math.Abs(covariates[i]) >= 1e14 {
			return fmt.Errorf("%s line %d: column %q is beyond any amount of money", in.path, in.lines[i], p.covariateCol)
		}
		lines[id] = in.lines[i]
	}
	slices.SortFunc(order, func(i, j int) int {
		if ids[i] < ids[j] {
			return -1
		}
		return 1
	})
	for _, i := range order {
		p.ids, p.strata, p.covariates = append(p.ids, ids[i]), append(p.strata, strata[i]), append(p.covariates, covariates[i])
	}
	return nil
}

// registration is a pilot.registered event; empty texts are left out.
type registration struct {
	ID            string             `json:"id"`
	Source        string             `json:"source"`
	Type          string             `json:"type"`
	Time          string             `json:"time"`
	Pilot         string             `json:"pilot"`
	Program       string             `json:"program"`
	Unit          string             `json:"unit"`
	Control       string             `json:"control"`
	Metric        string             `json:"metric"`
	StartsOn      string             `json:"starts_on"`
	EndsBefore    string             `json:"ends_before"`
	Assignment    string             `json:"assignment"`
	Analysis      string             `json:"analysis"`
	Allocation    map[string]float64 `json:"allocation"`
	Hurdle        string             `json:"hurdle,omitempty"`
	PlannedUnits  int                `json:"planned_units"`
	MinimumEffect string             `json:"minimum_effect,omitempty"`
	CostPerUnit   string             `json:"cost_per_unit,omitempty"`
	Currency      string             `json:"currency,omitempty"`
	Hypothesis    string             `json:"hypothesis,omitempty"`
}

const assignSource = "tieback"

func (p *pilotAssign) registered(units int) registration {
	allocation := make(map[string]float64)
	for i, name := range p.names {
		allocation[name] = p.shares[i]
	}
	return registration{
		ID: p.pilot + "/registered", Source: assignSource, Type: "pilot.registered", Time: p.when.Format(time.RFC3339),
		Pilot: p.pilot, Program: p.program, Unit: "person", Control: p.control, Metric: p.metric, StartsOn: p.startsOn, EndsBefore: p.endsBefore,
		Assignment: "random", Analysis: p.analysis, Allocation: allocation, Hurdle: p.hurdle, PlannedUnits: units,
		MinimumEffect: p.minimumEffect, CostPerUnit: p.costPerUnit, Currency: p.currency, Hypothesis: p.hypothesis,
	}
}

// assignment is a pilot.assigned event.
type assignment struct {
	ID        string `json:"id"`
	Source    string `json:"source"`
	Type      string `json:"type"`
	Time      string `json:"time"`
	Pilot     string `json:"pilot"`
	UnitID    string `json:"unit_id"`
	Arm       string `json:"arm"`
	Unit      string `json:"unit"`
	Stratum   string `json:"stratum,omitempty"`
	Covariate string `json:"covariate,omitempty"`
}

// assigned is the event of the i-th customer. Its id is a number, not the customer: ids of events are kept as they are.
func (p *pilotAssign) assigned(i, arm int) assignment {
	e := assignment{
		ID: fmt.Sprintf("%s/assigned/%07d", p.pilot, i+1), Source: assignSource, Type: "pilot.assigned", Time: p.when.Format(time.RFC3339),
		Pilot: p.pilot, UnitID: p.ids[i], Arm: p.names[arm], Unit: "person", Stratum: p.strata[i],
	}
	if p.covariateCol != "" {
		e.Covariate = strconv.FormatFloat(p.covariates[i], 'f', 4, 64)
	}
	return e
}

// write makes both files; one that is there already is not replaced, for a pilot is assigned once.
func (p *pilotAssign) write(arms []int) error {
	if err := os.MkdirAll(p.folder, 0o755); err != nil {
		return err
	}
	for _, name := range []string{"audience.csv", "events.ndjson"} {
		if _, err := os.Lstat(p.file(name)); err == nil {
			return fmt.Errorf("%s exists: a pilot is assigned once; choose another --out-dir", p.file(name))
		}
	}
	err := p.create("audience.csv", func(w *bufio.Writer) error {
		rows := csv.NewWriter(w)
		_ = rows.Write([]string{p.idCol, "arm", "stratum"}) // the error stays until Flush
		for i, id := range p.ids {
			_ = rows.Write([]string{id, p.names[arms[i]], p.strata[i]})
		}
		rows.Flush()
		return rows.Error()
	})
	if err != nil {
		return err
	}
	return p.create("events.ndjson", func(w *bufio.Writer) error {
		lines := json.NewEncoder(w)
		lines.SetEscapeHTML(false)
		if err := lines.Encode(p.registered(len(p.ids))); err != nil {
			return err
		}
		for i, arm := range arms {
			if err := lines.Encode(p.assigned(i, arm)); err != nil {
				return err
			}
		}
		return nil
	})
}

// create writes a file that only its owner may read.
func (p *pilotAssign) create(name string, fill func(*bufio.Writer) error) (err error) {
	file, err := os.OpenFile(p.file(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	w := bufio.NewWriterSize(file, 1<<16)
	return errors.Join(fill(w), w.Flush())
}
