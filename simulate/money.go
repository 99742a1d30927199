package simulate

import "math"

// quarterNames go into the names of campaigns.
var quarterNames = [monthCount/3 + 1]string{"2025q1", "2025q2", "2025q3", "2025q4", "2026q1", "2026q2", "2026q3"}

// usd is the value of a market's currency in USD on a day: the latest rate
// published on or before it.
func (w *world) usd(market, day int) float64 {
	if markets[market].currency == "USD" {
		return 1
	}
	return w.rates[day/7]
}

// drawRates draws the weekly rate of the euro, to four places.
func (w *world) drawRates() {
	rate := 1.08
	for i := range w.rates {
		d := w.seed.at(drawRate, uint64(i), 0)
		rate += .02*(1.08-rate) + .006*d.normal()
		w.rates[i] = math.Round(rate*1e4) / 1e4
	}
}

// keepBooks sends what the back office publishes: it acts early in the day, on
// the days that are due.
func (w *world) keepBooks(h int) {
	day := int(w.cal.day[h])
	if w.cal.firstHour[day]+5 != h {
		if h == w.cal.hours-1 {
			w.closeMonth(monthCount-1, h)
		}
		if w.cal.firstHour[day] != h {
			return
		}
		if day%7 == 0 {
			w.sendRate(day, h)
		}
		return
	}
	if day == 0 {
		w.sendPlans(h)
		w.sendCosts(h)
		w.sendPolicies(h, 0)
	}
	month := int(w.cal.month[day])
	first := w.cal.monthStart[month]
	if day == first {
		w.sendIndex(month, h)
		if month > 0 {
			w.closeMonth(month-1, h)
		}
		if month == 9 {
			w.sendPolicies(h, 1)
		}
	}
	if day == first+5 && month > 0 {
		w.sendLedger(month-1, h)
		w.correctCosts(month-1, h)
	}
	if day == first+11 && month > 0 {
		w.sendClaims(month-1, 2, h)
	}
}

// closeMonth sends what is known when a month ends.
func (w *world) closeMonth(month, h int) {
	w.sendClaims(month, 1, h)
	w.enterCosts(month, h)
}

func (w *world) sendRate(day, h int) {
	l, t := &w.line, moment{h, 60_000}
	l.open(fxRate, "bank", "fx-", w.id(fxRate), t)
	l.text("base", "EUR")
	l.text("quote", "USD")
	l.name("rate")
	l.b = append(l.b, '"')
	l.b = appendFloat(l.b, w.rates[day/7], 4)
	l.b = append(l.b, '"')
	l.date("date", day)
	l.close()
	w.put(fxRate, t)
}

// sendLedger sends the books of a month: its orders as they stand now less the
// adjustments booked in it.
func (w *world) sendLedger(month, h int) {
	for i, mk := range markets {
		l, t := &w.line, moment{h, uint32(i) * 1000}
		l.open(ledgerTotal, "erp", "ledger-", w.id(ledgerTotal), t)
		w.writeMonth(month)
		l.text("market", mk.code)
		l.text("currency", mk.currency)
		l.cents("net_revenue", w.ledger[month][i])
		l.truth("closed", true)
		l.close()
		w.put(ledgerTotal, t)
	}
}

func (w *world) writeMonth(month int) {
	w.line.date("starts_on", w.cal.monthStart[month])
	w.line.date("ends_before", w.cal.monthStart[month+1])
}

// sendClaims sends what the platforms say they brought: about twice what the
// shop credits them with, and restated later.
func (w *world) sendClaims(month int, revision int64, h int) {
	for on, p := range platforms {
		d := w.seed.at(drawClaim, uint64(month), uint64(on))
		factor := d.between(1.7, 2.4)
		spend := d.between(.9, 1.1) * p.weight * programs[paid].cost * .8 * float64(w.size.customers)
		if revision > 1 {
			factor *= d.between(.95, 1.02)
		}
		l, t := &w.line, moment{h, 300_000 + uint32(on)*1000}
		l.open(platformClaim, p.name, "claim-", uint64(month*10)+uint64(revision), t)
		l.number("revision", revision)
		l.text("platform", p.name)
		l.text("campaign", "ps-always-on")
		w.writeMonth(month)
		l.number("conversions", int64(factor*float64(w.converted[month][on])))
		l.cents("conversions_value", int64(factor*w.credited[month][on]))
		l.cents("spend", int64(spend*100))
		l.text("currency", "USD")
		l.close()
		w.put(platformClaim, t)
	}
}

func (w *world) sendPlans(h int) {
	for m := range monthCount {
		net := float64(w.size.customers) * netPerCustomerMonth * monthDemand[m%12] * (1 + .01*float64(m))
		w.sendPlan("net_revenue", "", m, m+1, int64(net)*100, h)
		if m%3 == 0 {
			for _, p := range programs {
				cost := p.cost
				if cost == 0 {
					cost = .06
				}
				w.sendPlan("spend", p.id, m, m+3, int64(3*cost*float64(w.size.customers))*100, h)
			}
		}
	}
}

// netPerCustomerMonth is what the company plans to sell, in USD.
const netPerCustomerMonth = 7.2

func (w *world) sendPlan(figure, program string, from, to int, amount int64, h int) {
	l, t := &w.line, moment{h, 1_000_000}
	l.open(planTarget, "finance", "plan-", w.id(planTarget), t)
	l.text("figure", figure)
	l.date("starts_on", w.cal.monthStart[from])
	l.date("ends_before", w.cal.monthStart[to])
	l.cents("amount", amount)
	l.text("currency", "USD")
	l.text("program", program)
	l.close()
	w.put(planTarget, t)
}

func (w *world) sendIndex(month, h int) {
	for i, mk := range markets {
		d := w.seed.at(drawMarket, uint64(month), uint64(i))
		l, t := &w.line, moment{h, 2_000_000 + uint32(i)}
		l.open(seriesValue, "statistics", "series-", w.id(seriesValue), t)
		l.text("series", "price_index")
		l.date("date", w.cal.monthStart[month])
		l.decimal("value", 100+.22*float64(month)+.15*d.normal(), 2)
		l.text("market", mk.code)
		l.close()
		w.put(seriesValue, t)
	}
}

// sendCosts sends what the articles cost.
func (w *world) sendCosts(h int) {
	for sku := range skuCount {
		l, t := &w.line, moment{h, 1_500_000 + uint32(sku)}
		l.open(productCost, "erp", "cost-", w.id(productCost), t)
		l.ref("sku", "SKU-", uint64(sku)+1)
		l.cents("cost_of_goods", skuCents(sku))
		l.text("currency", "USD")
		l.date("starts_on", 0)
		l.close()
		w.put(productCost, t)
	}
}
