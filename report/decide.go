package report

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"tieback/warehouse"
)

// Advice is one line of "Decide": a program, one word of what to do, and why.
type Advice struct {
	Program, Action, Reason string
}

// adviceOrder is the order of actions on the page: what is settled comes first.
var adviceOrder = []string{"scale", "stop", "iterate", "wait", "repeat", "pilot", "assign"}

// mostUntested is how many programs without evidence are named one by one.
const mostUntested = 4

func (v *view) decide() []Advice {
	type ranked struct {
		Advice
		cost warehouse.Money
	}
	var all []ranked
	for _, p := range v.now.programs {
		for _, a := range v.adviceOn(p) {
			all = append(all, ranked{a, p.allCost})
		}
	}
	sort.SliceStable(all, func(i, j int) bool {
		a, b := slices.Index(adviceOrder, all[i].Action), slices.Index(adviceOrder, all[j].Action)
		if a != b {
			return a < b
		}
		return all[i].cost > all[j].cost
	})
	var advice []Advice
	pilots, left, leftCost := 0, 0, warehouse.Money(0)
	for _, r := range all {
		if r.Action == "pilot" {
			if pilots++; pilots > mostUntested {
				left++
				leftCost += r.cost
				continue
			}
		}
		advice = append(advice, r.Advice)
	}
	if left > 0 {
		advice = append(advice, Advice{plural(left, "other"), "pilot", "together " + v.amount(leftCost.Float64()) + " a " + v.period.noun() + " without a test"})
	}
	return advice
}

// adviceOn says what its registered pilot, or the lack of one, means for a program.
func (v *view) adviceOn(p program) []Advice {
	name, spent := v.name(p.id), v.amount(p.allCost.Float64())+" a "+v.period.noun()
	if unassigned(p.id) {
		if p.allCost <= 0 {
			return nil
		}
		return []Advice{{name, "assign", spent + " are booked on no program, so no return can count them"}}
	}
	results := v.deciding(p)
	var advice []Advice
	for _, r := range results {
		label := name
		if len(results) > 1 {
			label += ", " + r.Arm
		}
		if a, ok := v.adviceFrom(r, p, label, spent); ok {
			advice = append(advice, a)
		}
	}
	if len(advice) == 0 && !p.tested && p.allCost > 0 {
		advice = append(advice, Advice{name, "pilot", spent + " are unproven; withholding the program from people or regions drawn at random would tell"})
	}
	if len(advice) == 0 && p.tested && p.pilot == "" {
		advice = append(advice, Advice{name, "pilot", "it rests on launches that nobody drew, grade B; withholding it from people or regions drawn at random would settle it"})
	}
	return advice
}

// deciding are the registered results that speak for a program: of the pilot its months rest on, else of all its
// pilots; of several arms the joint row, where that has a decision.
func (v *view) deciding(p program) []warehouse.PilotResult {
	var own []warehouse.PilotResult
	for _, r := range v.marts.pilots {
		if r.ProgramID == p.id && r.IsDecisive && (p.pilot == "" || r.Pilot == p.pilot) {
			own = append(own, r)
		}
	}
	for _, r := range own {
		if r.Arm == "(all)" && r.Decision != "" {
			return []warehouse.PilotResult{r}
		}
	}
	return own
}

func (v *view) adviceFrom(r warehouse.PilotResult, p program, label, spent string) (Advice, bool) {
	if v.tooFew(r) {
		return Advice{}, false
	}
	switch r.State {
	case "running", immature:
		return Advice{label, "wait", fmt.Sprintf("pilot %s is %s; nothing is decided before it is mature", r.Pilot, r.State)}, true
	case "invalid":
		return Advice{label, "repeat", fmt.Sprintf("pilot %s failed its checks, so %s stay unproven", r.Pilot, spent)}, true
	}
	if r.State != "valid" || r.ROI == nil || r.ROILo == nil || r.ROIHi == nil {
		return Advice{}, false
	}
	hurdle := v.hurdle(p.id)
	if r.Hurdle != nil {
		hurdle = *r.Hurdle
	}
	_, lo, hi := estimate{*r.ROI, *r.ROILo, *r.ROIHi}.returns()
	reason := ""
	switch r.Decision {
	case "scale":
		reason = fmt.Sprintf("at least %s on its cost, above the hurdle of %s; %s", lo, grouped(hurdle, 2), v.nextStep(p.id))
		if least := math.Floor(*r.ROILo*10) / 10; least >= .1 { // rounded down: at least means at least
			reason = fmt.Sprintf("at least %s × beyond its cost; %s", grouped(least, 1), v.nextStep(p.id))
		}
	case "stop":
		reason = fmt.Sprintf("the best it can be, %s, is below the hurdle of %s; frees %s", hi, grouped(hurdle, 2), spent)
	case "iterate":
		reason = fmt.Sprintf("the hurdle of %s lies within what it can be, %s … %s", grouped(hurdle, 2), lo, hi)
		if n := r.UnitsToSettle; n != nil && !math.IsInf(*n, 0) && *n > 0 {
			reason += fmt.Sprintf("; about %s units an arm would settle it, if the estimate held", about(round(*n, powerOf(*n, 2))))
		}
	default:
		return Advice{}, false
	}
	return Advice{label, r.Decision, reason}, true
}

// nextStep says how much more a program has earned.
func (v *view) nextStep(id string) string {
	for _, r := range v.latestInvested() {
		if r.ProgramID != id || !hasLimit(r) {
			continue
		}
		if *r.Headroom > 0 {
			return "the next step of " + v.amount(r.Headroom.Float64()) + " is earned"
		}
		return "but " + v.amount(-r.Headroom.Float64()) + " is already spent ahead of what it has earned"
	}
	return "how much more is earned is not known"
}

// tooFew says that an arm has fewer people than may be printed. Regions and venues are no people.
func (m *marts) tooFew(r warehouse.PilotResult) bool {
	if r.Unit != "person" {
		return false
	}
	few := func(n *int64) bool { return n != nil && *n > 0 && *n < m.suppressBelow }
	return few(r.UnitsTreated) || few(r.UnitsControl)
}
