package attribution

import (
	"errors"
	"math"
	"strings"
)

// HalfLifeDays is after how many days before the conversion a touch counts half in TimeDecay.
const HalfLifeDays = 7.0

// A Credit is what each channel gets, in the order of Channels. Its parts sum to
// the conversions and the value of Total, and none is negative.
type Credit struct {
	Conversions []float64
	Value       []float64
}

// First gives each path to its first touch.
func (p *Paths) First() Credit {
	return p.split(func(_ []int32, _, shares []float64) { shares[0] = 1 })
}

// Last gives each path to its last touch.
func (p *Paths) Last() Credit {
	return p.split(func(_ []int32, _, shares []float64) { shares[len(shares)-1] = 1 })
}

// LastNonDirect gives each path to its last touch that is not direct, and to the
// last touch where all are direct.
//
// Direct is the channel of people who typed the address: name is compared
// without regard to case and to parentheses around it, so that "direct" also
// finds "(direct)".
func (p *Paths) LastNonDirect(name string) Credit {
	isDirect := make([]bool, len(p.names))
	for id, channel := range p.names {
		isDirect[id] = IsDirect(channel, name)
	}
	return p.split(func(tokens []int32, _, shares []float64) {
		last := len(tokens) - 1
		for i := last; i >= 0; i-- {
			if !isDirect[tokens[i]] {
				last = i
				break
			}
		}
		shares[last] = 1
	})
}

// IsDirect says whether LastNonDirect passes over the channel where direct touches are called name.
func IsDirect(channel, name string) bool {
	return strings.EqualFold(strings.Trim(channel, "()"), strings.Trim(name, "()"))
}

// Linear gives each occurrence the same share: a channel that stands twice on a
// path of four gets half of it.
func (p *Paths) Linear() Credit {
	return p.split(func(_ []int32, _, shares []float64) {
		for i := range shares {
			shares[i] = 1
		}
	})
}

// Position gives the first and the last touch 40 % each and the touches between
// them 20 % together; of two touches each gets half, a single one all.
func (p *Paths) Position() Credit {
	return p.split(func(_ []int32, _, shares []float64) {
		n := len(shares)
		for i := range shares {
			shares[i] = 1
		}
		if n > 2 {
			shares[0], shares[n-1] = 2*float64(n-2), 2*float64(n-2)
		}
	})
}

// TimeDecay gives each touch a share in proportion to 2^(−days/7), days being
// its age, in fractions of a day. Without ages it is an error.
//
// Only differences of ages matter, so the youngest touch of a path counts 1:
// touches of years ago do not vanish together.
func (p *Paths) TimeDecay() (Credit, error) {
	if len(p.rows) > 0 && p.ages == nil {
		return Credit{}, errors.New("time decay needs the age of every touch, in days before the conversion")
	}
	return p.split(func(_ []int32, ages, shares []float64) {
		youngest := math.Inf(1)
		for _, age := range ages {
			youngest = math.Min(youngest, age)
		}
		for i, age := range ages {
			shares[i] = math.Exp2((youngest - age) / HalfLifeDays)
		}
	}), nil
}

// Shapley gives each distinct channel of a path the same share, however often it
// stands there.
//
// It is the Shapley value of the sum game: a coalition S of channels is worth
// the conversions of all paths whose channels lie inside S. That game is a sum
// of unanimity games, one a path, and the value of a unanimity game is split
// equally among its members. Other games, such as the conversion rate of each
// coalition, have other values. Source: Shapley (1953), A value for n-person
// games, in Contributions to the Theory of Games II, section 3.
func (p *Paths) Shapley() Credit {
	seen, path := make([]int, len(p.names)), 0 // in which path the channel was last seen
	return p.split(func(tokens []int32, _, shares []float64) {
		path++
		for i, token := range tokens {
			if seen[token] != path {
				seen[token], shares[i] = path, 1
			}
		}
	})
}

// split applies a rule to every path. The rule gets the path's tokens and ages (nil
// without ages) and sets shares, which come as zeros and need not sum to 1.
func (p *Paths) split(rule func(tokens []int32, ages, shares []float64)) Credit {
	places := p.places()
	credit := Credit{make([]float64, len(places)), make([]float64, len(places))}
	var buffer, ages []float64
	for i, r := range p.rows {
		if r.Conversions == 0 {
			continue
		}
		begin, end := p.touches(i)
		tokens := p.tokens[begin:end]
		if p.ages != nil {
			ages = p.ages[begin:end]
		}
		if n := end - begin; n > cap(buffer) {
			buffer = make([]float64, 2*n)
		}
		shares := buffer[:end-begin]
		clear(shares)
		rule(tokens, ages, shares)
		sum := 0.0
		for _, share := range shares {
			sum += share
		}
		for j, share := range shares {
			if share > 0 {
				credit.Conversions[places[tokens[j]]] += r.Conversions * (share / sum)
				credit.Value[places[tokens[j]]] += r.Value * (share / sum)
			}
		}
	}
	return credit
}
