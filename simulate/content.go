package simulate

import "math"

// post is one piece of content; it is derived from its number.
type post struct {
	number   uint64
	program  int // or -1
	campaign string
	format   string
	author   string
	promotes bool
}

var formats = [...]string{"photo", "video", "text", "story", "poll"}

// postedBy is the number of posts a platform has had before hour h.
func (w *world) postedBy(h int) uint64 { return 1 + uint64(float64(h)*w.size.postsPerHour) }

// hourOf is the hour a post appeared: the first in which postedBy exceeds it.
func (w *world) post(on int, number uint64) post {
	d := w.seed.at(drawContent, uint64(on), number)
	p := post{number: number, program: -1, author: "brand", format: formats[d.below(len(formats))]}
	h := min(int(float64(number)/w.size.postsPerHour), w.cal.hours-1)
	quarter := int(w.cal.month[w.cal.day[h]]) / 3
	u := d.unit()
	for i, share := range [programCount]float64{.10, .14, .14, .08, .14, .08, .04} {
		if u -= share; u < 0 {
			p.program, p.campaign = i, w.campaigns[i][quarter]
			break
		}
	}
	p.promotes = p.program == coupon || p.program == paid || p.program < 0 && d.chance(.3)
	switch {
	case p.program == creator:
		p.author = "customer"
	case p.program == influencer:
		p.author = "agency"
	case d.chance(.08):
		p.author = "employee"
	}
	return p
}

// recentPost draws a post people see in hour h; most are a few days old.
func (w *world) recentPost(on, h int, d *draws) post {
	posted := w.postedBy(h)
	back := uint64(math.Min(d.exponential()*(1+48*w.size.postsPerHour), float64(posted-1)))
	return w.post(on, posted-1-back)
}

// publish sends the posts of an hour.
func (w *world) publish(h int) {
	from, to := w.postedBy(h-1), w.postedBy(h)
	if h == 0 {
		from = 0
	}
	for on := range platforms {
		for n := from; n < to; n++ {
			d := w.seed.at(drawContent, uint64(on), n+1<<40)
			w.sendPost(on, w.post(on, n), moment{h, uint32(d.below(hourMillis))}, &d)
		}
	}
}

func (w *world) sendPost(on int, p post, t moment, d *draws) {
	l := &w.line
	l.open(socialContent, platforms[on].name, "content-", w.id(socialContent), t)
	l.text("platform", platforms[on].name)
	l.ref("content_id", platforms[on].short, p.number)
	l.text("venue", w.venueOf(&p, d))
	l.text("campaign", p.campaign)
	l.text("market", markets[d.below(marketCount)].code)
	l.text("format", p.format)
	l.text("author", p.author)
	l.truth("promotional", p.promotes)
	l.close()
	w.put(socialContent, t)
}

// metrics of the counters; followers and likes grow whatever is sold.
var metrics = [...]struct {
	word string
	rate float64 // a week, per customer
}{
	{"followers", .02}, {"likes", .8}, {"impressions", 30}, {"clicks", .3}, {"comments", .1}, {"reach", 9},
}

// count sends the counters when they are due. They are cumulative; now and then
// a platform starts one again from zero.
func (w *world) count(h int) {
	every := w.size.counterHours
	if h%every != every-1 {
		return
	}
	tick := h / every
	for on := range platforms {
		for i := range w.size.counterMetrics {
			d := w.seed.at(drawCounter, uint64(tick), uint64(on*len(metrics)+i))
			value := &w.counters[on][i]
			growth := metrics[i].rate * float64(w.size.customers) * platforms[on].weight * float64(every) / 168
			*value += growth * (1 + float64(h)/9000) * w.attention * w.reach[on] * math.Exp(.25*d.normal())
			if d.chance(.0015*float64(every)/168) || tick == 20 && on == 2 && i == 1 {
				*value = 0
			}
			w.sendCounter(on, i, int64(*value), noPost, moment{h, uint32(on*len(metrics)+i) * 1000})
		}
		if w.size.counterMetrics == len(metrics) {
			w.countPosts(on, h, tick)
		}
	}
}

// countPosts sends the likes of a few recent posts.
func (w *world) countPosts(on, h, tick int) {
	posted := w.postedBy(h)
	for back := range min(posted, 4) {
		n := posted - 1 - back
		d := w.seed.at(drawCounter, n+1<<32, uint64(on))
		age := float64(h) - float64(n)/w.size.postsPerHour + 1
		full := 40 * math.Exp(1.2*d.normal()) * float64(1+w.size.customers/1000)
		w.sendCounter(on, 1, int64(full*(1-math.Exp(-age/72))), n, moment{h, uint32(back+10) * 60_000})
	}
}

// noPost is the number of no post: the counter is the platform's.
const noPost = ^uint64(0)

func (w *world) sendCounter(on, metric int, value int64, number uint64, t moment) {
	l := &w.line
	l.open(socialCounter, platforms[on].name, "k-", w.id(socialCounter), t)
	l.text("platform", platforms[on].name)
	l.text("metric", metrics[metric].word)
	l.number("value", value)
	if number != noPost {
		l.ref("content_id", platforms[on].short, number)
	}
	l.close()
	w.put(socialCounter, t)
}
