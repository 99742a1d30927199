// Package trial invents the people of a pilot: what each of them brings with the treatment and what without it.
package trial

import "math/rand/v2"

// A Plan is the size of a pilot.
type Plan struct {
	People int // in all arms together
	Arms   int // treated arms beside the control
	Weeks  int // in which the outcome comes in
	// Personal is the standard deviation of a level of each person's own, a week (Plain only).
	Personal float64
	// Spillover is the share of the treatment that reaches the friend of a treated person (Rough only).
	Spillover float64
	// Steady makes the treatment act alike in all weeks, with nothing pulled forward (Rough only; Plain always does).
	Steady bool
	// Loses makes the treatment cost margin instead of bringing it.
	Loses bool
	// Lost is the share of treated people without a purchase who go missing from the records (Rough only).
	Lost float64
}

// A Person is one assigned unit. Money is margin.
type Person struct {
	Arm    int       // 0 is the control
	Before float64   // what the person brought in as many weeks before the assignment
	Course []float64 // what the person brought in each week, in the arm assigned
	Credit float64   // the part of it that a credit rule gives to the program; 0 in the control
	Lost   bool      // missing from the records
}

// Total is what the person brought in all weeks.
func (p *Person) Total() float64 {
	sum := 0.
	for _, y := range p.Course {
		sum += y
	}
	return sum
}

// A Trial is a pilot that was played in two worlds with the same random numbers: as assigned, and with nobody treated.
type Trial struct {
	People []Person // in the order in which they were assigned
	// Effects has for each treated arm, from 0, the mean over all people of what the arm changes, for each assigned
	// person. With spillover it is what all treated people changed in everybody, for each treated person.
	Effects []float64
	// Factor is the margin that would not have come without the first arm over the margin credited to it, had
	// everybody been treated.
	Factor float64
}

// newTrial assigns people to arms one by one.
func newTrial(r *rand.Rand, p Plan) *Trial {
	t := &Trial{People: make([]Person, p.People), Effects: make([]float64, p.Arms)}
	courses := make([]float64, p.People*p.Weeks)
	for i := range t.People {
		t.People[i].Arm = r.IntN(p.Arms + 1)
		t.People[i].Course = courses[i*p.Weeks : (i+1)*p.Weeks : (i+1)*p.Weeks]
	}
	return t
}

// sign of what the treatment does.
func (p Plan) sign() float64 {
	if p.Loses {
		return -1
	}
	return 1
}
