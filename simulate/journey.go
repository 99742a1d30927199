package simulate

// trace is what an order shows of where it came from. It follows from who was
// reached, not from what caused the order.
type trace struct {
	from                             int // program, or -1
	platform                         int
	program, channel, venue          string
	source, medium, campaign, coupon string
	landing, referrer                string
	click, visitor                   uint64
}

// shown is the chance that an order of someone a program reached carries a
// trace of that program.
var shown = [programCount]float64{care: .22, creator: .35, coupon: .75, influencer: .40, paid: .16, events: 0, referral: .45}

// trace draws the trace of an order. Advertising follows buyers around, so the
// more someone buys anyway, the more orders it seems to have brought.
func (w *world) trace(o *order, d *draws) trace {
	t := trace{from: -1, channel: "web"}
	first, second := w.homes(o.customer)
	t.platform = first
	if d.chance(.35) {
		t.platform = second
	}
	for i := range programCount {
		p := shown[i]
		if i == paid {
			p *= min(o.who.buying, 3)
		}
		if o.pulls.on[i] && d.chance(p) {
			t.from = i
		}
	}
	quarter := int(w.cal.month[o.day]) / 3
	if o.code >= 0 {
		t.coupon = codes[o.code]
		t.from = o.code
	}
	if !o.basket.web {
		w.offline(o, &t, d)
		return t
	}
	t.visitor = w.visitor(o.customer, d.next()&7/7)
	t.landing = landings[d.below(len(landings))]
	switch {
	case t.from >= 0:
		t.source, t.medium, t.campaign = platforms[t.platform].name, "social", w.campaigns[t.from][quarter]
		if t.from == paid {
			t.medium = "paid_social"
		}
		if d.chance(.6) {
			t.click = d.next() >> 20
		}
		if d.chance(.04) {
			t.program = programs[t.from].id
		}
	case d.chance(.15):
		t.source, t.medium, t.campaign = "google", "cpc", "search-brand"
	case d.chance(.12):
		t.source, t.medium, t.campaign = "newsletter", "email", "letter-weekly"
	case d.chance(.20):
		t.referrer = referrers[d.below(len(referrers))]
	}
	return t
}

var (
	codes     = [programCount]string{coupon: "HARBOR15", influencer: "INF-MAYA", referral: "FRIEND10"}
	landings  = [...]string{"https://harborandpine.example/", "https://harborandpine.example/new", "https://harborandpine.example/p/lantern"}
	referrers = [...]string{"https://www.facebook.com/", "https://www.instagram.com/", "https://www.google.com/", "https://t.co/"}
)

// offline: the order was not placed on the web.
func (w *world) offline(o *order, t *trace, d *draws) {
	place := mix(o.customer ^ 0x5eed)
	switch u := d.unit(); {
	case o.pulls.on[events] && u < .7:
		t.channel, t.venue, t.from = "branch", eventPlaces[place%uint64(len(eventPlaces))], events
	case u < .55:
		t.channel, t.venue = "branch", branches[place%uint64(len(branches))]
	case u < .75:
		t.channel = "marketplace"
	case u < .88:
		t.channel = "phone"
	default:
		t.channel = "partner"
	}
}

// touches sends the visit and the click that came before the order, and counts
// what a platform will claim for itself.
func (w *world) touches(o *order, t *trace, d *draws) {
	if t.from >= 0 && t.source != "" {
		mk := regions[o.who.region].market
		w.credited[w.cal.month[o.day]][t.platform] += float64(o.gross-o.discount) * w.usd(mk, o.day)
		w.converted[w.cal.month[o.day]][t.platform]++
	}
	if t.visitor == 0 || !d.chance(.45) {
		return
	}
	at := moment{o.at.hour - d.below(leadHours-5), uint32(d.below(hourMillis))}
	if d.chance(.5) {
		at = moment{o.at.hour, o.at.ms / 2}
	}
	at.hour = max(at.hour, 0)
	if at.hour == o.at.hour {
		at.ms = min(at.ms, o.at.ms/2)
	}
	w.sendVisit(o.customer, o.who.region, t, at, d.chance(.3))
	if t.from >= 0 && t.source != "" && d.chance(.35) {
		w.sendClick(o, t, at)
	}
}

// sendVisit sends a web.visit with the marks of the trace.
func (w *world) sendVisit(c uint64, region int, t *trace, at moment, loggedIn bool) {
	l := &w.line
	l.open(webVisit, "web", "w-", w.id(webVisit), at)
	l.ref("visitor", "v-", t.visitor)
	if loggedIn {
		l.ref("customer", "c-", c+customerBase)
	}
	l.text("landing_url", t.landing)
	l.text("referrer", t.referrer)
	l.text("utm_source", t.source)
	l.text("utm_medium", t.medium)
	l.text("utm_campaign", t.campaign)
	if t.click != 0 {
		l.ref("click_id", "clk-", t.click)
	}
	l.text("market", markets[regions[region].market].code)
	l.text("region", regions[region].name)
	l.close()
	w.put(webVisit, at)
}

// sendClick sends the engagement that led to the visit.
func (w *world) sendClick(o *order, t *trace, at moment) {
	l := &w.line
	at.ms -= min(at.ms, 4000)
	p := &platforms[t.platform]
	l.open(socialEngagement, p.name, "e-", w.id(socialEngagement), at)
	l.text("platform", p.name)
	l.text("action", "click")
	l.ref("person", "u", w.account(o.customer, t.platform))
	l.text("campaign", t.campaign)
	l.text("market", markets[regions[o.who.region].market].code)
	if t.from == paid {
		l.truth("paid", true)
	}
	l.close()
	w.put(socialEngagement, at)
}

// browse sends the visits of an hour that lead to no order.
func (w *world) browse(h int) {
	d := w.seed.at(drawVisit, uint64(h), 0)
	n := d.count(w.size.visitsPerHour * hourDemand[w.cal.clock[h]])
	quarter := int(w.cal.month[w.cal.day[h]]) / 3
	for range n {
		c := w.fan(&d)
		t := trace{visitor: w.visitor(c, d.next()&7/7), landing: landings[d.below(len(landings))]}
		first, _ := w.homes(c)
		switch u := d.unit(); {
		case u < .35:
			t.source, t.medium = platforms[first].name, "social"
			t.campaign = w.campaigns[d.below(programCount)][quarter]
		case u < .50:
			t.source, t.medium, t.campaign = platforms[first].name, "paid_social", w.campaigns[paid][quarter]
			t.click = d.next() >> 20
		case u < .70:
			t.referrer = referrers[d.below(len(referrers))]
		}
		w.sendVisit(c, w.regionOf(c), &t, moment{h, uint32(d.below(hourMillis))}, d.chance(.15))
	}
}
