package evidence

import (
	"math"

	"tieback/metrics"
)

// quasi says that units were not drawn: places then have a quasi-experiment, grade B at best.
func (p *pilot) quasi() bool { return p.assignment != "random" }

// comparePlaces sets some arms together against control, for a pilot of places. k arms ask for the level of Bonferroni.
func (p *pilot) comparePlaces(name, metric string, treated []arm, k int) pilotRow {
	row := pilotRow{arm: name, metric: metric, cuped: unknownInterval, sequential: unknownInterval, deciding: unknownInterval,
		roi: metrics.PilotReturn{Interval: unknownInterval, PAboveHurdle: math.NaN()}, settle: math.NaN(), preDays: p.places.pre()}
	arms := make(map[string]bool)
	for _, a := range treated {
		arms[a.name] = true
	}
	level := metrics.BonferroniLevel(metrics.DefaultLevel, k)
	found, err := p.places.estimate(p, metric, arms, level)
	row.difference, row.cuped, row.valid, row.method = found.Difference, found.cuped, found.valid && err == nil, found.Method
	row.warnings = append(row.warnings, found.notes...)
	row.cost = p.costPerUnit * float64(found.sums[1].N)
	if err != nil {
		row.warnings = append(row.warnings, err.Error())
		row.difference = metrics.Difference{Interval: unknownInterval, T: math.NaN(), P: math.NaN(), MeanTreated: found.sums[1].MeanY(), MeanControl: found.sums[0].MeanY(),
			NTreated: found.sums[1].N, NControl: found.sums[0].N}
		return row
	}
	if p.analysis == "sequential" {
		p.lookAtPlaces(&row, found, level)
	}
	p.returnOfPlaces(&row, found)
	return row
}

// lookAtPlaces adds the always-valid interval, which needs more units than most pilots of places have.
func (p *pilot) lookAtPlaces(row *pilotRow, found placeEstimate, level float64) {
	planned := p.planned
	if planned == 0 {
		planned = found.sums[0].N + found.sums[1].N
	}
	var err error
	if row.sequential, err = metrics.AlwaysValid(found.sums[1], found.sums[0], level, planned); err != nil {
		row.sequential = unknownInterval
		row.warnings = append(row.warnings, err.Error())
	}
	row.mayDecide = metrics.EnoughToLook(found.sums[1], found.sums[0])
	if !row.mayDecide {
		row.warnings = append(row.warnings, "too few places to be looked at more than once: a pilot of so few decides only if it is registered as fixed")
	}
}

// returnOfPlaces turns the effect into a return, and says how many places would settle it.
func (p *pilot) returnOfPlaces(row *pilotRow, found placeEstimate) {
	worth := p.marginPerOutcome(row.metric)
	roi, err := metrics.ReturnOfPilot(found.Interval, worth, p.costPerUnit, p.hurdle)
	if err != nil || math.IsNaN(worth) || math.IsNaN(p.costPerUnit) {
		row.warnings = append(row.warnings, "no return: the cost of a unit or its worth is not known")
		return
	}
	row.roi = roi
	if strict, err := metrics.ReturnOfPilot(found.strict, worth, p.costPerUnit, p.hurdle); err == nil {
		row.deciding = strict.Interval
	}
	if p.analysis == "sequential" {
		row.deciding.Lo = (worth*row.sequential.Lo - p.costPerUnit) / p.costPerUnit
		row.deciding.Hi = (worth*row.sequential.Hi - p.costPerUnit) / p.costPerUnit
	}
	// The spread between units that the method leaves, as if both arms had their harmonic mean of units.
	n := 2 / (1/float64(found.sums[0].N) + 1/float64(found.sums[1].N))
	sd := normalSE(found.Interval) * math.Sqrt(n/2)
	row.settle = metrics.UnitsToSettle(roi.Interval, p.hurdle, worth, sd, p.costPerUnit)
}

// normalSE is the standard error of a normal estimate with the same interval, by its longer side; of a t interval it is the
// interval's own. It carries an interval found by permutation or placebos into sums.
func normalSE(i metrics.Interval) float64 {
	if !math.IsNaN(i.SE) {
		return i.SE
	}
	return math.Max(i.Hi-i.Estimate, i.Estimate-i.Lo) / metrics.NewInterval(0, 1, 0, i.Level).Hi
}
