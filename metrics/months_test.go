package metrics_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"tieback/metrics"
)

// metrics.md's joint draw: a factor of .5 (standard error .15) on twelve months of 10,000 gives 30,390, not 51,452. z = 1.6448536 makes
// it 30,392.6.
func TestSumOfMonthsIsOneDraw(t *testing.T) {
	year := make([]metrics.Month, 12)
	for i := range year {
		year[i] = metrics.Month{Program: "care", Pilot: "march", Margin: 5000, PilotSE: 1500}
	}
	sums, err := metrics.SumOfMonths(year, .9)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "lo after a year", sums[11].Lo, 30392.6347148735, 1e-9)
	near(t, "lo after a month", sums[0].Lo, 5000-1.6448536269514722*1500, 1e-9)
	year[5] = metrics.Month{}
	sums, _ = metrics.SumOfMonths(year, .9)
	near(t, "a month in which nothing is known adds nothing", sums[5].Estimate-sums[4].Estimate, 0, 0)
}

// Headroom of metrics.md from its own lower bounds: seed 50,000 and everything reinvested.
func TestHeadroomFromSumsOfMonths(t *testing.T) {
	lo := []float64{-5000, 2000, 18_000, 52_000, 101_000}
	cost := []float64{20_000, 45_000, 80_000, 110_000, 140_000}
	var months []metrics.Month
	before := 0.
	for _, bound := range lo { // margins whose sums lie one shared error, of 1,000, above their bounds
		sum := bound
		if len(months) == 0 {
			sum += 1.6448536269514722 * 1000
			months = append(months, metrics.Month{Program: "p", Pilot: "a", Margin: sum, PilotSE: 1000})
		} else {
			months = append(months, metrics.Month{Program: "p", Pilot: "a", Margin: bound - before})
		}
		before = bound
	}
	sums, err := metrics.SumOfMonths(months, .9)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{30_000, 7000, -12_000, -8000, 11_000} {
		near(t, "headroom", metrics.EarnedHeadroom(50_000, 1, cost[i], sums[i].Lo).Headroom, want, 1e-6)
	}
}

// Two programs of two pilots each with a launch, by 200,000 joint draws in which every shared error is drawn once: the closed form
// has their 5 % and 95 % quantiles within 1 % of the width, and programs that share a pilot do not average its error out.
func TestSumOfMonthsIsTheJointDistribution(t *testing.T) {
	months := []metrics.Month{
		{Program: "a", Pilot: "x", Margin: 500, PilotSE: 120, PilotDF: 30, TransportSE: 40},
		{Program: "a", Pilot: "x", Margin: 700, PilotSE: 150, PilotDF: 30, TransportSE: 90},
		{Program: "a", Margin: 300, LaunchSE: 160, TransportSE: 20},
		{Program: "b", Pilot: "x", Margin: -200, PilotSE: -60, PilotDF: 30},
		{Program: "b", Pilot: "y", Margin: 900, PilotSE: 200, PilotDF: 1000, TransportSE: 100},
	}
	sums, err := metrics.SumOfMonths(months, .9)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(8, 9))
	student := func(df int) float64 {
		chi := 0.
		for range df {
			z := random.NormFloat64()
			chi += z * z
		}
		return random.NormFloat64() / math.Sqrt(chi/float64(df))
	}
	draws := make([]float64, 200_000)
	for i := range draws {
		x, y := student(30), random.NormFloat64()
		draws[i] = 2200 + x*(120+150-60) + y*200 + random.NormFloat64()*(40+90+20) + random.NormFloat64()*160 + random.NormFloat64()*100
	}
	slices.Sort(draws)
	last := sums[len(sums)-1]
	width := last.Hi - last.Lo
	near(t, "lo", last.Lo, draws[10_000], .01*width)
	near(t, "hi", last.Hi, draws[190_000], .01*width)
	again, _ := metrics.SumOfMonths(months, .9)
	if again[4].Lo != last.Lo || again[4].Hi != last.Hi {
		t.Errorf("the same months gave other bits: %v, %v", again[4], last)
	}
}
