package bsts_test

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"testing"

	"tieback/metrics/bsts"
)

// Whatever the numbers, there is an error or a result without NaN and infinity, which JSON cannot hold.
func FuzzEstimate(f *testing.F) {
	bytesOf := func(values ...float64) (all []byte) {
		for _, v := range values {
			all = binary.LittleEndian.AppendUint64(all, math.Float64bits(v))
		}
		return all
	}
	f.Add(bytesOf(1, 2, 3, 2, 1, 2, 3, 9, 9), byte(7), byte(0), byte(0))
	f.Add(bytesOf(1, 2, 3, 2, 1, 2, 4, 2, 9, 2, 4, 6, 4, 2, 4, 8, 4, 8), byte(7), byte(1), byte(0))
	f.Add(bytesOf(1e308, -1e308, 1e308, 0, 1, 2, 4, 2, 9, 1e-308, 0, 1e-308, 0, 0, 2e-308, 0, 0, 1e308), byte(7), byte(1), byte(0))
	f.Add(bytesOf(5e-324, 0, 5e-324, 0, 0, 5e-324, 0, 1), byte(7), byte(0), byte(3))
	f.Add(bytesOf(1, math.NaN(), 3, 2, 1, 2, 4, 2, 9, 1, 1, 1, 1, 1, 1, 1, 1, 2, 0, 7, 0, 0, 0, 0, 0, 0, 0), byte(8), byte(2), byte(2))
	f.Fuzz(func(t *testing.T, raw []byte, pre, covariates, seasons byte) {
		series := int(covariates%4) + 1
		n := min(len(raw)/8/series, 40)
		all := make([][]float64, series)
		for i := range all {
			for k := range n {
				all[i] = append(all[i], math.Float64frombits(binary.LittleEndian.Uint64(raw[8*(i*n+k):])))
			}
		}
		r, err := bsts.Estimate(all[0], all[1:], int(pre), bsts.Options{Draws: 100, BurnIn: 1, Seasons: int(seasons % 5)})
		if err != nil {
			return
		}
		if _, err := json.Marshal(r); err != nil {
			t.Errorf("%v: %v", err, all)
		}
		if !(r.P > 0 && r.P <= 1) || !(r.AverageLo <= r.AverageHi) {
			t.Errorf("p %g, interval [%g, %g] of %v", r.P, r.AverageLo, r.AverageHi, all)
		}
	})
}
