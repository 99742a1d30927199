package buyers

import (
	"math"
	"math/rand/v2"
)

// The rough process: rates are lognormal, those who buy often buy larger baskets, people leave by the calendar and not
// after a purchase, a third of them soon; demand has a season; a few baskets are very large.
const (
	logRate, rateSD    = -2.9, .9
	logBasket, fanPull = 3.3, .2 // of a standard deviation of the rate on the logarithm of baskets
	basketOwn, within  = .45, .5
	jumpChance         = .01
	season             = .35
)

// jump is the factor of a very large basket, in logarithms.
var jump = math.Log(6)

// lives are mean lifetimes in weeks, and how many have them.
var lives = [...]struct{ mean, share float64 }{{9, .33}, {160, .67}}

// Rough draws n customers of the rough process.
func Rough(r *rand.Rand, n int) *World {
	w := &World{Expected: expectedRough}
	for range n {
		b := Buyer{Age: age(r)}
		b.born = calendarEnd - b.Age
		z := r.NormFloat64()
		rate, basket := math.Exp(logRate+rateSD*z), logBasket+fanPull*z+basketOwn*r.NormFloat64()
		life := lives[1].mean
		if r.Float64() < lives[0].share {
			life = lives[0].mean
		}
		end := math.Min(b.Age, life*r.ExpFloat64())
		for at := r.ExpFloat64() / (rate * (1 + season)); at <= end; at += r.ExpFloat64() / (rate * (1 + season)) {
			if r.Float64()*(1+season) > 1+season*math.Sin(2*math.Pi*(b.born+at)/52) {
				continue
			}
			amount := basket + within*r.NormFloat64()
			if r.Float64() < jumpChance {
				amount += jump
			}
			b.Times = append(b.Times, at)
			b.Amounts = append(b.Amounts, math.Exp(amount))
		}
		w.Buyers = append(w.Buyers, b)
	}
	return w
}

// calendarEnd is the week of the calendar in which the observation ends.
const calendarEnd = 104

// demand is the season added up from the week from to the week to of the calendar.
func demand(from, to float64) float64 {
	const turn = 2 * math.Pi / 52
	return to - from + season/turn*(math.Cos(turn*from)-math.Cos(turn*to))
}

// expectedRough adds up over all rates and basket sizes, weighed by how well they explain the history.
func expectedRough(b *Buyer) float64 {
	const rates, baskets = 90, 41
	var whole, value float64
	sizes, weights := make([]float64, baskets), make([]float64, baskets)
	for j := range sizes { // the basket's own part, in standard deviations
		z := -5 + 10*(float64(j)+.5)/baskets
		sizes[j], weights[j] = basketOwn*z, math.Exp(-z*z/2)
	}
	for i := range rates {
		z := -5 + 10*(float64(i)+.5)/rates
		here, coming := explain(b, math.Exp(logRate+rateSD*z))
		here, coming = here*math.Exp(-z*z/2), coming*math.Exp(-z*z/2)
		for j, size := range sizes {
			center := logBasket + fanPull*z + size
			weight := weights[j] * explainAmounts(b, center)
			whole += weight * here
			value += weight * coming * math.Exp(center)
		}
	}
	return value / whole * math.Exp(within*within/2) * (1 - jumpChance + jumpChance*math.Exp(jump))
}

// explain is the likelihood of a history at a rate, and that times the discounted purchases to come; factors that no rate
// changes are left out.
func explain(b *Buyer, rate float64) (likelihood, coming float64) {
	const steps, parts = 40, 4 // parts of a month
	last, seen := b.last(), math.Pow(rate/math.Exp(logRate), float64(len(b.Times)))
	for _, life := range lives {
		alive := life.share * seen * math.Exp(-rate*demand(b.born, calendarEnd)-b.Age/life.mean)
		likelihood += alive
		width := (b.Age - last) / steps
		for k := range steps { // left at some time since
			at := last + (float64(k)+.5)*width
			likelihood += life.share * seen * math.Exp(-rate*demand(b.born, b.born+at)-at/life.mean) * width / life.mean
		}
		for part := range months * parts {
			from, to := float64(part)*monthWeeks/parts, float64(part+1)*monthWeeks/parts
			there := math.Exp(-(from + to) / 2 / life.mean)
			coming += alive * there * rate * demand(calendarEnd+from, calendarEnd+to) * discounts[1+part/parts]
		}
	}
	return likelihood, coming
}

// explainAmounts is the likelihood of the amounts of somebody whose baskets lie around exp(center).
func explainAmounts(b *Buyer, center float64) float64 {
	product := 1.
	for _, a := range b.Amounts {
		z, far := (math.Log(a)-center)/within, (math.Log(a)-center-jump)/within
		product *= (1-jumpChance)*math.Exp(-z*z/2) + jumpChance*math.Exp(-far*far/2)
	}
	return product
}
