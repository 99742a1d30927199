package main

import (
	"fmt"
	"strconv"
	"strings"
)

// pilotJSON is the result of study pilot.
type pilotJSON struct {
	SRMP    number         `json:"srm_p"`
	Level   number         `json:"level"`
	Valid   bool           `json:"valid"`
	Results []pilotArmJSON `json:"results"`
}

// pilotArmJSON is one arm against the control; what could not be computed is null, and a warning says why.
type pilotArmJSON struct {
	Arm           string   `json:"arm"`
	UnitsTreated  int      `json:"units_treated"`
	UnitsControl  int      `json:"units_control"`
	MeanTreated   number   `json:"mean_treated"`
	MeanControl   number   `json:"mean_control"`
	Lift          number   `json:"lift"`
	SE            number   `json:"se"`
	Lo            number   `json:"lo"`
	Hi            number   `json:"hi"`
	T             number   `json:"t"`
	DF            number   `json:"df"`
	P             number   `json:"p"`
	CUPEDLift     number   `json:"cuped_lift"`
	CUPEDSE       number   `json:"cuped_se"`
	CUPEDLo       number   `json:"cuped_lo"`
	CUPEDHi       number   `json:"cuped_hi"`
	SeqLo         number   `json:"seq_lo"`
	SeqHi         number   `json:"seq_hi"`
	MDE           number   `json:"mde"`
	ROI           number   `json:"roi"`
	ROILo         number   `json:"roi_lo"`
	ROIHi         number   `json:"roi_hi"`
	PAboveHurdle  number   `json:"p_above_hurdle"`
	UnitsToSettle number   `json:"units_to_settle"`
	Decision      *string  `json:"decision"`
	Warnings      []string `json:"warnings"`
}

// newPilotArm is an arm of which nothing is known yet.
func newPilotArm(name string) pilotArmJSON {
	n := notKnown
	return pilotArmJSON{Arm: name, MeanTreated: n, MeanControl: n, Lift: n, SE: n, Lo: n, Hi: n, T: n, DF: n, P: n,
		CUPEDLift: n, CUPEDSE: n, CUPEDLo: n, CUPEDHi: n, SeqLo: n, SeqHi: n, MDE: n,
		ROI: n, ROILo: n, ROIHi: n, PAboveHurdle: n, UnitsToSettle: n, Warnings: []string{}}
}

func (r *pilotArmJSON) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

// result has a row for each figure of each arm, in the table as in CSV: the figures are many, the arms few.
func (p *pilotJSON) result() studyResult {
	r := studyResult{json: p, header: []string{"arm", "figure", "value"}}
	state := "valid"
	if !p.Valid {
		state = "not valid"
	}
	r.notes = []string{fmt.Sprintf("%s; arm sizes against the allocation p = %.3g; intervals two-sided %s", state, float64(p.SRMP), p.Level)}
	for _, arm := range p.Results {
		for _, warning := range arm.Warnings {
			r.notes = append(r.notes, "warning: "+arm.Arm+": "+warning)
		}
		add := func(figure, value string) { r.rows = append(r.rows, []string{arm.Arm, figure, value}) }
		add("units_treated", strconv.Itoa(arm.UnitsTreated))
		add("units_control", strconv.Itoa(arm.UnitsControl))
		for _, one := range arm.figures() {
			add(one.name, one.value.String())
		}
		decision := ""
		if arm.Decision != nil {
			decision = *arm.Decision
		}
		add("decision", decision)
		add("valid", strconv.FormatBool(p.Valid))
		add("srm_p", p.SRMP.String())
		add("level", p.Level.String())
		add("warnings", strings.Join(arm.Warnings, "; "))
	}
	r.notes = append(r.notes, "")
	return r
}

type namedNumber struct {
	name  string
	value number
}

func (r *pilotArmJSON) figures() []namedNumber {
	return []namedNumber{
		{"mean_treated", r.MeanTreated}, {"mean_control", r.MeanControl}, {"lift", r.Lift}, {"se", r.SE}, {"lo", r.Lo}, {"hi", r.Hi},
		{"t", r.T}, {"df", r.DF}, {"p", r.P}, {"cuped_lift", r.CUPEDLift}, {"cuped_se", r.CUPEDSE}, {"cuped_lo", r.CUPEDLo}, {"cuped_hi", r.CUPEDHi},
		{"seq_lo", r.SeqLo}, {"seq_hi", r.SeqHi}, {"mde", r.MDE}, {"roi", r.ROI}, {"roi_lo", r.ROILo}, {"roi_hi", r.ROIHi},
		{"p_above_hurdle", r.PAboveHurdle}, {"units_to_settle", r.UnitsToSettle},
	}
}
