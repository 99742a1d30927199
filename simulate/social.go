package simulate

import "math"

// actions and how often each is taken, of a thousand.
var actions = [...]struct {
	word  string
	share int
}{
	{"view", 330}, {"like", 290}, {"click", 120}, {"comment", 90}, {"share", 35}, {"save", 30},
	{"message", 25}, {"mention", 20}, {"follow", 20}, {"review", 12}, {"answer", 8}, {"referral", 6},
	{"visit", 6}, {"unfollow", 5}, {"other", 3},
}

func actionOf(n int) string {
	for _, a := range actions {
		if n -= a.share; n < 0 {
			return a.word
		}
	}
	return "view"
}

func talks(action string) bool {
	return action == "comment" || action == "message" || action == "mention" || action == "review"
}

// fan draws a customer in proportion to affinity.
func (w *world) fan(d *draws) uint64 {
	c := uint64(0)
	for range 40 {
		c = uint64(d.below(int(w.size.customers)))
		if w.affinity(c) > d.unit()*maxAffinity {
			break
		}
	}
	return c
}

// engage draws what happens on the platforms in an hour.
func (w *world) engage(h int) {
	d := w.seed.at(drawEngagement, uint64(h), 0)
	base := w.seed.at(drawEngagement, uint64(h), 1).state
	for i := range d.count(w.size.engagementsPerHour * hourDemand[w.cal.clock[h]] * w.attention) {
		w.engagement(h, draws{mix(base + uint64(i)*weyl)})
	}
}

// engager is someone acting on a platform.
type engager struct {
	customer uint64 // also numbers strangers, from the number of customers on
	known    bool   // is a customer
	actor    string // empty: left to the product
}

func (w *world) engager(d *draws) engager {
	switch u := d.unit(); {
	case u < .18:
		return engager{customer: w.size.customers + uint64(d.below(int(w.size.customers)*2))}
	case u < .20:
		return engager{customer: w.size.customers*3 + uint64(d.below(20)), actor: "bot"}
	case u < .21:
		return engager{customer: w.size.customers*3 + 20 + uint64(d.below(30)), actor: "employee"}
	}
	return engager{customer: w.fan(d), known: true}
}

// engagement sends one act of one person, and the talk that follows from it.
func (w *world) engagement(h int, d draws) {
	who := w.engager(&d)
	first, second := w.homes(who.customer)
	on := first
	if d.chance(.35) {
		on = second
	}
	if d.unit() > w.reach[on] {
		on = platformOf(d.unit())
	}
	post := w.recentPost(on, h, &d)
	action := actionOf(d.below(1000))
	t := moment{h, uint32(d.below(hourMillis))}
	mk := &markets[regions[w.regionOf(who.customer)].market]
	id := w.id(socialEngagement)
	l := &w.line
	p := &platforms[on]
	l.open(socialEngagement, p.name, "e-", id, t)
	l.text("platform", w.alias(on, id))
	l.text("action", action)
	l.ref("person", "u", w.account(who.customer, on))
	l.text("actor", who.actor)
	l.text("venue", w.venueOf(&post, &d))
	l.ref("content_id", p.short, post.number)
	if d.chance(.4) {
		l.text("campaign", post.campaign)
	}
	if d.chance(.03) && post.program >= 0 {
		l.text("program", programs[post.program].id)
	}
	l.text("market", mk.code)
	if d.chance(.3) {
		l.text("region", regions[w.regionOf(who.customer)].name)
	}
	if d.chance(.2) {
		l.text("language", mk.language)
	}
	if post.program == paid && d.chance(.8) {
		l.truth("paid", true)
	}
	if d.chance(.01) && on < 2 {
		l.ref("crosspost_of", platforms[2].short, post.number)
	}
	if action == "like" && d.chance(.01) {
		l.truth("undo", true)
	}
	if talks(action) {
		l.ref("thread_id", "t-", id)
		l.ref("text_hash", "h", d.next())
	}
	l.close()
	w.put(socialEngagement, t)
	if talks(action) && who.actor == "" {
		w.talk(&who, on, post, id, t, &d)
	}
	if who.known && d.chance(.004) {
		w.logIn(who.customer, on, t)
	}
}

func (w *world) alias(platform int, id uint64) string {
	if platforms[platform].name == "x" && id%3 == 0 {
		return "twitter"
	}
	return platforms[platform].name
}

func (w *world) venueOf(p *post, d *draws) string {
	switch {
	case p.program == events:
		return eventPlaces[p.number%uint64(len(eventPlaces))]
	case d.chance(.06):
		return communities[p.number%uint64(len(communities))]
	}
	return ""
}

