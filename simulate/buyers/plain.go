package buyers

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"
)

// The plain process: rates are gamma, the chance to stay away after a purchase is beta; amounts are gamma with a scale that
// is gamma over customers. It is the process that the product fits, with constants it does not know.
const (
	rateShape, rateScale   = .62, 8.5
	awayA, awayB           = .85, 2.7
	amountShape            = 3.1
	scaleShape, scaleScale = 5.2, 55.
)

// Plain draws n customers of the plain process.
func Plain(r *rand.Rand, n int) *World {
	w := &World{Expected: expectedPlain}
	rates := distuv.Gamma{Alpha: rateShape, Beta: rateScale, Src: r}
	away := distuv.Beta{Alpha: awayA, Beta: awayB, Src: r}
	scales := distuv.Gamma{Alpha: scaleShape, Beta: scaleScale, Src: r}
	for range n {
		b := Buyer{Age: age(r)}
		rate, leave := rates.Rand(), away.Rand()
		amounts := distuv.Gamma{Alpha: amountShape, Beta: scales.Rand(), Src: r}
		for at := r.ExpFloat64() / rate; at <= b.Age; at += r.ExpFloat64() / rate {
			b.Times = append(b.Times, at)
			b.Amounts = append(b.Amounts, amounts.Rand())
			if r.Float64() < leave {
				break
			}
		}
		w.Buyers = append(w.Buyers, b)
	}
	return w
}

// expectedPlain adds up over all rates and chances to stay away, weighed by how well they explain the history.
func expectedPlain(b *Buyer) float64 {
	const rates, chances = 280, 90
	x, last := float64(len(b.Times)), b.last()
	var whole, purchases float64
	for i := range rates {
		rate := math.Exp(-25 + 28*(float64(i)+.5)/rates) // up to 20 a week
		prior := math.Pow(rate, rateShape) * math.Exp(-rateScale*rate)
		stays, leaves := prior*math.Pow(rate, x)*math.Exp(-rate*b.Age), prior*math.Pow(rate, x)*math.Exp(-rate*last)
		for j := range chances {
			odds := math.Exp(-17 + 27*(float64(j)+.5)/chances)
			p := odds / (1 + odds)
			weight := math.Pow(p, awayA) * math.Pow(1-p, awayB)
			alive := weight * stays * math.Pow(1-p, x)
			whole += alive
			if x > 0 {
				whole += weight * leaves * p * math.Pow(1-p, x-1)
			}
			purchases += alive * comingPlain(rate, p)
		}
	}
	// The scale of amounts given those seen is gamma again.
	mean := amountShape * (scaleScale + x*b.Mean()) / (scaleShape + amountShape*x - 1)
	return purchases / whole * mean
}

// comingPlain is the discounted purchases of somebody alive, at a rate and a chance to stay away after each: the rate of
// staying away is their product.
func comingPlain(rate, p float64) float64 {
	sum, before := 0., 1.
	step := math.Exp(-rate * p * monthWeeks)
	for m := 1; m <= months; m++ {
		now := before * step
		sum += (before - now) * discounts[m]
		before = now
	}
	return sum / p
}

var discounts = func() (d [months + 1]float64) {
	for m := range d {
		d[m] = discount(m)
	}
	return d
}()
