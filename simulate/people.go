package simulate

// introduce links the accounts, browsers and addresses of the customers who are
// due in hour h to their customer number: founders over the first forty days,
// later ones when they join. Fans link more often; some links are wrong.
func (w *world) introduce(h int) {
	const settled = 40 * 24
	if h < settled {
		w.introduceRange(h, w.size.founders*uint64(h)/settled, w.size.founders*uint64(h+1)/settled)
	}
	later, hours := w.size.customers-w.size.founders, uint64(w.cal.hours)
	w.introduceRange(h, w.size.founders+later*uint64(h)/hours, w.size.founders+later*uint64(h+1)/hours)
}

func (w *world) introduceRange(h int, from, to uint64) {
	for c := from; c < to; c++ {
		d := w.seed.at(drawLink, c, 0)
		fan := min(w.affinity(c), 3)
		first, second := w.homes(c)
		t := moment{h, uint32(d.below(hourMillis))}
		if d.chance(.10 + .14*fan) {
			w.linkAccount(c, first, t, &d)
		}
		if second != first && d.chance(.03+.06*fan) {
			w.linkAccount(c, second, t, &d)
		}
		if d.chance(.12 + .08*fan) {
			w.link(identityLink, tie{"visitor", "v-", w.visitor(c, 0), c, "login", 1}, t)
		}
		if d.chance(.22) {
			w.link(identityLink, tie{"email", "m", c + customerBase, c, "declared", .95}, t)
		}
		if d.chance(.025) {
			w.consent(c, d.chance(.5), d.chance(.3), t)
		}
	}
}

// linkAccount ties an account to its customer, or to someone else by mistake.
func (w *world) linkAccount(c uint64, on int, t moment, d *draws) {
	to, method, confidence := c, "login", 1.0
	switch u := d.unit(); {
	case u < .40:
	case u < .65:
		method, confidence = "declared", .95
	case u < .80:
		method, confidence = "email", .90
	case u < .90:
		method, confidence = "order_match", .80
	default:
		method, confidence = "probabilistic", .60
	}
	wrong := d.chance(.02)
	if wrong {
		to = uint64(d.below(int(w.size.customers)))
	}
	name := platforms[on].name
	made := tie{name, "u", w.account(c, on), to, method, confidence}
	w.link(identityLink, made, t)
	if wrong && d.chance(.4) || d.chance(.004) {
		at := moment{t.hour + 200 + d.below(1500), uint32(d.below(hourMillis))}
		w.link(identityUnlink, made, at)
	}
}

// logIn links an account once more when someone engages; the more engagement,
// the more links.
func (w *world) logIn(c uint64, on int, t moment) {
	w.link(identityLink, tie{platforms[on].name, "u", w.account(c, on), c, "login", 1}, t)
}

// tie says that an account, browser or address belongs to a customer.
type tie struct {
	kind, prefix string
	number       uint64
	customer     uint64
	method       string
	confidence   float64
}

func (w *world) link(kind eventType, x tie, t moment) {
	if t.hour >= w.cal.hours {
		return
	}
	l := &w.line
	l.open(kind, "crm", "l-", w.id(identityLink), t)
	l.text("a_kind", x.kind)
	if x.kind == "email" {
		l.address("a", x.customer)
	} else {
		l.ref("a", x.prefix, x.number)
	}
	l.text("b_kind", "customer")
	l.ref("b", "c-", x.customer+customerBase)
	l.text("method", x.method)
	l.decimal("confidence", x.confidence, 2)
	l.close()
	w.put(kind, t)
}

func (w *world) consent(c uint64, granted, analytics bool, t moment) {
	l := &w.line
	l.open(consentChanged, "crm", "consent-", w.id(consentChanged), t)
	l.text("person_kind", "customer")
	l.ref("person", "c-", c+customerBase)
	if analytics {
		l.text("purpose", "analytics")
	} else {
		l.text("purpose", "contact")
	}
	l.truth("granted", granted)
	l.close()
	w.put(consentChanged, t)
}

// erasures: two customers ask to be forgotten; neither is a unit of a pilot.
func (w *world) erasures(h int) {
	for i, date := range [...]string{"2025-11-12", "2026-04-08"} {
		if h != w.cal.firstHour[w.cal.dayOf(date)]+11 {
			continue
		}
		t := moment{h, 1_200_000}
		l := &w.line
		l.open(privacyErasure, "crm", "erase-", w.id(privacyErasure), t)
		l.text("person_kind", "customer")
		l.ref("person", "c-", w.size.founders+uint64(i)*3+customerBase)
		l.close()
		w.put(privacyErasure, t)
	}
}
