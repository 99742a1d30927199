package report

import (
	"math"
	"testing"

	"tieback/warehouse"
)

func TestNumbersArePrintedAsPreciselyAsTheyAreKnown(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		e     estimate
		write func(estimate) (string, string, string)
		want  [3]string
	}{
		{estimate{88412, 71230, 105880}, estimate.amounts, [3]string{"88,400", "71,200", "105,900"}},
		{estimate{3000, 2013, 3987}, estimate.amounts, [3]string{"3,000", "2,013", "3,987"}},
		{estimate{-1234567, -2234567, 123456}, estimate.amounts, [3]string{"−1,230,000", "−2,230,000", "120,000"}},
		{estimate{500, -inf, inf}, estimate.amounts, [3]string{"500", "no bound", "no bound"}},
		{estimate{.7401, .401, 1.0796}, estimate.returns, [3]string{"+0.74", "+0.40", "+1.08"}},
		{estimate{3.14159, 1.2, 5.1}, estimate.returns, [3]string{"+3.1", "+1.2", "+5.1"}},
		{estimate{40, -3, 83}, estimate.returns, [3]string{"+40", "−3", "+83"}},
		{estimate{-.001, -.2, .2}, estimate.returns, [3]string{"0.00", "−0.20", "+0.20"}},
	} {
		if value, lo, hi := c.write(c.e); [3]string{value, lo, hi} != c.want {
			t.Errorf("%v is printed %s, %s, %s; want %v", c.e, value, lo, hi, c.want)
		}
	}
	for m, want := range map[warehouse.Money]string{0: "0.00", 123456700: "12,345.67", -3124000: "−312.40", 900000050: "90,000.0050", -100: "−0.01", -1: "−0.0001"} {
		if got := exact(m); got != want {
			t.Errorf("%d ten-thousandths are printed %s, want %s", m, got, want)
		}
	}
	for share, want := range map[float64]string{0: "0 %", .004: "< 1 %", .61: "61 %", .994: "99 %", .996: "> 99 %", 1: "100 %"} {
		if got := percent(share); got != want {
			t.Errorf("the share %v is printed %s, want %s", share, got, want)
		}
	}
	for x, want := range map[float64]string{math.NaN(): "", inf: "", .740157123: "0.740157", 1.5e-7: "0.00000015", 12345678: "12345700", -2: "-2", 0: "0"} {
		if got := plain(x); got != want {
			t.Errorf("%v is written %s, want %s", x, got, want)
		}
	}
}

func TestOneSmallCellTakesASecondWithIt(t *testing.T) {
	for _, c := range []struct {
		counts []float64
		want   int
	}{{[]float64{900, 450, 150}, 0}, {[]float64{900, 450, 2}, 2}, {[]float64{900, 3, 2}, 2}, {[]float64{2}, 1}, {[]float64{0, 12}, 0}} {
		if got := tooSmall(c.counts, 10); len(got) != c.want {
			t.Errorf("of %v, %d cells are hidden, want %d", c.counts, len(got), c.want)
		}
	}
}
