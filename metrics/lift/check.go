package lift

import (
	"fmt"
	"math"
)

// The thresholds of validity. They are stated beside every result.
const (
	fewestPre      = 6   // pre-periods, so that a third of them can play the treatment
	placeboAlpha   = .05 // a treatment that never was is found with a p above this
	worstFit       = 1.5 // pre-period error in standard deviations of the treated units' own series
	leastFollowing = .8  // correlation of treated and control totals before the start, tbr
	mostMissing    = .05 // share of cells without a row, tbr and gbr
)

// followed checks that the counterfactual is not much worse than a flat line before the start. The threshold is above 1
// because a counterfactual of independent noise adds its own to the treated units'.
func (r *Result) followed(rmse, sd float64) {
	threshold := fmt.Sprintf("at most %g standard deviations of the treated units' own pre-period", worstFit)
	if sd == 0 {
		r.check("pre-period error", rmse, threshold, false, "the treated units do not move before the start, so nothing shows that the controls follow them")
		return
	}
	r.check("pre-period error", rmse/sd, threshold, rmse <= worstFit*sd, "the controls do not follow the treated units before the start")
}

// earlier runs the same method on the pre-period alone, its last third taken for a treatment, and checks that nothing is
// found. Source: the in-time placebo of Abadie, Diamond and Hainmueller (2015), American Journal of Political Science
// 59, 495–510.
func earlier(r *Result, p *Panel, run func(*Panel) (float64, error)) {
	r.check("pre-periods", float64(p.Pre), fmt.Sprintf("at least %d", fewestPre), p.Pre >= fewestPre,
		"too few pre-periods to see whether the method finds an effect where there was none")
	if p.Pre < fewestPre {
		return
	}
	found, err := run(p.until())
	if err != nil || math.IsNaN(found) {
		r.Valid = false
		r.warn("whether the method finds an effect before the start could not be tried: too little moves there, or too few units")
		return
	}
	r.check("p of a treatment that never was, in the last third of the pre-period", found, fmt.Sprintf("above %g", placeboAlpha), found > placeboAlpha,
		"the method finds an effect before the treatment began")
}

// gaps counts cells without a row as 0, says so, and refuses a period in which a whole side is missing.
func (r *Result) gaps(p *Panel) error {
	if p.Missing == 0 {
		return nil
	}
	for _, side := range []struct {
		name string
		all  []Series
	}{{"treated", p.Treated}, {"control", p.Controls}} {
		for t, time := range p.Times {
			empty := true
			for _, series := range side.all {
				empty = empty && math.IsNaN(series.Outcome[t])
			}
			if empty {
				return fmt.Errorf("no %s unit has a row at %s: leave that period out or add the rows", side.name, time.Label)
			}
		}
	}
	cells := (len(p.Treated) + len(p.Controls)) * len(p.Times)
	r.warn("%d of %d rows are missing and counted as 0", p.Missing, cells)
	share := float64(p.Missing) / float64(cells)
	r.check("share of missing rows", share, fmt.Sprintf("at most %g", mostMissing), share <= mostMissing, "too many rows are missing to count them as 0")
	return nil
}
