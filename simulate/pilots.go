package simulate

// pilot is an experiment of the company: what is announced about it, and what
// its treatment does in truth.
type pilot struct {
	id, program, unit, control, treated string
	analysis, hypothesis, hurdle        string
	registered, starts, ends            int // days
	costPerUnit                         int64
	planned                             int64
	minimumEffect                       string
	valid                               bool

	pulls       int     // the program whose pull the treatment sets
	part        float64 // the pull of a treated unit
	from, to    uint64  // positions of person units in the permutation of founders
	weeks       int     // weeks over which units are assigned; 0: at once
	oneInFour   bool    // a quarter instead of half is in the control arm
	effectCents float64 // sum over units of the outcome treated minus control
	units       [2]int64
}

const (
	armControl = 0
	armTreated = 1
)

// newPilots plans the pilots for a company of the given size. Person units are
// customers from the first day on, in disjoint random ranges.
func newPilots(cal *calendar, founders uint64) []*pilot {
	ranges := [...]uint64{
		max(300, min(founders*38/100, 60_000)),
		max(160, min(founders*20/100, 24_000)),
		max(180, min(founders*5/100, 6_000)),
		100,
	}
	ps := []*pilot{
		{id: "care-cohort-2025", program: "community-care", unit: "person", control: "no-outreach", treated: "personal-care",
			analysis: "fixed", hurdle: "0.20", hypothesis: "personal replies make customers buy more often",
			registered: cal.dayOf("2025-08-18"), starts: cal.dayOf("2025-09-08"), ends: cal.dayOf("2025-12-29"),
			costPerUnit: 200, minimumEffect: "2.50", valid: true, pulls: care, part: .45},
		{id: "events-stepwise-2025", program: "local-events", unit: "person", control: "not-invited", treated: "invited",
			analysis: "sequential", hurdle: "0.15", hypothesis: "an invitation to a branch brings orders",
			registered: cal.dayOf("2025-09-22"), starts: cal.dayOf("2025-10-06"), ends: cal.dayOf("2026-02-23"),
			costPerUnit: 250, minimumEffect: "3.00", valid: true, pulls: events, part: .40, weeks: 10},
		{id: "referral-2025", program: "referral", unit: "person", control: "no-offer", treated: "friend-offer",
			analysis: "fixed", hurdle: "0.10", hypothesis: "an offer to friends pays for itself",
			registered: cal.dayOf("2025-05-12"), starts: cal.dayOf("2025-06-02"), ends: cal.dayOf("2025-08-25"),
			costPerUnit: 100, minimumEffect: "1.50", pulls: referral, part: .15, oneInFour: true},
		{id: "creator-small-2026", program: "creator-content", unit: "person", control: "no-invitation", treated: "creator-circle",
			analysis: "fixed", hurdle: "0.20", hypothesis: "a circle around creators pays",
			registered: cal.dayOf("2026-01-19"), starts: cal.dayOf("2026-02-02"), ends: cal.dayOf("2026-04-27"),
			costPerUnit: 150, minimumEffect: "3.00", valid: true, pulls: creator, part: .25},
		{id: "paid-regions-2026", program: "paid-social", unit: "region", control: "dark", treated: "advertised",
			analysis: "fixed", hurdle: "0.20", hypothesis: "advertised regions sell more than dark ones",
			registered: cal.dayOf("2025-12-15"), starts: cal.dayOf("2026-01-12"), ends: cal.dayOf("2026-03-23"),
			valid: true, pulls: paid, part: .25},
	}
	from := uint64(0)
	for i, n := range ranges {
		ps[i].from, ps[i].to = from, from+n
		ps[i].planned = int64(n)
		from += n
	}
	ps[4].planned = regionCount
	return ps
}

// arm is the arm of the person unit at a position of the permutation.
func (p *pilot) arm(position uint64) int {
	i := position - p.from
	if p.oneInFour {
		return min(int(i%4), 1)
	}
	return int(i % 2)
}

// assignedOn is the day a person unit is assigned: for a cohort three days
// before the start, else the first day of its week.
func (p *pilot) assignedOn(position uint64) int {
	if p.weeks == 0 {
		return p.starts - 3
	}
	return p.starts + 7*int((position-p.from)/2%uint64(p.weeks))
}

func (p *pilot) open(day int) bool { return day >= p.starts && day < p.ends }

// pilotOf is the person pilot a customer is a unit of, or nil.
func (w *world) pilotOf(c uint64) (*pilot, uint64) {
	if c >= w.size.founders {
		return nil, 0
	}
	position := w.founder.of(c)
	for _, p := range w.pilots {
		if p.unit == "person" && position >= p.from && position < p.to {
			return p, position
		}
	}
	return nil, 0
}

