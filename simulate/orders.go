package simulate

// Orders are drawn by thinning: more potential orders are drawn than can ever
// occur, each with a customer, a basket and a uniform number u of its own, and
// one occurs in a world if u is below the customer's rate in that world. So the
// same draw decides every world, with all programs on and with any of them off.

const (
	maxShock  = 1.5
	rateBound = maxBuying * maxShock * maxFactor
	leadHours = 30 // orders are drawn ahead of the clock, so that visits can come before them
)

// ordersAt draws the potential orders of an hour.
func (w *world) ordersAt(h int) {
	day := int(w.cal.day[h])
	if h == 0 || int(w.cal.day[h-1]) != day {
		w.newDay(day)
	}
	d := w.seed.at(drawHour, uint64(h), 0)
	n := d.count(w.size.ordersPerHour * w.cal.demand(h) * rateBound)
	base := w.seed.at(drawOrder, uint64(h), 0).state
	for i := range n {
		d := draws{mix(base + uint64(i)*weyl)}
		u := d.unit() * rateBound
		c := uint64(d.below(int(w.size.customers)))
		if buying, _ := w.buying(c); u < buying*maxShock*maxFactor {
			w.potential(h, day, c, u, d)
		}
	}
}

// potential decides in which worlds a potential order occurs.
func (w *world) potential(h, day int, c uint64, u float64, d draws) {
	p := w.person(c)
	if day < p.born || day >= p.gone {
		return
	}
	need := u / (p.buying * w.shock[p.region]) // it occurs where the factor exceeds this
	if need >= maxFactor {
		return
	}
	x := w.pulls(c, &p, day)
	most := 1 + w.pilots[0].part + w.regionPilot().part
	for _, part := range x.by {
		most += max(part, 0)
	}
	if need >= most {
		return
	}
	b := drawBasket(&d, &p)
	b.web = d.chance(.80)
	o := order{at: moment{h, uint32(d.below(hourMillis))}, day: day, customer: c, who: &p, basket: &b, pulls: &x}
	occurs := need < x.factor()
	if occurs {
		o.amounts = b.money(&x.on)
	}
	w.addToTruth(&o, need, occurs)
	if occurs {
		w.sell(&o, d)
	}
}

// order is a potential order; its amounts are set when it occurs.
type order struct {
	at       moment
	day      int
	customer uint64
	who      *person
	basket   *basket
	pulls    *pull
	amounts
}

// newDay moves the shocks of demand on by a day: common, per market and per
// region, each remembering most of the day before.
func (w *world) newDay(day int) {
	d := w.seed.at(drawShock, uint64(day), 0)
	step := func(x *float64, memory, scale float64) { *x = memory**x + scale*d.normal() }
	step(&w.drift.all, .93, .030)
	for m := range markets {
		step(&w.drift.market[m], .93, .030)
	}
	for r := range regions {
		step(&w.drift.region[r], .88, .040)
		sum := w.drift.all + w.drift.market[regions[r].market] + w.drift.region[r]
		w.shock[r] = min(max(1+sum, .5), maxShock)
	}
	if m := int(w.cal.month[day]); w.cal.monthStart[m] == day {
		w.launchNext(m)
	}
	if m := w.cal.month[day]; w.cal.monthStart[m] == day {
		for r := range regions {
			dr := w.seed.at(drawRegion, uint64(r), uint64(m))
			w.adWeight[r] = dr.between(.5, 1.5)
		}
	}
}

// sell books an order that occurs and sends its events.
func (w *world) sell(o *order, d draws) {
	mk := &markets[regions[o.who.region].market]
	w.book(o)
	t := w.trace(o, &d)
	w.touches(o, &t, &d)
	late := 0
	if d.chance(.02) {
		late = 2 + int(min(d.exponential()*60, 500))
	}
	number := w.id(saleOrder)
	s := sale{order: o, trace: &t, number: number, market: mk, source: "shop", costOnOrder: o.basket.sku < 0 && d.chance(.87)}
	if t.venue != "" {
		s.source = "pos"
	}
	s.guest = o.customer >= w.size.founders && d.chance(.2)
	s.email, s.selfReported = d.chance(.45), d.chance(.06)
	s.subscription = mix(o.customer^uint64(w.seed))%25 == 0
	first := *o
	if s.costOnOrder && d.chance(.015) {
		o.gross += int64(d.between(.05, .4) * float64(o.gross))
		w.sendOrder(&s, 1, late)
		*o = first
		w.sendOrder(&s, 2, late+20+d.below(220))
	} else {
		w.sendOrder(&s, 1, late)
		if o.basket.sku >= 0 || d.chance(.06) {
			w.sendLines(&s, &d)
		}
	}
	if o.refundKind != "" {
		w.sendAdjustment(&s, late, &d)
	}
	if late == 0 && w.faulty(saleOrder, number, 20_000, 2) {
		o.gross += 100
		w.sendOrder(&s, 1, 26)
		*o = first
	}
}

// book enters the order in the company's own records.
func (w *world) book(o *order) {
	m, mk := int(w.cal.month[o.day]), regions[o.who.region].market
	net := o.gross - o.discount
	w.ledger[m][mk] += net
	w.sold[m][mk] += net
	if p := w.regionPilot(); o.day >= p.starts-3-70 && o.day < p.starts-3 {
		w.before[o.who.region] += float64(o.margin()) * w.usd(mk, o.day)
	}
}
