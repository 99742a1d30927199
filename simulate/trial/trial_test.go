package trial_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"tieback/simulate/trial"
)

func source(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

var plan = trial.Plan{People: 3000, Arms: 2, Weeks: 12}

func TestSameNumbersSamePeople(t *testing.T) {
	for name, draw := range map[string]func(*rand.Rand, trial.Plan) *trial.Trial{"plain": trial.Plain, "rough": trial.Rough} {
		if !reflect.DeepEqual(draw(source(1), plan), draw(source(1), plan)) {
			t.Errorf("%s: the same random numbers gave other people", name)
		}
	}
}

// What the arms differ by is on average the effect, in each arm, plain or rough.
func TestDifferencesAreTheEffects(t *testing.T) {
	for name, draw := range map[string]func(*rand.Rand, trial.Plan) *trial.Trial{"plain": trial.Plain, "rough": trial.Rough} {
		const worlds = 60
		for arm := 1; arm <= 2; arm++ {
			var sum, squares float64
			for w := range uint64(worlds) {
				x := draw(source(w), plan)
				var total, n [3]float64
				for i := range x.People {
					p := &x.People[i]
					total[p.Arm] += p.Total()
					n[p.Arm]++
				}
				off := total[arm]/n[arm] - total[0]/n[0] - x.Effects[arm-1]
				sum, squares = sum+off, squares+off*off
			}
			if z := sum / math.Sqrt(squares); math.Abs(z) > 3 {
				t.Errorf("%s, arm %d: differences miss the effect by %.1f standard errors", name, arm, z)
			}
		}
	}
}

// Rough people are as they are said to be: most buy nothing, few carry the margin, and each option does what it says.
func TestRoughPeople(t *testing.T) {
	x := trial.Rough(source(5), plan)
	buyers, sum, squares := 0, 0., 0.
	for i := range x.People {
		if y := x.People[i].Total(); y != 0 {
			buyers++
			sum, squares = sum+y, squares+y*y
		}
		if p := &x.People[i]; p.Lost || p.Arm == 0 && p.Credit != 0 || p.Credit < 0 {
			t.Fatalf("%+v", p)
		}
	}
	if share := float64(buyers) / float64(plan.People); share < .2 || share > .6 {
		t.Errorf("%.0f %% buy", 100*share)
	}
	if effective := sum * sum / squares; effective > .6*float64(buyers) {
		t.Errorf("%.0f effective of %d buyers: no heavy tail", effective, buyers)
	}
	if x.Effects[0] <= x.Effects[1] || x.Effects[1] <= 0 {
		t.Errorf("effects %v, want the first arm to do more than the second", x.Effects)
	}
	one := plan
	one.Arms = 1
	with := func(change func(*trial.Plan)) *trial.Trial {
		p := one
		change(&p)
		return trial.Rough(source(5), p)
	}
	if e := with(func(p *trial.Plan) { p.Loses = true }).Effects[0]; e >= 0 {
		t.Errorf("a program that repels brings %g", e)
	}
	if plainly, spilled := with(func(*trial.Plan) {}).Effects[0], with(func(p *trial.Plan) { p.Spillover = .5 }).Effects[0]; spilled <= plainly {
		t.Errorf("with spillover %g, without %g", spilled, plainly)
	}
	lost := with(func(p *trial.Plan) { p.Lost = .5 })
	missing := 0
	for i := range lost.People {
		if p := &lost.People[i]; p.Lost {
			missing++
			if p.Arm == 0 || p.Total() != 0 {
				t.Fatalf("lost: %+v", p)
			}
		}
	}
	if missing < 200 {
		t.Errorf("%d people lost", missing)
	}
}
