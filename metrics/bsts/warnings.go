package bsts

import "fmt"

// fewPre is the number of observed pre-periods below which priors weigh more than data in the noise of the model.
const fewPre = 20

// warnings are the sentences that belong beside the result, the gravest first.
func warnings(d *data, r *Result, o Options) []string {
	var all []string
	add := func(when bool, format string, args ...any) {
		if when {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	c := r.Convergence
	add(c.SplitR > mostSplitR || c.EffectiveDraws < leastEffective,
		"the sampler has not settled: its %d draws tell as much as %.0f independent ones and its halves differ by a factor of %.2f (1.00 is agreement, %.1f the bound); take more draws and a longer burn-in, or fewer covariates that resemble each other",
		o.Draws, c.EffectiveDraws, c.SplitR, mostSplitR)
	add(d.observed < fewPre, "only %d observed pre-periods: below %d the width of the interval rests on the priors more than on the data", d.observed, fewPre)
	add(r.MissingPre > 0, "%d of %d pre-periods have no outcome; the model bridges them", r.MissingPre, d.pre)
	add(d.given == 0, "no covariates: the counterfactual is the last level before the start carried on, and every change since then counts as effect")
	add(d.given > 0 && len(d.used) == 0, "no covariate varies before the start: the counterfactual is the last level carried on, and every change since then counts as effect")
	add(len(d.constant) > 0, "left out, since it does not vary before the start: %s", o.named(d.constant))
	switch {
	case len(d.used) >= d.observed:
		add(true, "%d covariates for %d observed pre-periods: single weights mean nothing, and the counterfactual leans on the prior", len(d.used), d.observed)
	default:
		add(len(d.repeated) > 0, "a combination of the other covariates before the start, so that its weight cannot be told from theirs: %s", o.named(d.repeated))
	}
	add(len(d.beyond) > 0, "after the start far outside the range it had before, so that the regression extrapolates (or the intervention reached it): %s", o.named(d.beyond))
	add(r.Relative == nil, "the counterfactual's sum cannot be told from 0 or lies below, so there is no relative effect")
	return all
}
