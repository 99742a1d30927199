package simulate

// The programs of the company, in the order of its settings.
const (
	care = iota
	creator
	coupon
	influencer
	paid
	events
	referral
	programCount
)

type program struct {
	id, name, stage string
	center          string // cost center
	campaign        string // campaigns and utm_campaigns start with it
	code            string // coupons start with it; empty without coupons
	hurdle          string
	seedBudget      float64 // USD per customer
	reinvest        string
	expected        []string
	entered         []string // categories that have entries
	shares          []float64
	cost            float64 // USD per customer and month; 0: set by what it returned
	from            int     // month of the first cost
}

var programs = [programCount]program{
	{id: "community-care", name: "Community care", stage: "scale", center: "CC-110", campaign: "care-",
		hurdle: "0.20", reinvest: "1", seedBudget: .60, cost: .110,
		expected: []string{"staff", "tools"}, entered: []string{"staff", "tools"}, shares: []float64{.88, .12}},
	{id: "creator-content", name: "Creator content", stage: "pilot", center: "CC-120", campaign: "creator-",
		hurdle: "0.20", reinvest: "0.80", seedBudget: .50, from: 3,
		expected: []string{"content", "staff", "tools"}, entered: []string{"content", "staff", "tools"},
		shares: []float64{.70, .22, .08}},
	{id: "coupon-posts", name: "Coupon posts", stage: "scale", center: "CC-130", campaign: "deal-", code: "HARBOR",
		hurdle: "0.10", reinvest: "1", seedBudget: .40, cost: .060, from: 1,
		expected: []string{"media", "staff", "content"}, entered: []string{"media", "staff", "content"},
		shares: []float64{.60, .25, .15}},
	{id: "influencers", name: "Influencers", stage: "strategy", center: "CC-140", campaign: "inf-", code: "INF",
		hurdle: "0.20", reinvest: "0.50", seedBudget: .45, cost: .055, from: 2,
		expected: []string{"agency", "content", "staff", "tools"}, entered: []string{"agency", "content"},
		shares: []float64{.75, .25}},
	{id: "paid-social", name: "Paid social", stage: "scale", center: "CC-150", campaign: "ps-",
		hurdle: "0.20", reinvest: "1", seedBudget: 1.00, cost: .120, from: 1,
		expected: []string{"media", "agency", "content"}, entered: []string{"media", "agency", "content"},
		shares: []float64{.82, .10, .08}},
	{id: "local-events", name: "Local events", stage: "pilot", center: "CC-160", campaign: "event-",
		hurdle: "0.15", reinvest: "1", seedBudget: .50, cost: .070, from: 2,
		expected: []string{"staff", "space", "content"}, entered: []string{"staff", "space", "content"},
		shares: []float64{.50, .38, .12}},
	{id: "referral", name: "Refer a friend", stage: "feasibility", center: "CC-170", campaign: "refer-", code: "FRIEND",
		hurdle: "0.10", reinvest: "0.50", seedBudget: .25, cost: .030, from: 1,
		expected: []string{"incentives", "tools"}, entered: []string{"incentives", "tools"}, shares: []float64{.85, .15}},
}

// pull is what the programs do to one customer in one hour: each adds its part
// to a factor of one on the customer's rate of buying.
type pull struct {
	by [programCount]float64
	on [programCount]bool // reached at the time, so a trace may be left and baskets may change
}

func (p *pull) factor() float64 {
	f := 1.0
	for _, x := range p.by {
		f += x
	}
	return max(f, 0)
}

// without is the factor with one program's part replaced.
func (p *pull) without(program int, part float64) float64 {
	q := *p
	q.by[program] = part
	return q.factor()
}

// maxFactor bounds pull.factor, with or without any program.
const maxFactor = 3.6

// reached draws whether a program reached a customer in a period; the same
// question always has the same answer.
func (w *world) reached(program int, c uint64, period int, p float64) bool {
	if period < 0 {
		return false
	}
	d := w.seed.at(drawExposure, c, uint64(period*programCount+program))
	return d.chance(p)
}

