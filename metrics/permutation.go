package metrics

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// A few units can be assigned in few ways, and all of them are tried; beyond mostAssignments as many are drawn as
// drawnAssignments says, with a fixed seed, so that the same units give the same bits.
const (
	mostAssignments  = 50_000
	drawnAssignments = 9_999
	permutationSeed  = 1935
)

// A Trial is what a randomized comparison of few units holds: one entry a unit in each list.
//
// Y is the outcome over the trial, X the same before it (nil: not known), Treated the arm, Stratum within which arms
// were drawn (nil: one stratum).
type Trial struct {
	Y, X    []float64
	Treated []bool
	Stratum []string
}

// Permutation answers: by how much did being assigned to the arm change the outcome per unit, judged by nothing but how
// the units were assigned?
//
//	y_i = a + τ·d_i + θ·x_i,  T_s(τ) = Σ_i (s_i/n_t − (1−s_i)/n_c) · e_i(τ)
//	p(τ) = #{s: |T_s(τ)| ≥ |T_d(τ)|} / #{s},  interval = {τ: p(τ) > 1 − level}
//
// e(τ) are the residuals of y − τ·d on (1, x); d is the assignment, s runs over all assignments that could have been
// drawn: as many treated units in each stratum as there were. The estimate is the least-squares τ. Under an effect that
// is the same for every unit, p and interval are exact whatever the outcomes look like and however few units there are,
// for the covariate is settled before assignment. Beyond 50,000 assignments 9,999 are drawn, which keeps that guarantee.
// Where an assignment would leave the covariate more uneven than this one it counts as never rejecting, so the interval may be a
// little wide, never narrow.
//
// Lo and Hi are NaN, with a warning, where no interval exists: p cannot fall below 2/assignments when arms are equal, so that
// 90 % needs three units a side. SE, DF and T are NaN: the interval is no quantile times an error. A covariate that does
// not vary, or that tells the arms apart, is left out. Fewer than two units, or none in an arm, is an error, and so are
// outcomes that do not vary.
//
// Source: Fisher (1935), The Design of Experiments; covariate adjustment and inversion as in Rosenbaum (2002),
// Statistical Science 17, 286–327.
func Permutation(trial Trial, level float64) (Difference, error) {
	if err := checkLevel(level); err != nil {
		return Difference{}, err
	}
	treated, control, err := trial.arms()
	if err != nil {
		return Difference{}, err
	}
	d := make([]float64, len(trial.Y))
	for i, t := range trial.Treated {
		if t {
			d[i] = 1
		}
	}
	y, b := trial.residuals(trial.Y), trial.residuals(d)
	own := contrastOf(trial.Treated, b)
	if trial.X != nil && own <= 1e-6 { // the covariate is the arm
		trial.X = nil
		y, b = trial.residuals(trial.Y), trial.residuals(d)
		own = contrastOf(trial.Treated, b)
	}
	observed := contrastOf(trial.Treated, y)
	result := Difference{MeanTreated: treated.MeanY(), MeanControl: control.MeanY(), NTreated: treated.N, NControl: control.N, T: math.NaN()}
	result.Interval = Interval{Estimate: observed / own, Level: level, SE: math.NaN(), DF: math.NaN(), Method: "permutation", Units: treated.N + control.N}

	scale := spread(y)
	if scale == 0 {
		return Difference{}, errors.New("the outcome does not vary between units, so nothing can be told from it")
	}
	var lows, highs []float64
	atLeast := 0
	for _, s := range trial.assignments() {
		a, slope := contrastOf(s, y), contrastOf(s, b)
		if math.Abs(a) >= math.Abs(observed)-1e-9*scale {
			atLeast++
		}
		low, high := math.Inf(-1), math.Inf(1)
		if math.Abs(slope) < own*(1-1e-9) {
			one, other := (observed-a)/(own-slope), (observed+a)/(own+slope)
			low, high = min(one, other), max(one, other)
		}
		lows, highs = append(lows, low), append(highs, high)
	}
	result.P = float64(atLeast) / float64(len(lows))
	slices.Sort(lows)
	slices.Sort(highs)
	rejects := int(math.Floor((1-level)*float64(len(lows)) + 1e-9)) // so many assignments may be as extreme and τ still be rejected
	result.Lo, result.Hi = lows[rejects], highs[len(highs)-1-rejects]
	if math.IsInf(result.Lo, 0) || math.IsInf(result.Hi, 0) {
		result.Lo, result.Hi = math.NaN(), math.NaN()
		result.Warnings = append(result.Warnings, fmt.Sprintf("the units could have been assigned in %d ways only: too few for an interval at %.3g %%", len(lows), 100*level))
	}
	return result, nil
}

