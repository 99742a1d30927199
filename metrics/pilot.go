package metrics

import (
	"errors"
	"fmt"
	"math"
)

// ErrZeroCost says that a return has no value because nothing was spent; the
// caller prints "undefined", never 0 or infinity.
var ErrZeroCost = errors.New("return is undefined at zero cost")

// A PilotReturn is what one unit of marginal cost brought back beyond itself:
// (M·lift − C)/C.
//
// 0 is break-even, −1 loses the whole cost, 1 doubles it. Below −1 the treatment
// lost margin on top of its cost. PAboveHurdle is T_DF((roi − hurdle)/SE): what
// a flat prior says, no more. It is not valid under repeated looks; there only
// Lo and Hi of an always-valid interval are.
type PilotReturn struct {
	Interval
	PAboveHurdle float64
	Hurdle       float64
}

// ReturnOfPilot turns a lift per assigned unit into the pilot's return.
//
//	roi = (M·lift − C)/C,  se(roi) = M·se(lift)/C
//
// lift is the difference in outcome per assigned unit, with its interval; M,
// marginPerOutcome, is the margin per unit of outcome (1 when the outcome is
// margin; the margin rate when it is revenue); C, costPerUnit, the marginal cost
// per assigned unit, in the money of M. hurdle is the return asked for (0 =
// break-even). M and C are taken as known: where cost is itself an estimate,
// use Fieller. The interval keeps the level and the method of the lift.
//
// C = 0 gives ErrZeroCost; a negative C or M is an error. Source:
// Lewis and Rao (2015), QJE 130, 1941–1973.
func ReturnOfPilot(lift Interval, marginPerOutcome, costPerUnit, hurdle float64) (PilotReturn, error) {
	if err := checkMoney(marginPerOutcome, costPerUnit, hurdle); err != nil {
		return PilotReturn{}, err
	}
	return pilotReturn(lift.linear(marginPerOutcome/costPerUnit, -1), hurdle), nil
}

// An Arm is one treated group of a pilot with several.
//
// CostPerUnit is the marginal cost of one assigned unit, in the money of margin.
type Arm struct {
	Name        string
	Sums        Sums
	CostPerUnit float64
}

// ReturnOfArms answers: what did all arms of a pilot return together, given that
// they were compared with one and the same control?
//
//	roi = M·Σ n_a·lift_a / Σ n_a·c_a − 1
//	var = (M/Σ n_a·c_a)² · (Σ n_a·s²_a + (Σ n_a)²·s²_0/n_0)
//
// n_a, lift_a, s²_a, c_a are units, lift, variance and cost per unit of arm a;
// n_0, s²_0 those of the control; M, marginPerOutcome, as in ReturnOfPilot. The
// control's error moves every lift in the same direction, so it enters once
// with (Σ n_a)²: adding the arms' variances would give an interval too narrow.
// Degrees of freedom by Satterthwaite. The result describes the arms as they
// were sized, not the best of them; to scale one of k arms use BonferroniLevel.
//
// No arm, an arm or control below two units, or no variance anywhere is an
// error; Σ n_a·c_a = 0 gives ErrZeroCost. Source: variance of a linear
// combination; Dunnett (1955), JASA 50, for comparisons that share a control.
func ReturnOfArms(arms []Arm, control Sums, marginPerOutcome, hurdle, level float64) (PilotReturn, error) {
	if err := checkLevel(level); err != nil {
		return PilotReturn{}, err
	}
	if len(arms) == 0 {
		return PilotReturn{}, errors.New("a pilot needs at least one arm beside its control")
	}
	var units, lift, cost float64
	var parts []varianceOfMean
	count := control.N
	for _, arm := range arms {
		if err := checkArms(arm.Sums, control); err != nil {
			return PilotReturn{}, fmt.Errorf("arm %s: %w", arm.Name, err)
		}
		if !finite(arm.CostPerUnit) || arm.CostPerUnit < 0 {
			return PilotReturn{}, fmt.Errorf("arm %s: cost per unit %g must be a number not below 0", arm.Name, arm.CostPerUnit)
		}
		n := float64(arm.Sums.N)
		units += n
		lift += n * (arm.Sums.MeanY() - control.MeanY())
		cost += n * arm.CostPerUnit
		parts = append(parts, varianceOfMean{n * arm.Sums.VarY(), n - 1})
		count += arm.Sums.N
	}
	parts = append(parts, varianceOfMean{units * units * control.VarY() / float64(control.N), float64(control.N - 1)})
	if err := checkMoney(marginPerOutcome, cost, hurdle); err != nil {
		return PilotReturn{}, err
	}
	v, df := satterthwaite(parts)
	if v == 0 {
		return PilotReturn{}, errors.New("the outcome does not vary in any arm, so its error cannot be estimated")
	}
	total := NewInterval(lift, math.Sqrt(v), df, level)
	total.Method, total.Units = "shared control", count
	return pilotReturn(total.linear(marginPerOutcome/cost, -1), hurdle), nil
}

// BonferroniLevel is the level at which each of k intervals must be computed so
// that all k hold together at level: 1 − (1 − level)/k.
//
// It holds under any dependence and is therefore somewhat wide for arms that
// share a control. k below 1 is a programmer's mistake and panics. Source:
// Dunn (1961), JASA 56, 52–64.
func BonferroniLevel(level float64, k int) float64 {
	if k < 1 {
		panic("metrics: Bonferroni over fewer than one comparison")
	}
	return 1 - (1-level)/float64(k)
}

func pilotReturn(roi Interval, hurdle float64) PilotReturn {
	return PilotReturn{Interval: roi, PAboveHurdle: roi.probabilityAbove(hurdle), Hurdle: hurdle}
}

func checkMoney(marginPerOutcome, cost, hurdle float64) error {
	switch {
	case !finite(marginPerOutcome, cost, hurdle):
		return fmt.Errorf("margin %g, cost %g and hurdle %g must be numbers", marginPerOutcome, cost, hurdle)
	case cost == 0:
		return ErrZeroCost
	case cost < 0:
		return fmt.Errorf("cost %g is below 0", cost)
	case marginPerOutcome < 0:
		return fmt.Errorf("margin per unit of outcome %g is below 0: take the outcome with the other sign", marginPerOutcome)
	}
	return nil
}