// pulls works out what each program does to customer c on a day. Pilots
// overrule the program's usual course for their units.
func (w *world) pulls(c uint64, p *person, day int) (x pull) {
	mk := regions[p.region].market
	week, fortnight := day/7, day/14
	fan := min(p.affinity, 3)
	if day >= w.launch[care][mk] {
		chance := .12 * fan
		if w.reached(care, c, fortnight, chance) {
			x.by[care], x.on[care] = .45, true
		}
		if w.reached(care, c, fortnight-1, chance) {
			x.by[care] += .20
		}
	}
	w.pullOfCreators(&x, c, mk, day, week, fan)
	w.pullOfCoupons(&x, c, week, p)
	if m := w.cal.month[day] % 6; (m == 2 || m == 3) && w.reached(influencer, c, week, .12*fan) {
		x.by[influencer], x.on[influencer] = .18, true
		if w.reached(influencer, w.friend(c), week, .12*min(w.affinity(w.friend(c)), 3)) {
			x.by[influencer] += .02
		}
	}
	if day >= w.launch[paid][mk] {
		x.by[paid], x.on[paid] = .085*w.adWeight[p.region], true
	}
	if day >= w.launch[events][mk] && (fortnight+p.region)%3 == 0 && w.reached(events, c, fortnight, .16*fan) {
		x.by[events], x.on[events] = .50, true
	}
	if day >= w.launch[referral][mk] {
		if f := w.affinity(w.friend(c)); f > 1.6 && w.reached(referral, c, fortnight, .5) {
			x.by[referral], x.on[referral] = .07, true
		}
	}
	w.pilotPull(&x, c, p, day)
	return x
}

// pullOfCreators: creators reach fans, and a little of it reaches their friends.
func (w *world) pullOfCreators(x *pull, c uint64, market, day, week int, fan float64) {
	if day < w.launch[creator][market] {
		return
	}
	if w.reached(creator, c, week, .15*fan) {
		x.by[creator], x.on[creator] = .25, true
	}
	f := w.friend(c)
	if w.reached(creator, f, week, .15*min(w.affinity(f), 3)) {
		x.by[creator] += .05
	}
}

// couponWeek is one week in four.
func couponWeek(week int) bool { return week > 4 && week%4 == 1 }

// pullOfCoupons: posts are aimed at people who buy anyway; they buy earlier than
// they would have, and less in the two weeks after.
func (w *world) pullOfCoupons(x *pull, c uint64, week int, p *person) {
	chance := .22 * min(p.buying, 4)
	switch {
	case couponWeek(week):
		if w.reached(coupon, c, week, chance) {
			x.by[coupon], x.on[coupon] = .60, true
		}
	case couponWeek(week-1) && w.reached(coupon, c, week-1, chance),
		couponWeek(week-2) && w.reached(coupon, c, week-2, chance):
		x.by[coupon] = -.20
	}
}

// launches sets the first day of each program in each market. Creator content
// comes later, market by market, where sales have just been weakest.
func (w *world) launches() {
	for m := range markets {
		w.launch[care][m] = w.cal.monthStart[min(m, 3)]
		w.launch[creator][m] = dayCount
		w.launch[coupon][m] = 0
		w.launch[influencer][m] = 0
		w.launch[paid][m] = w.cal.monthStart[1]
		w.launch[events][m] = w.cal.monthStart[2]
		w.launch[referral][m] = w.cal.monthStart[1]
	}
}

// launchNext is called at the start of each month: from April 2025 on, one
// market a month gets creator content, the one whose sales fell most.
func (w *world) launchNext(month int) {
	if month < 3 {
		return
	}
	worst, at := 0.0, -1
	for m := range markets {
		if w.launch[creator][m] < dayCount {
			continue
		}
		before, last := w.sold[month-2][m], w.sold[month-1][m]
		change := float64(last+1) / float64(before+1)
		if at < 0 || change < worst {
			worst, at = change, m
		}
	}
	if at >= 0 {
		w.launch[creator][at] = w.cal.monthStart[month]
	}
}
