package truth

import (
	"math"
	"slices"
	"strings"
	"time"

	"tieback/metrics/attribution"
)

// lookback is how long before an order a touch counts; least is the confidence from which a link counts.
const (
	lookback = 30 * 24 * time.Hour
	least    = .8
	direct   = "(direct)"
)

// programs are the rules of the company's settings: what campaigns, coupons and venues start with.
var programs = []struct{ id, campaign, coupon, venue string }{
	{"community-care", "care-", "", ""}, {"creator-content", "creator-", "", ""}, {"coupon-posts", "deal-", "HARBOR", ""},
	{"influencers", "inf-", "INF", ""}, {"paid-social", "ps-", "", ""}, {"local-events", "event-", "", "event-"}, {"referral", "refer-", "FRIEND", ""},
}

// credited are the actions that can have brought an order; views and likes cannot.
var credited = []string{"click", "comment", "reply", "mention", "message", "review", "answer", "referral", "share", "visit", "follow"}

// touch is one thing that a person did; who is an account, a browser or a customer.
type touch struct {
	who, channel string
	at           time.Time
}

// channel is the program an event names, or else where it came from.
func (e *event) channel() string {
	if e.program != "" {
		return e.program
	}
	starts := func(text, with string) bool { return with != "" && strings.HasPrefix(text, with) }
	for _, p := range programs {
		if starts(e.coupon, p.coupon) || starts(e.campaign, p.campaign) || starts(e.venue, p.venue) {
			return p.id
		}
	}
	switch {
	case e.mark != "":
		return e.mark
	case e.platform != "":
		return e.platform
	}
	return direct
}

// link ties an account or a browser to a customer, or takes that back. Links that an order made are left out: they would
// make every path end in one.
func (b *books) link(e *event) {
	key := e.aKind + " " + e.a
	switch {
	case e.kind == "identity.unlink":
		if b.links[key] == e.b {
			delete(b.links, key)
		}
	case e.confidence >= least && e.method != "order_match" && b.links[key] == "":
		b.links[key] = e.b
	}
}

// touched notes a visit or an engagement that can have brought an order.
func (b *books) touched(e *event) {
	switch {
	case e.kind == "web.visit" && e.customer != "":
		b.touches = append(b.touches, touch{e.customer, e.channel(), e.at})
	case e.kind == "web.visit":
		b.touches = append(b.touches, touch{"visitor " + e.visitor, e.channel(), e.at})
	case e.actor == "" && slices.Contains(credited, e.action):
		platform := e.platform
		if platform == "twitter" { // an alias of the settings
			platform = "x"
		}
		b.touches = append(b.touches, touch{platform + " " + e.person, e.channel(), e.at})
	}
}

// path is what came before an order, or before nothing.
type path struct {
	sale     *sale // nil: no order followed
	channels []string
	ages     []float64 // days before the order
}

// paths are the touches of each order in its lookback, its own marks last, and for those who ordered nothing what they
// did.
func (b *books) paths() []path {
	by := map[string][]touch{}
	for _, t := range b.touches {
		who := t.who
		if customer := b.links[who]; customer != "" {
			who = customer
		}
		by[who] = append(by[who], t)
	}
	for who := range by {
		slices.SortStableFunc(by[who], func(x, y touch) int { return x.at.Compare(y.at) })
	}
	var all []path
	ordered := map[string]bool{}
	for _, s := range b.orders {
		who := s.customer
		if who == "" && s.visitor != "" {
			who = "visitor " + s.visitor
		}
		if who != "" {
			ordered[who] = true
		}
		p := path{sale: s}
		for _, t := range by[who] {
			if age := s.at.Sub(t.at); age > 0 && age <= lookback {
				p.channels, p.ages = append(p.channels, t.channel), append(p.ages, age.Hours()/24)
			}
		}
		if s.coupon != "" || s.mark != "" || s.campaign != "" || s.program != "" || strings.HasPrefix(s.venue, "event-") {
			p.channels, p.ages = append(p.channels, s.channel()), append(p.ages, 0)
		}
		all = append(all, p)
	}
	for _, t := range b.touches { // in the order of arrival, so that the sums have one order
		who := t.who
		if customer := b.links[who]; customer != "" {
			who = customer
		}
		if len(by[who]) == 0 || ordered[who] {
			continue
		}
		p := path{}
		for _, x := range by[who] {
			p.channels, p.ages = append(p.channels, x.channel), append(p.ages, 0)
		}
		by[who] = nil
		all = append(all, p)
	}
	return all
}

// A rule gives credit.
type rule struct {
	name string
	of   func(p *attribution.Paths) (attribution.Credit, error)
}

var rules = []rule{
	{"first touch", func(p *attribution.Paths) (attribution.Credit, error) { return p.First(), nil }},
	{"last touch", func(p *attribution.Paths) (attribution.Credit, error) { return p.Last(), nil }},
	{"last non-direct", func(p *attribution.Paths) (attribution.Credit, error) { return p.LastNonDirect(direct), nil }},
	{"linear", func(p *attribution.Paths) (attribution.Credit, error) { return p.Linear(), nil }},
	{"position", func(p *attribution.Paths) (attribution.Credit, error) { return p.Position(), nil }},
	{"time decay", (*attribution.Paths).TimeDecay},
	{"Markov, order 1", func(p *attribution.Paths) (attribution.Credit, error) {
		m, err := p.Markov(1)
		return m.Credit, err
	}},
	{"Shapley", func(p *attribution.Paths) (attribution.Credit, error) { return p.Shapley(), nil }},
}

// credits is the margin that each rule gives each channel. Orders with a loss count with nothing: a rule hands out what is
// there.
func credits(paths []path) (map[string]map[string]float64, error) {
	var all attribution.Paths
	for _, p := range paths {
		t := attribution.Totals{Nulls: 1}
		if p.sale != nil {
			t = attribution.Totals{Conversions: 1, Value: math.Max(p.sale.margin, 0)}
		}
		ages := p.ages
		if ages == nil {
			ages = []float64{}
		}
		if err := all.Add(p.channels, t, ages); err != nil {
			return nil, err
		}
	}
	by := map[string]map[string]float64{}
	for _, r := range rules {
		credit, err := r.of(&all)
		if err != nil {
			return nil, err
		}
		by[r.name] = map[string]float64{}
		for i, channel := range all.Channels() {
			by[r.name][channel] = credit.Value[i]
		}
	}
	return by, nil
}

// lastNonDirect is the channel that the configured rule credits; empty where there was no touch.
func (p *path) lastNonDirect() string {
	for _, channel := range slices.Backward(p.channels) {
		if channel != direct {
			return channel
		}
	}
	if len(p.channels) > 0 {
		return direct
	}
	return ""
}
