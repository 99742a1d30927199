package metrics

// A ProgramReturn is what a program's full cost brought back beyond itself, over
// the months and people its evidence covers: (incremental margin − cost)/cost.
//
// 0 is break-even, −1 loses the whole cost. Cost is the denominator, kept so
// that returns can be added up as money rather than averaged. PAboveHurdle is
// T_DF((roi − hurdle)/SE): what a flat prior says.
type ProgramReturn struct {
	Interval
	PAboveHurdle float64
	Hurdle       float64
	Cost         float64
}

// ReturnOn answers: did the margin that would not have come without a program
// exceed what the program cost?
//
//	roi = (incremental − cost)/cost,  se(roi) = se(incremental)/cost
//
// incremental is margin (never revenue) with its interval, cost the full cost of
// the same months and people, both in one currency; hurdle the return asked
// for. Cost comes from the ledger and is taken as known. The interval keeps
// level and method. For a company return pass the sum from CumulativeBounds, not
// a sum of bounds. cost = 0 gives ErrZeroCost, a negative one an error.
// Source: incremental return as in Lewis and Rao (2015), QJE 130, 1941–1973.
func ReturnOn(incremental Interval, cost, hurdle float64) (ProgramReturn, error) {
	if err := checkMoney(1, cost, hurdle); err != nil {
		return ProgramReturn{}, err
	}
	roi := incremental.linear(1/cost, -1)
	return ProgramReturn{Interval: roi, PAboveHurdle: roi.probabilityAbove(hurdle), Hurdle: hurdle, Cost: cost}, nil
}