// regionArm is the arm of a region in the region pilot.
func (w *world) regionArm(region int) int { return int(w.regional.of(uint64(region)) % 2) }

// treatment says which pilot governs a customer on a day, and in which arm.
func (w *world) treatment(c uint64, day int) (*pilot, int) {
	p, position := w.pilotOf(c)
	if p == nil || !p.open(day) || day <= p.assignedOn(position) {
		return nil, 0
	}
	return p, p.arm(position)
}

// pilotPull replaces the usual course of a program by the arm of a pilot.
func (w *world) pilotPull(x *pull, c uint64, who *person, day int) {
	if p, arm := w.treatment(c, day); p != nil {
		x.by[p.pulls], x.on[p.pulls] = p.part*float64(arm), arm == armTreated
	}
	if p := w.regionPilot(); p.open(day) {
		arm := w.regionArm(who.region)
		x.by[p.pulls], x.on[p.pulls] = p.part*float64(arm), arm == armTreated
	}
}

func (w *world) regionPilot() *pilot { return w.pilots[len(w.pilots)-1] }

// register announces a pilot, before it starts.
func (w *world) register(p *pilot, h int) {
	l := &w.line
	l.open(pilotRegistered, "lab", "pilot-", w.id(pilotRegistered), moment{h, 600_000})
	l.text("pilot", p.id)
	l.text("program", p.program)
	l.text("unit", p.unit)
	l.text("control", p.control)
	l.text("metric", "margin")
	l.date("starts_on", p.starts)
	l.date("ends_before", p.ends)
	l.text("assignment", "random")
	l.text("analysis", p.analysis)
	l.name("allocation")
	l.b = append(l.b, `"{\"`+p.control+`\":0.5,\"`+p.treated+`\":0.5}"`...) // an object written as text
	l.text("hurdle", p.hurdle)
	l.number("planned_units", p.planned)
	l.text("minimum_effect", p.minimumEffect)
	l.cents("cost_per_unit", p.costPerUnit)
	l.text("currency", "USD")
	l.text("hypothesis", p.hypothesis)
	l.close()
	w.put(pilotRegistered, moment{h, 600_000})
}

// assign sends the assignments of the hour. Those of a day are spread over its
// hours before evening.
func (w *world) assign(p *pilot, h int) {
	day, clock := int(w.cal.day[h]), int(w.cal.clock[h])
	if p.unit == "region" {
		if day == p.starts-3 && clock == 9 {
			w.assignRegions(p, h)
		}
		return
	}
	if first := p.assignedOn(p.from); day < first || day >= p.ends || clock < 6 || clock >= 18 {
		return
	}
	if p.weeks == 0 && day != p.starts-3 || p.weeks > 0 && (day-p.starts)%7 != 0 {
		return
	}
	size := w.size.founders
	from, to := size*uint64(clock-6)/12, size*uint64(clock-5)/12
	for c := from; c < to; c++ {
		position := w.founder.of(c)
		if position < p.from || position >= p.to || p.assignedOn(position) != day {
			continue
		}
		d := w.seed.at(drawAssignment, c, 0)
		arm := p.arm(position)
		w.assignUnit(p, c, arm, moment{h, uint32(d.below(hourMillis))})
		if p.oneInFour && position-p.from < 2 { // assigned once more, to the other arm
			w.assignUnit(p, c, 1-arm, moment{h + 1, uint32(d.below(hourMillis))})
		}
		p.units[arm]++
	}
}

// assignUnit assigns a customer.
func (w *world) assignUnit(p *pilot, c uint64, arm int, t moment) {
	l := &w.line
	w.openAssignment(p, arm, t)
	l.ref("unit_id", "c-", c+customerBase)
	l.close()
	w.put(pilotAssigned, t)
}

// assignRegions assigns every region; its margin of the ten weeks before is the
// covariate.
func (w *world) assignRegions(p *pilot, h int) {
	l := &w.line
	for r := range regions {
		arm, t := w.regionArm(r), moment{h, uint32(r) * 30_000}
		w.openAssignment(p, arm, t)
		l.text("unit_id", regions[r].name)
		l.cents("covariate", int64(w.before[r]))
		l.close()
		w.put(pilotAssigned, t)
		p.units[arm]++
	}
}

func (w *world) openAssignment(p *pilot, arm int, t moment) {
	l := &w.line
	l.open(pilotAssigned, "lab", "assign-", w.id(pilotAssigned), t)
	l.text("pilot", p.id)
	l.text("unit", p.unit)
	if arm == armTreated {
		l.text("arm", p.treated)
	} else {
		l.text("arm", p.control)
	}
}
