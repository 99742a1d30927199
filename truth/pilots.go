package truth

import (
	"math/rand/v2"

	"tieback/metrics"
	"tieback/simulate/trial"
)

const perPerson = "margin a person"

// outcomes are the sums of each arm, with the covariate, as the warehouse would have them. Who is lost is in none.
func outcomes(t *trial.Trial, arms int) []metrics.Sums {
	sums := make([]metrics.Sums, arms+1)
	for i := range t.People {
		p := &t.People[i]
		if p.Lost {
			continue
		}
		sums[p.Arm] = sums[p.Arm].Plus(unit(p.Total(), p.Before))
	}
	return sums
}

// unit is the sums of one person.
func unit(y, x float64) metrics.Sums {
	return metrics.Sums{N: 1, Y: y, YY: y * y, X: x, XX: x * x, XY: x * y}
}

// sound says whether the arms have the sizes planned.
func sound(arms []metrics.Sums) bool {
	counts := make([]int, len(arms))
	for a := range arms {
		counts[a] = arms[a].N
	}
	ratio, err := metrics.CheckSampleRatio(counts, nil)
	return err == nil && !ratio.Failed
}

// fixedPilots are pilots that are analyzed once, at their end.
func fixedPilots() []Study {
	welch := func(world, note string, misspecified bool) Row {
		return Row{Method: "fixed pilot, Welch", World: world, Misspecified: misspecified, Claim: Exact, Unit: perPerson, Note: note}
	}
	return []Study{
		pilotStudy("fixed pilot", trial.Plain, trial.Plan{People: 800, Arms: 1, Weeks: 8, Personal: 1},
			welch("independent people", "", false),
			Row{Method: "fixed pilot, CUPED", World: "independent people", Claim: Exact, Unit: perPerson}),
		pilotStudy("fixed pilot, rough", trial.Rough, trial.Plan{People: 6000, Arms: 1, Weeks: 12},
			welch("few buyers, heavy tails", noteNeyman, true),
			Row{Method: "fixed pilot, CUPED", World: "few buyers, heavy tails", Misspecified: true, Claim: Exact, Unit: perPerson, Note: noteNeyman}),
		pilotStudy("fixed pilot, loses", trial.Rough, trial.Plan{People: 6000, Arms: 1, Weeks: 12, Loses: true},
			welch("few buyers, heavy tails, a program that repels", noteNeyman, true)),
		pilotStudy("fixed pilot, spillover", trial.Rough, trial.Plan{People: 6000, Arms: 1, Weeks: 12, Spillover: .3},
			welch("few buyers, heavy tails, spillover to friends", noteSpillover, true)),
		pilotStudy("fixed pilot, some lost", trial.Rough, trial.Plan{People: 6000, Arms: 1, Weeks: 12, Lost: .1},
			welch("few buyers, heavy tails, some of the treated lost", noteSomeLost, true)),
		pilotStudy("fixed pilot, many lost", trial.Rough, trial.Plan{People: 6000, Arms: 1, Weeks: 12, Lost: .5},
			welch("few buyers, heavy tails, many of the treated lost", noteBroken, true)),
	}
}

// pilotStudy analyzes pilots by Welch and, where there is a second row, by CUPED.
func pilotStudy(name string, draw func(*rand.Rand, trial.Plan) *trial.Trial, plan trial.Plan, rows ...Row) Study {
	return Study{Name: name, Rows: rows, Play: func(world int, r *rand.Rand, say func(int, Finding)) error {
		t := draw(r, plan)
		arms := outcomes(t, 1)
		valid := sound(arms)
		plain, err := metrics.Welch(arms[1], arms[0], metrics.DefaultLevel)
		if err != nil {
			return err
		}
		say(0, onLift(world, t.Effects[0], plain.Interval, valid))
		if len(rows) > 1 {
			adjusted, _, err := metrics.CUPED(arms[1], arms[0], metrics.DefaultLevel)
			if err != nil {
				return err
			}
			say(1, onLift(world, t.Effects[0], adjusted.Interval, valid))
		}
		return nil
	}}
}

// sharedControls are pilots with two arms against one control, both together.
func sharedControls() []Study {
	study := func(name string, draw func(*rand.Rand, trial.Plan) *trial.Trial, plan trial.Plan, row Row) Study {
		return Study{Name: name, Rows: []Row{row}, Play: func(world int, r *rand.Rand, say func(int, Finding)) error {
			t := draw(r, plan)
			arms := outcomes(t, 2)
			units := float64(arms[1].N + arms[2].N)
			truth := (float64(arms[1].N)*t.Effects[0] + float64(arms[2].N)*t.Effects[1]) / units
			// At a cost of 1 a unit the return is the mean lift less one.
			joint, err := metrics.ReturnOfArms([]metrics.Arm{{Name: "a", Sums: arms[1], CostPerUnit: 1}, {Name: "b", Sums: arms[2], CostPerUnit: 1}}, arms[0], 1, 0, metrics.DefaultLevel)
			if err != nil {
				return err
			}
			lift := joint.Interval
			lift.Estimate, lift.Lo, lift.Hi = lift.Estimate+1, lift.Lo+1, lift.Hi+1
			say(0, onLift(world, truth, lift, sound(arms)))
			return nil
		}}
	}
	row := Row{Method: "two arms and one control, both totals", World: "independent people", Claim: Exact, Unit: perPerson}
	rough := row
	rough.World, rough.Misspecified, rough.Note = "few buyers, heavy tails", true, noteNeyman
	return []Study{
		study("shared control", trial.Plain, trial.Plan{People: 1200, Arms: 2, Weeks: 8, Personal: 1}, row),
		study("shared control, rough", trial.Rough, trial.Plan{People: 9000, Arms: 2, Weeks: 12}, rough),
	}
}
