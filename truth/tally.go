package truth

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
)

// A Number is rounded to six digits, so that pages made of it and pages made of what was written of it agree. NaN is
// null: not known.
type Number float64

// MarshalJSON writes a number or null.
func (n Number) MarshalJSON() ([]byte, error) {
	f := float64(n)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, f, 'g', 6, 64), nil
}

// UnmarshalJSON reads one.
func (n *Number) UnmarshalJSON(text []byte) error {
	var f *float64
	if err := json.Unmarshal(text, &f); err != nil {
		return err
	}
	*n = Number(math.NaN())
	if f != nil {
		*n = Number(*f)
	}
	return nil
}

// A Tally is what became of a row in all its worlds. Shares are of Findings unless said otherwise.
type Tally struct {
	Row
	Findings int `json:"findings"` // one a world, or one for each thing asked about in it
	Answered int `json:"answered"` // with an estimate; what follows is about these

	Truth    Number `json:"truth"`         // mean
	Bias     Number `json:"bias"`          // mean of estimate − truth
	BiasSE   Number `json:"bias_se"`       // its Monte Carlo error
	Relative Number `json:"relative_bias"` // bias over the mean size of the truth

	Covered   Number `json:"coverage"`    // share of intervals that held the truth
	CoveredSE Number `json:"coverage_se"` // its Monte Carlo error
	// Passed is the share of answers whose checks passed, CoveredPassed the coverage among these.
	Passed        Number `json:"passed"`
	CoveredPassed Number `json:"coverage_passed"`
	MeanWidth     Number `json:"mean_width"`
	MedianWidth   Number `json:"median_width"`
	RelativeWidth Number `json:"relative_width"` // median width over the mean size of the truth
	Unbounded     Number `json:"unbounded"`      // share of intervals without an end, left out of the widths

	// Shares of decisions; null where the row is not about them.
	Right     Number `json:"right"`
	Wrong     Number `json:"wrong"`
	Undecided Number `json:"undecided"`
	Withheld  Number `json:"withheld"`
	Scale     Number `json:"ever_scale"`
	Stop      Number `json:"ever_stop"`
}

// Target is the coverage that the row's claim promises over 2,000 worlds.
func (t *Tally) Target() (lo, hi float64) {
	if t.Claim == Exact {
		return .88, .92
	}
	return .88, 1
}

// OnTarget says whether the coverage is what the claim promises. A rule promises none.
func (t *Tally) OnTarget() bool {
	lo, hi := t.Target()
	return t.Claim == Rule || float64(t.Covered) >= lo && float64(t.Covered) <= hi
}

// Near says that the coverage lies off its target by less than two of its Monte Carlo errors.
func (t *Tally) Near() bool {
	lo, hi := t.Target()
	return float64(t.Covered+2*t.CoveredSE) >= lo && float64(t.Covered-2*t.CoveredSE) <= hi
}

// tally counts one row's findings in the order of their worlds.
func tally(row Row, at int, worlds [][]finding) Tally {
	t := Tally{Row: row}
	var truths, errors, widths []float64
	var held, heldPassed, passed, intervals, unbounded, scale, stop float64
	verdicts := map[Verdict]float64{}
	for _, world := range worlds {
		for _, f := range world {
			if f.row != at {
				continue
			}
			t.Findings++
			verdicts[f.Verdict]++
			scale, stop = scale+one(f.Scale), stop+one(f.Stop)
			if math.IsNaN(f.Estimate) {
				continue
			}
			t.Answered++
			truths, errors = append(truths, f.Truth), append(errors, f.Estimate-f.Truth)
			passed += one(f.Valid)
			if math.IsNaN(f.Lo) || math.IsNaN(f.Hi) {
				continue
			}
			intervals++
			held, heldPassed = held+one(f.Held), heldPassed+one(f.Held && f.Valid)
			if width := f.Hi - f.Lo; math.IsInf(width, 0) {
				unbounded++
			} else {
				widths = append(widths, width)
			}
		}
	}
	t.estimates(truths, errors)
	t.Passed = Number(passed / float64(t.Answered))
	t.Covered, t.CoveredSE, t.CoveredPassed = Number(math.NaN()), Number(math.NaN()), Number(math.NaN())
	if row.Claim != Rule {
		t.Covered = Number(held / intervals)
		t.CoveredSE = Number(math.Sqrt(held / intervals * (1 - held/intervals) / intervals))
		t.CoveredPassed = Number(heldPassed / passed)
	}
	t.MeanWidth, t.MedianWidth = Number(mean(widths)), Number(median(widths))
	t.RelativeWidth = Number(median(widths) / meanSize(truths))
	t.Unbounded = Number(unbounded / intervals)
	t.decisions(verdicts, scale, stop)
	return t
}

func (t *Tally) estimates(truths, errors []float64) {
	n, bias, squares := float64(len(errors)), mean(errors), 0.
	for _, e := range errors {
		squares += (e - bias) * (e - bias)
	}
	t.Truth, t.Bias = Number(mean(truths)), Number(bias)
	t.BiasSE, t.Relative = Number(math.Sqrt(squares/(n-1)/n)), Number(bias/meanSize(truths))
}

func (t *Tally) decisions(verdicts map[Verdict]float64, scale, stop float64) {
	n := float64(t.Findings)
	if verdicts[NoDecision] == n {
		n = math.NaN()
	}
	t.Right, t.Wrong = Number(verdicts[Right]/n), Number(verdicts[Wrong]/n)
	t.Undecided, t.Withheld = Number(verdicts[Undecided]/n), Number(verdicts[Withheld]/n)
	t.Scale, t.Stop = Number(scale/n), Number(stop/n)
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// mean is NaN of nothing.
func mean(v []float64) float64 {
	sum := 0.
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

// meanSize is the mean of |x|.
func meanSize(v []float64) float64 {
	sum := 0.
	for _, x := range v {
		sum += math.Abs(x)
	}
	return sum / float64(len(v))
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(v))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}