// answered is how likely the company answers someone, by whether community care
// looks after them.
func (w *world) answered(who *engager, h int) float64 {
	if !who.known {
		return .25
	}
	day := int(w.cal.day[h])
	if p, arm := w.treatment(who.customer, day); p != nil && p.pulls == care {
		return .95 * float64(arm)
	}
	if w.reached(care, who.customer, day/14, .12*min(w.affinity(who.customer), 3)) {
		return .90
	}
	return .40
}

// talk sends answers of the company and of the person, in turn, on one thread.
func (w *world) talk(who *engager, on int, about post, thread uint64, t moment, d *draws) {
	if !d.chance(w.answered(who, t.hour)) {
		return
	}
	last := thread
	for range 3 {
		t = w.later(t, .15+d.exponential()*6)
		last = w.reply(who, on, about, thread, last, t, true, d)
		if !d.chance(.42) {
			return
		}
		t = w.later(t, .1+d.exponential()*10)
		last = w.reply(who, on, about, thread, last, t, false, d)
		if !d.chance(.6) {
			return
		}
	}
}

func (w *world) later(t moment, hours float64) moment {
	ms := float64(t.ms) + hours*hourMillis
	skip := math.Floor(ms / hourMillis)
	return moment{t.hour + int(skip), uint32(ms - skip*hourMillis)}
}

// reply sends an answer, outbound when by the company; it returns its event id.
func (w *world) reply(who *engager, on int, about post, thread, to uint64, t moment, outbound bool, d *draws) uint64 {
	id := w.id(socialEngagement)
	if t.hour >= w.cal.hours {
		return id
	}
	p := &platforms[on]
	l := &w.line
	l.open(socialEngagement, p.name, "e-", id, t)
	l.text("platform", p.name)
	l.text("action", "reply")
	if outbound {
		if d.chance(.3) {
			l.text("person", p.official)
		} else {
			l.text("person", p.care)
		}
		if d.chance(.5) {
			l.text("direction", "outbound")
		}
		if d.chance(.3) {
			l.text("actor", "brand")
		}
	} else {
		l.ref("person", "u", w.account(who.customer, on))
	}
	l.ref("content_id", p.short, about.number)
	l.ref("thread_id", "t-", thread)
	l.ref("in_reply_to", "e-", to)
	if outbound && d.chance(.25) {
		l.ref("text_hash", "template-", d.next()%6)
	} else {
		l.ref("text_hash", "h", d.next())
	}
	if outbound && d.chance(.3) {
		l.text("campaign", w.campaigns[care][int(w.cal.month[w.cal.day[t.hour]])/3])
	}
	l.text("market", markets[regions[w.regionOf(who.customer)].market].code)
	l.close()
	w.put(socialEngagement, t)
	return id
}

// reachOut sends the messages the company writes unasked: to people who buy
// much anyway, which is why buyers look as if messages made them buy.
func (w *world) reachOut(h int) {
	d := w.seed.at(drawOutreach, uint64(h), 0)
	for range d.count(w.size.engagementsPerHour * .03 * hourDemand[w.cal.clock[h]]) {
		c := uint64(d.below(int(w.size.customers)))
		if buying, _ := w.buying(c); buying < 3*d.unit() {
			continue
		}
		p, arm := w.treatment(c, int(w.cal.day[h]))
		if p != nil && p.pulls == care && arm == armControl {
			continue
		}
		on, _ := w.homes(c)
		id, t := w.id(socialEngagement), moment{h, uint32(d.below(hourMillis))}
		l := &w.line
		l.open(socialEngagement, platforms[on].name, "e-", id, t)
		l.text("platform", platforms[on].name)
		l.text("action", "message")
		l.text("person", platforms[on].care)
		l.text("direction", "outbound")
		l.text("actor", "brand")
		l.ref("thread_id", "t-", id)
		if d.chance(.3) {
			l.text("program", programs[care].id)
		}
		l.text("campaign", w.campaigns[care][int(w.cal.month[w.cal.day[h]])/3])
		if d.chance(.5) {
			l.truth("personal", true)
		} else {
			l.truth("promotional", true)
		}
		l.ref("text_hash", "h", d.next())
		l.close()
		w.put(socialEngagement, t)
		if d.chance(.3) {
			who := engager{customer: c, known: true}
			w.reply(&who, on, w.recentPost(on, h, &d), id, id, w.later(t, .2+d.exponential()*9), false, &d)
		}
	}
}
