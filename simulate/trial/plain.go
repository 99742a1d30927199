package trial

import "math/rand/v2"

// What a person of a plain trial brings in a week.
const (
	plainLevel  = 4.
	plainSpread = 2.5
	plainGain   = .25
	plainShown  = .4
)

// Plain draws a pilot in which everything is as the methods assume: people and weeks are independent of each other, each
// arm adds the same amount to everybody in every week, the spread is finite and moderately skewed.
//
// A person's own level, where the plan has one, makes the weeks of one person alike; a credit rule sees two fifths of the
// people in full.
func Plain(r *rand.Rand, plan Plan) *Trial {
	t := newTrial(r, plan)
	week := func() float64 { return plainLevel + plainSpread*(r.ExpFloat64()-1) }
	var gained, credited float64
	for a := range t.Effects {
		t.Effects[a] = plan.sign() * plainGain * float64(plan.Weeks) / float64(a+1)
	}
	for i := range t.People {
		p := &t.People[i]
		level := plan.Personal * r.NormFloat64()
		gain := 0.
		if p.Arm > 0 {
			gain = t.Effects[p.Arm-1] / float64(plan.Weeks)
		}
		total := 0.
		for w := range p.Course {
			p.Before += level + week()
			without := level + week()
			p.Course[w] = without + gain
			total += without
		}
		shown := r.Float64() < plainShown
		gained += t.Effects[0]
		if shown {
			credited += total + t.Effects[0]
			if p.Arm > 0 {
				p.Credit = p.Total()
			}
		}
	}
	t.Factor = gained / credited
	return t
}