// arms checks the lists and sums both sides.
func (t *Trial) arms() (treated, control Sums, err error) {
	n := len(t.Y)
	if len(t.Treated) != n || t.X != nil && len(t.X) != n || t.Stratum != nil && len(t.Stratum) != n {
		return treated, control, errors.New("outcomes, covariates, arms and strata differ in number")
	}
	if !finite(t.Y...) || !finite(t.X...) {
		return treated, control, errors.New("an outcome or a covariate is not a number")
	}
	var sides [2][]float64
	for i, y := range t.Y {
		side := 0
		if t.Treated[i] {
			side = 1
		}
		sides[side] = append(sides[side], y)
	}
	treated, control = SumsOf(sides[1], nil), SumsOf(sides[0], nil)
	if treated.N == 0 || control.N == 0 {
		return treated, control, fmt.Errorf("%d units are treated and %d are not: both are needed", treated.N, control.N)
	}
	return treated, control, nil
}

// residuals of v on a constant and, where it varies, the covariate.
func (t *Trial) residuals(v []float64) []float64 {
	center := func(v []float64) []float64 {
		var sum total
		for _, one := range v {
			sum.add(one)
		}
		out := make([]float64, len(v))
		for i, one := range v {
			out[i] = one - sum.value()/float64(len(v))
		}
		return out
	}
	out := center(v)
	if t.X == nil || spread(t.X) <= 1e-12*largest(t.X) {
		return out
	}
	x := center(t.X)
	var xx, xy total
	for i := range x {
		xx.add(x[i] * x[i])
		xy.add(x[i] * out[i])
	}
	slope := xy.value() / xx.value()
	for i := range out {
		out[i] -= slope * x[i]
	}
	return out
}

// contrastOf is the mean of v over the treated units less that over the others.
func contrastOf(treated []bool, v []float64) float64 {
	var sums, counts [2]float64
	for i, t := range treated {
		side := 0
		if t {
			side = 1
		}
		sums[side] += v[i]
		counts[side]++
	}
	return sums[1]/counts[1] - sums[0]/counts[0]
}

func spread(v []float64) float64 { return slices.Max(v) - slices.Min(v) }

func largest(v []float64) float64 { return max(math.Abs(slices.Max(v)), math.Abs(slices.Min(v))) }

// assignments lists every way in which the units could have been assigned, the one that was among them: as many treated
// units in each stratum as there were. Above mostAssignments it is a sample with the real one in front.
func (t *Trial) assignments() [][]bool {
	strata := map[string][]int{}
	var names []string
	for i := range t.Y {
		name := ""
		if t.Stratum != nil {
			name = t.Stratum[i]
		}
		if strata[name] == nil {
			names = append(names, name)
		}
		strata[name] = append(strata[name], i)
	}
	slices.Sort(names)
	all, ways := [][]bool{make([]bool, len(t.Y))}, 1.0
	for _, name := range names {
		ways *= choose(len(strata[name]), t.treatedIn(strata[name]))
	}
	if ways > mostAssignments {
		return t.drawn(names, strata)
	}
	for _, name := range names {
		var next [][]bool
		for _, base := range all {
			next = subsets(next, base, strata[name], t.treatedIn(strata[name]))
		}
		all = next
	}
	return all
}

func (t *Trial) treatedIn(units []int) int {
	n := 0
	for _, i := range units {
		if t.Treated[i] {
			n++
		}
	}
	return n
}

// subsets appends base with every choice of k of the units treated.
func subsets(all [][]bool, base []bool, units []int, k int) [][]bool {
	if k == 0 {
		return append(all, slices.Clone(base))
	}
	if len(units) < k {
		return all
	}
	base[units[0]] = true
	all = subsets(all, base, units[1:], k-1)
	base[units[0]] = false
	return subsets(all, base, units[1:], k)
}

// drawn is the real assignment and a sample of the others.
func (t *Trial) drawn(names []string, strata map[string][]int) [][]bool {
	random := rand.New(rand.NewPCG(permutationSeed, uint64(len(t.Y))))
	all := [][]bool{slices.Clone(t.Treated)}
	for range drawnAssignments {
		one := make([]bool, len(t.Y))
		for _, name := range names {
			units := strata[name]
			for _, at := range random.Perm(len(units))[:t.treatedIn(units)] {
				one[units[at]] = true
			}
		}
		all = append(all, one)
	}
	return all
}

// choose is the number of ways to take k of n.
func choose(n, k int) float64 {
	ways := 1.0
	for i := range k {
		ways *= float64(n-i) / float64(i+1)
	}
	return math.Round(ways)
}
