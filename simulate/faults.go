package simulate

// The faults every real stream has: events that come twice, late, or broken.

// put sends the finished line when it happens, now and then twice or late.
func (w *world) put(kind eventType, t moment) {
	late := 0
	if kind == socialEngagement || kind == webVisit || kind == socialCounter {
		d := w.seed.at(drawArrival, w.arrivals, 1)
		if d.chance(.015) {
			late = 1 + int(min(d.exponential()*50, 480))
		}
	}
	w.putLate(kind, t, late)
}

// putLate sends the finished line the given hours after it happened.
func (w *world) putLate(kind eventType, t moment, late int) {
	if t.hour >= w.cal.hours {
		return
	}
	l := &w.line
	w.arrivals++
	d := w.seed.at(drawArrival, w.arrivals, 0)
	w.outbox.put(topicOf[kind], t.hour+late, t.ms/1000, l.b)
	w.counts[kind]++
	w.sent++
	if d.chance(.005) {
		w.outbox.put(topicOf[kind], t.hour+late+1+d.below(40), t.ms/1000, l.b)
		w.counts[kind]++
		w.sent++
		w.duplicates++
	}
}

// faulty picks one in so many, and the first few for certain, for a conflict.
func (w *world) faulty(kind eventType, number uint64, oneIn, least uint64) bool {
	if number%oneIn == 77 || number > 100 && number <= 100+least {
		w.conflicts++
		return true
	}
	return false
}

// brokenFields are events without what the contract requires, or with what it
// forbids.
var brokenFields = [...]struct {
	kind         eventType
	time, fields string
}{
	{saleOrder, "", `"customer":"c-1","gross":"20.00","currency":"USD"`},
	{saleOrder, "", `"order_id":"HP-0","gross":"12,50","currency":"USD"`},
	{socialEngagement, "yesterday", `"platform":"facebook","action":"like"`},
	{saleOrder, "", `"order_id":"HP-0","gross":"20.00","discount":"-5.00","currency":"USD"`},
	{socialCounter, "", `"platform":"tiktok","metric":"likes","value":"many"`},
	{socialEngagement, "2025-13-40T10:00:00Z", `"platform":"instagram","action":"view"`},
	{saleAdjustment, "", `"order_id":"HP-0","adjustment_id":"R-0","kind":"refund","amount":true,"currency":"USD"`},
}

// breakSome sends the malformed events that are due in hour h.
func (w *world) breakSome(h int) {
	d := w.seed.at(drawFault, uint64(h), 0)
	n := d.count(float64(w.size.events) / 50_000 / float64(w.cal.hours))
	if h == w.cal.hours/7 || h == w.cal.hours/3 || h == w.cal.hours*2/3 {
		n++
	}
	for range n {
		f := &brokenFields[w.malformed%int64(len(brokenFields))]
		t := moment{h, uint32(d.below(hourMillis))}
		l := &w.line
		l.open(f.kind, "import", "broken-", uint64(w.malformed), t)
		if f.time != "" {
			l.b = append(l.b[:len(l.b)-len(`2025-01-01T00:00:00Z"`)], f.time...)
			l.b = append(l.b, '"')
		}
		l.b = append(l.b, ',')
		l.b = append(l.b, f.fields...)
		l.close()
		w.malformed++
		w.putLate(f.kind, t, 0)
	}
}
