package evidence

import (
	"testing"
	"time"

	"tieback/metrics"
)

// Germany's twelve weeks from 1 April: 8,400 earned (standard error 1,680), of which April's 30 of 84 days are 3,000 and 600; the rule credited
// 4,000 a month there, 12,000 for three months, so the factor is .7 with an error of .14.
func germany() *launched {
	l := &launched{}
	l.add(window{place: "de", startsOn: month(4), endsBefore: month(4).AddDate(0, 0, 84),
		margin: metrics.NewInterval(8400, 1680, 0, .9), revenue: metrics.NewInterval(16_800, 3360, 0, .9),
		credit: map[time.Time][2]float64{month(4): {4000, 8000}, month(5): {4000, 8000}, month(6): {4000, 8000}}})
	return l
}

// Where all of the program's credit lies in the launched place, April is the launch's own: 3,000, grade B, wholly covered.
func TestAMonthOfALaunchIsGradeB(t *testing.T) {
	m := programMonth{month: month(4), cost: 1000, completeness: 1, mature: true, attributedMargin: 4000, attributedRevenue: 8000}
	r := m.earned(proof{launches: germany()})
	if r.state != "known" || r.grade != "B" || r.coverage != 1 || r.launches != "de" {
		t.Errorf("%s, grade %s, coverage %g, launches %q, want known, B, 1, de", r.state, r.grade, r.coverage, r.launches)
	}
	near(t, "margin", r.margin.amount, 3000)
	near(t, "launch error", r.margin.launchSE, 600)
	near(t, "pilot error", r.margin.pilotSE, 0)
	m.mature = false
	if r := m.earned(proof{launches: germany()}); r.state != "immature" {
		t.Errorf("a month whose refunds are still to come is %s", r.state)
	}
}

// 2,000 credited elsewhere count .7 × 2,000 = 1,400 by the launch's factor, with .14 × 2,000 more of the launch's error and 20 % of transport:
// grade C, of which the launch's own 3,000 of 4,400 are covered. In a later month only the factor speaks.
func TestLaunchesCalibrateTheRest(t *testing.T) {
	m := programMonth{month: month(4), completeness: 1, mature: true, attributedMargin: 6000, attributedRevenue: 12_000}
	r := m.earned(proof{launches: germany()})
	if r.grade != "C" {
		t.Errorf("grade %s, want C", r.grade)
	}
	near(t, "margin", r.margin.amount, 4400)
	near(t, "launch error", r.margin.launchSE, 880)
	near(t, "transport error", r.margin.transportSE, 280)
	near(t, "coverage", r.coverage, 3./4.4)
	m.month = month(9)
	r = m.earned(proof{launches: germany()})
	near(t, "a later month", r.margin.amount, 4200)
	if r.grade != "C" || r.coverage != 0 || r.own {
		t.Errorf("a later month: grade %s, coverage %g", r.grade, r.coverage)
	}
	m.month = time.Date(2027, 9, 1, 0, 0, 0, 0, time.UTC)
	if r := m.earned(proof{launches: germany()}); r.state != "not known" {
		t.Errorf("a month 15 months after the launch is %s", r.state)
	}
}

// A pilot's own month stays the pilot's, grade A, though a launch was read in it; where only its factor speaks, the launch's place is the
// launch's (3,000) and the rest the pilot's: .5 × 2,000, with both errors and the transport of the second alone.
func TestThePilotComesFirstInItsOwnMonths(t *testing.T) {
	both := proof{pilot: marchPilot(), launches: germany()}
	march := programMonth{month: month(3), completeness: 1, mature: true, attributedMargin: 10_000, treatedMargin: 10_000, attributedRevenue: 25_000, treatedRevenue: 25_000}
	if r := march.earned(both); r.grade != "A" || r.margin.amount != 5000 || r.launches != "" {
		t.Errorf("the pilot's month: grade %s, %g, launches %q", r.grade, r.margin.amount, r.launches)
	}
	april := programMonth{month: month(4), completeness: 1, mature: true, attributedMargin: 6000, attributedRevenue: 12_000}
	r := april.earned(both)
	near(t, "margin", r.margin.amount, 4000)
	near(t, "launch error", r.margin.launchSE, 600)
	near(t, "pilot error", r.margin.pilotSE, 200)
	near(t, "transport error", r.margin.transportSE, 200)
	if r.pilot != "march" || r.launches != "de" || r.grade != "C" {
		t.Errorf("pilot %q, launches %q, grade %s", r.pilot, r.launches, r.grade)
	}
}

// A pilot of April that had to be carried to most of the month gives grade C; the launch covers all of it, grade B.
func TestALaunchOfTheWholeMonthGoesBeforeACarriedPilot(t *testing.T) {
	pilot := marchPilot()
	pilot.startsOn, pilot.endsBefore = month(4), month(5)
	april := programMonth{month: month(4), completeness: 1, mature: true, attributedMargin: 4000, treatedMargin: 100, attributedRevenue: 8000, treatedRevenue: 200}
	if r := april.earned(proof{pilot: pilot}); r.grade != "C" || !r.own {
		t.Errorf("the pilot alone: grade %s", r.grade)
	}
	if r := april.earned(proof{pilot: pilot, launches: germany()}); r.grade != "B" || r.margin.amount != 3000 || r.pilot != "" {
		t.Errorf("with the launch: grade %s, %g, pilot %q", r.grade, r.margin.amount, r.pilot)
	}
}

// A rule that credits nothing in the launched place leaves no factor: where other places have credit, the month is not known, for its
// cost is that of all places. Two launches share their donors, so their errors add up.
func TestLaunchesWithoutAFactor(t *testing.T) {
	l := &launched{}
	for _, place := range []string{"de", "fr"} {
		l.add(window{place: place, startsOn: month(4), endsBefore: month(4).AddDate(0, 0, 84), margin: metrics.NewInterval(840, 84, 0, .9), revenue: metrics.NewInterval(840, 84, 0, .9)})
	}
	m := programMonth{month: month(4), completeness: 1, mature: true, attributedMargin: 100, attributedRevenue: 100}
	if r := m.earned(proof{launches: l}); r.state != "not known" {
		t.Errorf("a part of the program speaks for all of it: %s", r.state)
	}
	m.attributedMargin, m.attributedRevenue = 0, 0
	r := m.earned(proof{launches: l})
	near(t, "margin of both", r.margin.amount, 600)
	near(t, "their errors, added", r.margin.launchSE, 60)
	l.runsIn = []begun{{"de", month(4)}, {"fr", month(4)}, {"it", month(5)}}
	if r := m.earned(proof{launches: l}); r.state != "known" {
		t.Errorf("italy begins in may, yet april is %s", r.state)
	}
	m.month = month(5)
	if r := m.earned(proof{launches: l}); r.state != "not known" {
		t.Errorf("italy runs in may, of which nothing is told, yet may is %s", r.state)
	}
}

// Places are all there are: their credit is a number, and the factor has the pilot's own error alone.
func TestPlacesHaveAFactorWithoutSampling(t *testing.T) {
	m := measurePlaces(metrics.NewInterval(5000, 1000, 0, .9), 10_000)
	near(t, "factor", m.factor.Estimate, .5)
	near(t, "its error", m.factor.SE, .1)
	if m := measurePlaces(metrics.NewInterval(5000, 1000, 0, .9), 0); m.factorErr == nil {
		t.Error("nothing credited gave a factor")
	}
}
