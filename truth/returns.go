package truth

import (
	"math"

	"tieback/metrics"
)

// trueReturns are the returns of programs, world by world: one loses, one returns exactly the hurdle, two pay.
var trueReturns = [...]float64{-.6, hurdle, .8, 2}

// priced is what a unit must have cost for an effect on margin to be the world's return; a program whose effect is not
// above 0 costs a tenth of its size and loses more than that.
func priced(world int, effect float64) (cost, trueReturn float64) {
	if effect <= 0 {
		cost = math.Abs(effect)/10 + 1e-6
		return cost, effect/cost - 1
	}
	trueReturn = trueReturns[world%len(trueReturns)]
	return effect / (1 + trueReturn), trueReturn
}

// atHurdle is the cost at which an effect returns exactly the hurdle.
func atHurdle(effect float64) float64 { return effect / (1 + hurdle) }

// onLift is what a pilot found with what it would decide.
func onLift(world int, truth float64, lift metrics.Interval, valid bool) Finding {
	f := found(truth, lift, valid)
	cost, trueReturn := priced(world, truth)
	roi, err := metrics.ReturnOfPilot(lift, 1, cost, hurdle)
	if err != nil {
		return noAnswer(truth).decided(metrics.Iterate, trueReturn, hurdle)
	}
	return f.decided(metrics.Decide(roi.Interval, hurdle), trueReturn, hurdle)
}
