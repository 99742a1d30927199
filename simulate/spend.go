package simulate

import "strconv"

// Costs are entered when a month ends. Most programs spend by plan; creators
// are paid by what they brought, so that creator content returns exactly its
// hurdle.

// enterCosts enters what the programs cost in a month.
func (w *world) enterCosts(month, h int) {
	for i := range programs {
		p := &programs[i]
		if month < p.from {
			continue
		}
		total := w.monthCost(i, month)
		left := total
		for k, category := range p.entered {
			amount := left
			if k < len(p.entered)-1 {
				amount = int64(float64(total) * p.shares[k])
			}
			left -= amount
			w.enterCost(i, month, k, category, amount, h)
		}
	}
}

// monthCost is in hundredths of USD.
func (w *world) monthCost(program, month int) int64 {
	p := &programs[program]
	if p.cost > 0 {
		d := w.seed.at(drawCost, uint64(program), uint64(month))
		return int64(p.cost * float64(w.size.customers) * d.between(.85, 1.15) * 100)
	}
	hurdle, err := strconv.ParseFloat(p.hurdle, 64)
	if err != nil {
		panic("simulate: hurdle of " + p.id)
	}
	var margin, spent float64
	for _, g := range w.gains[program] {
		margin, spent = margin+g.margin, spent+g.cost
	}
	return max(int64(margin/(1+hurdle)-spent+.5), int64(w.size.customers/2))
}

// enterCost sends one entry. Agencies outside the creators' program bill in
// EUR; some entries are first entered wrongly and corrected later.
func (w *world) enterCost(program, month, k int, category string, amount int64, h int) {
	d := w.seed.at(drawCost, uint64(program*100+k)+1000, uint64(month))
	e := costItem{program: program, month: month, number: uint64((program*10+k)*100 + month), category: category, currency: "USD", amount: amount}
	if category == "agency" {
		e.currency = "EUR"
		e.amount = int64(float64(amount) / 1.08)
		usd := 0.0
		for day := w.cal.monthStart[month]; day < w.cal.monthStart[month+1]; day++ {
			usd += w.rates[day/7]
		}
		w.gains[program][month].cost += float64(e.amount) * usd / float64(w.cal.monthStart[month+1]-w.cal.monthStart[month])
	} else {
		w.gains[program][month].cost += float64(amount)
	}
	wrong := e
	if w.corrected(program, month, k) {
		wrong.amount = int64(float64(e.amount) * d.between(.7, 1.3))
	}
	w.sendCost(&wrong, 1, h)
	if wrong.amount != e.amount {
		w.corrections = append(w.corrections, e)
	}
}

// corrected entries are few; the last month is never corrected in time.
func (w *world) corrected(program, month, k int) bool {
	return month < monthCount-1 && k == 0 && (month*programCount+program)%23 == 5
}

func (w *world) correctCosts(month, h int) {
	for i := range w.corrections {
		w.sendCost(&w.corrections[i], 2, h)
	}
	w.corrections = w.corrections[:0]
}

// costItem is a cost.entry; amount is in hundredths of its currency.
type costItem struct {
	program, month     int
	number             uint64
	category, currency string
	amount             int64
}

func (w *world) sendCost(e *costItem, revision int64, h int) {
	p := &programs[e.program]
	l, t := &w.line, moment{h, 900_000 + uint32(e.number%800)*1000}
	l.open(costEntry, "erp", "ce-", e.number*10+uint64(revision), t)
	l.number("revision", revision)
	l.ref("entry_id", "CE-", e.number)
	l.cents("amount", e.amount)
	l.text("currency", e.currency)
	w.writeMonth(e.month)
	l.text("category", e.category)
	if e.number%11 == 3 {
		l.text("program", p.id)
	} else {
		l.text("cost_center", p.center)
	}
	switch {
	case e.category == "staff" && e.program == care:
		l.text("activity", "personal_reply")
		l.decimal("hours", float64(e.amount)/4200, 1)
		l.text("delivery", "inhouse")
	case e.category == "staff":
		l.text("activity", "promotion")
		l.decimal("hours", float64(e.amount)/4500, 1)
	case e.category == "agency":
		l.text("delivery", "agency")
	}
	l.ref("ledger_ref", "GL-C", e.number)
	l.close()
	w.put(costEntry, t)
}

// sendPolicies sends how far each program may invest ahead of its return; the
// second round, in October 2025, moves two programs on.
func (w *world) sendPolicies(h, round int) {
	for i := range programs {
		p := &programs[i]
		stage := p.stage
		if round == 0 && p.stage == "scale" {
			stage = "pilot"
		}
		if round == 1 && stage != "scale" {
			continue
		}
		l, t := &w.line, moment{h, 1_800_000 + uint32(i)*1000}
		l.open(programPolicy, "finance", "policy-", w.id(programPolicy), t)
		l.text("program", p.id)
		l.text("seed_budget", w.seedBudget(i))
		l.text("currency", "USD")
		l.text("reinvest", p.reinvest)
		l.text("hurdle", p.hurdle)
		l.text("stage", stage)
		l.close()
		w.put(programPolicy, t)
	}
}

// seedBudget is a round amount of USD that fits the size of the company.
func (w *world) seedBudget(program int) string {
	amount := int64(programs[program].seedBudget*float64(w.size.customers)) / 50 * 50
	return strconv.FormatInt(amount, 10) + ".00"
}

func appendFloat(b []byte, x float64, digits int) []byte {
	return strconv.AppendFloat(b, x, 'f', digits, 64)
}
