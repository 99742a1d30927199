package trial

import (
	"math"
	"math/rand/v2"
)

// The company of a rough trial, a day.
const (
	buyRate    = .004 // of a mean person on a mean day
	rateBound  = .5   // no person buys more often
	basketLog  = 3.3  // logarithm of the median margin of an order
	basketSD   = .85
	jumpChance = .012 // of an order many times as large
	refundRate = .055
	returnCost = 6. // what an order costs that comes back
	daysAWeek  = 7
)

// traits are what is fixed about a person: fans are reached more easily and buy more.
type traits struct {
	fan, rate, size float64
	reached         float64 // chance to be reached, drawn once
	shown           float64
}

func drawTraits(r *rand.Rand) traits {
	shared := r.NormFloat64()
	fan := math.Exp(.85*shared - .36)
	return traits{
		fan: fan, rate: buyRate * math.Exp(.5*shared+.6*r.NormFloat64()-.305), size: math.Exp(.3 * r.NormFloat64()),
		reached: r.Float64(), shown: r.Float64(),
	}
}

// dose is how much of the treatment of an arm somebody gets: fans are easily reached, others seldom.
func (x *traits) dose(arm int) float64 {
	if arm == 0 || x.reached > math.Min(.25+.3*x.fan, .95) {
		return 0
	}
	return 1 / float64(arm)
}

// lift is the factor on a person's rate in a week under a dose: unless it is steady, for three quarters of the time more, then less, since
// part of it was only bought earlier.
func (p Plan) lift(dose float64, week int) float64 {
	if p.Steady {
		return 1 + p.sign()*.5*dose
	}
	if 4*week < 3*p.Weeks {
		return 1 + p.sign()*.75*dose
	}
	return 1 - .25*dose
}

// order is a potential order, the same in every world.
type order struct{ need, margin, refund, back, kind float64 }

func drawOrder(r *rand.Rand, x *traits, need float64) order {
	o := order{need: need, margin: x.size * math.Exp(basketLog+basketSD*r.NormFloat64()), refund: r.Float64(), back: r.Float64(), kind: r.Float64()}
	if o.kind < jumpChance {
		o.margin *= math.Min(3*math.Pow(r.Float64(), -1/1.5), 40)
	}
	return o
}

// amount is the order's margin under a dose: the treatment costs some discount and brings more goods back.
func (o *order) amount(dose float64) float64 {
	margin := o.margin * (1 - .05*dose)
	if o.refund < refundRate+.02*dose {
		if o.back < .5 {
			return .5 * margin
		}
		return -returnCost
	}
	return margin
}

// Rough draws a pilot of people as they are: most buy nothing, a few buy a great deal; fans buy more and are reached more
// easily; demand has a season and shocks that last; the treatment changes rates and not amounts, pulls purchases forward
// and raises refunds; friends talk; a credit rule sees those who buy often.
func Rough(r *rand.Rand, plan Plan) *Trial {
	t := newTrial(r, plan)
	demand := drawDemand(r, 2*plan.Weeks)
	all := make([]traits, plan.People)
	for i := range all {
		all[i] = drawTraits(r)
	}
	var credited, changed, treated float64
	for i := range t.People {
		p, x := &t.People[i], &all[i]
		friend := 0. // dose of a friend's treatment
		if j := i ^ 1; plan.Spillover > 0 && j < len(all) {
			friend = plan.Spillover * all[j].dose(t.People[j].Arm)
		}
		p.Before = x.before(r, demand[:plan.Weeks])
		c := x.play(r, demand[plan.Weeks:], plan, p, friend)
		for a := range t.Effects {
			t.Effects[a] += c.with[a] - c.without
		}
		credited += c.credit
		changed += c.actual - c.without
		if p.Arm > 0 {
			treated++
		}
		p.Lost = p.Arm > 0 && c.actual == 0 && r.Float64() < plan.Lost
	}
	t.Factor = t.Effects[0] / credited
	for a := range t.Effects {
		t.Effects[a] /= float64(plan.People)
	}
	if plan.Spillover > 0 {
		t.Effects[0] = changed / treated
	}
	return t
}

// before is what somebody brought before the pilot.
func (x *traits) before(r *rand.Rand, demand []float64) float64 {
	sum := 0.
	for _, level := range demand {
		for range daysAWeek {
			if u := r.Float64(); u < math.Min(x.rate*level, rateBound) {
				o := drawOrder(r, x, u)
				sum += o.amount(0)
			}
		}
	}
	return sum
}

// courses are one person's totals in every world.
type courses struct {
	without, actual, credit float64
	with                    []float64 // by treated arm
}

// play draws a person's potential orders; each occurs in a world if its draw lies below the rate there.
func (x *traits) play(r *rand.Rand, demand []float64, plan Plan, p *Person, friend float64) courses {
	c := courses{with: make([]float64, plan.Arms)}
	own := x.dose(p.Arm)
	// Advertising follows buyers: the more somebody buys anyway, the more orders it seems to have brought.
	shown := math.Min(.2+20*x.rate, .9)
	for week, level := range demand {
		rate := math.Min(x.rate*level, rateBound)
		actual := rate * plan.lift(own+friend, week)
		for range daysAWeek {
			u := r.Float64()
			if u >= rate*2 {
				continue
			}
			o := drawOrder(r, x, u)
			traced := r.Float64() < shown
			if u < rate {
				c.without += o.amount(0)
			}
			for a := range c.with {
				dose := x.dose(a + 1)
				if u < rate*plan.lift(dose, week) {
					c.with[a] += o.amount(dose)
					if a == 0 && dose > 0 && traced {
						c.credit += math.Max(o.amount(dose), 0)
					}
				}
			}
			if u < actual {
				amount := o.amount(own)
				p.Course[week] += amount
				c.actual += amount
				if own > 0 && traced {
					p.Credit += math.Max(amount, 0)
				}
			}
		}
	}
	return c
}

// drawDemand is the factor on everybody's rate in each week: a season, and shocks of which most lasts into the next week.
func drawDemand(r *rand.Rand, weeks int) []float64 {
	demand := make([]float64, weeks)
	phase, shock := 2*math.Pi*r.Float64(), 0.
	for w := range demand {
		shock = .8*shock + .08*r.NormFloat64()
		demand[w] = math.Exp(shock) * (1 + .3*math.Sin(phase+2*math.Pi*float64(w)/52))
	}
	return demand
}
