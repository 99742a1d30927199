package simulate

import (
	"math"
	"math/bits"
)

// seed is the root of every draw. A draw is a function of the seed, of what is
// drawn and of who it is drawn for, never of what was drawn before; so nothing
// about a customer has to be remembered.
type seed uint64

// subject separates the uses of randomness, so that two never share a stream.
type subject uint64

const (
	drawPerson subject = iota + 1
	drawAccount
	drawPermutation
	drawHour
	drawOrder
	drawExposure
	drawRegion
	drawShock
	drawMarket
	drawContent
	drawEngagement
	drawOutreach
	drawVisit
	drawCounter
	drawLink
	drawConsent
	drawCost
	drawClaim
	drawRate
	drawArrival
	drawFault
	drawPlan
	drawAssignment
)

const (
	weyl = 0x9e3779b97f4a7c15
	odd  = 0xd1342543de82ef95
)

// mix is the finalizer of SplitMix64.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// at opens the stream of draws for one subject and two coordinates, such as
// a customer and a day.
func (s seed) at(what subject, a, b uint64) draws {
	x := mix(uint64(s) + uint64(what)*weyl)
	x = mix(x ^ a*odd)
	return draws{mix(x + b*weyl)}
}

// draws is a counter-based stream of random numbers.
type draws struct{ state uint64 }

func (d *draws) next() uint64 {
	d.state += weyl
	return mix(d.state)
}

// unit is uniform in [0, 1).
func (d *draws) unit() float64 { return float64(d.next()>>11) * (1.0 / (1 << 53)) }

func (d *draws) chance(p float64) bool { return d.unit() < p }

func (d *draws) below(n int) int {
	hi, _ := bits.Mul64(d.next(), uint64(n))
	return int(hi)
}

func (d *draws) between(lo, hi float64) float64 { return lo + (hi-lo)*d.unit() }

func (d *draws) normal() float64 { return normalQuantiles[d.next()>>(64-quantileBits)] }

// count rounds a rate to an integer so that its mean is the rate.
func (d *draws) count(rate float64) int {
	n := math.Floor(rate)
	if d.unit() < rate-n {
		n++
	}
	return int(n)
}

const quantileBits = 12

// normalQuantiles holds the standard normal at the midpoints of equal
// probabilities: exact enough for a simulation and much faster than a logarithm.
var normalQuantiles = func() (q [1 << quantileBits]float64) {
	for i := range q {
		p := (float64(i) + 0.5) / float64(len(q))
		q[i] = math.Sqrt2 * math.Erfinv(2*p-1)
	}
	return q
}()

// exponentials returns exp(scale × z − scale²/2) at the normal quantiles: a
// lognormal of mean one.
func exponentials(scale float64) *[1 << quantileBits]float64 {
	var e [1 << quantileBits]float64
	for i, z := range normalQuantiles {
		e[i] = math.Exp(scale*z - scale*scale/2)
	}
	return &e
}

// permutation is a random bijection of [0, n), computed rather than stored: a
// four-round Feistel network on the next even power of two, walked until it
// lands inside.
type permutation struct {
	n    uint64
	half uint
	keys [4]uint64
}

func newPermutation(s seed, n int) permutation {
	p := permutation{n: uint64(n), half: uint(bits.Len64(uint64(n))+1) / 2}
	d := s.at(drawPermutation, uint64(n), 0)
	for i := range p.keys {
		p.keys[i] = d.next()
	}
	return p
}

func (p *permutation) of(x uint64) uint64 {
	mask := uint64(1)<<p.half - 1
	for {
		l, r := x>>p.half, x&mask
		for _, k := range p.keys {
			l, r = r, l^(mix(r+k)&mask)
		}
		x = l<<p.half | r
		if x < p.n {
			return x
		}
	}
}

// exponential has mean one.
func (d *draws) exponential() float64 { return -math.Log(1 - d.unit()) }
