package simulate

// sale is an order on its way to becoming events.
type sale struct {
	order                                                 *order
	trace                                                 *trace
	number                                                uint64
	market                                                *market
	source                                                string
	costOnOrder, guest, email, selfReported, subscription bool
}

// customerBase keeps customer numbers the same width for a long time.
const customerBase = 100_000

// sendOrder sends one revision of an order.
func (w *world) sendOrder(s *sale, revision int64, late int) {
	o, t := s.order, s.trace
	l := &w.line
	suffix := uint64(revision)
	l.openLocal(saleOrder, s.source, "o-", s.number*10+suffix, o.at)
	l.number("revision", revision)
	l.ref("order_id", "HP-", s.number)
	if !s.guest {
		l.ref("customer", "c-", o.customer+customerBase)
	}
	if s.email {
		l.address("email", o.customer)
	}
	if t.visitor != 0 {
		l.ref("visitor", "v-", t.visitor)
	}
	l.cents("gross", o.gross)
	if o.discount > 0 {
		l.cents("discount", o.discount)
	}
	l.text("currency", s.market.currency)
	l.cents("tax", o.tax)
	l.cents("shipping", o.shipping)
	if s.costOnOrder {
		l.cents("cost_of_goods", o.goods)
	}
	if o.variable > 0 {
		l.cents("variable_cost", o.variable)
	}
	l.text("market", s.market.code)
	l.text("region", regions[o.who.region].name)
	l.text("channel", t.channel)
	l.text("venue", t.venue)
	w.writeTrace(t)
	if s.selfReported {
		l.text("self_reported_source", selfReported[int(o.customer)%len(selfReported)])
	}
	if s.subscription {
		l.ref("subscription_id", "sub-", o.customer)
	}
	if s.number%97 == 0 {
		l.truth("cocreated", true)
	}
	l.ref("ledger_ref", "GL-", s.number)
	l.close()
	w.putLate(saleOrder, o.at, late)
}

var selfReported = [...]string{"a friend", "instagram", "podcast", "facebook group", "search", "tiktok"}

func (w *world) writeTrace(t *trace) {
	l := &w.line
	l.text("program", t.program)
	l.text("coupon", t.coupon)
	l.text("utm_source", t.source)
	l.text("utm_medium", t.medium)
	l.text("utm_campaign", t.campaign)
	if t.click != 0 {
		l.ref("click_id", "clk-", t.click)
	}
	l.text("landing_url", t.landing)
	l.text("referrer", t.referrer)
}

// sendLines splits the order into lines whose amounts add up to the order's.
func (w *world) sendLines(s *sale, d *draws) {
	o := s.order
	if o.basket.sku >= 0 {
		w.sendLine(s, 1, o.basket.sku, o.quantity, o.gross, o.discount, -1)
		return
	}
	n := 1 + d.below(3)
	gross, discount, goods := o.gross, o.discount, o.goods
	for i := range n {
		g, off, cost := gross, discount, goods
		if i < n-1 {
			g, off, cost = o.gross/int64(n), o.discount/int64(n), o.goods/int64(n)
		}
		w.sendLine(s, i+1, d.below(skuCount), 1+int64(d.below(3)), g, off, cost)
		gross, discount, goods = gross-g, discount-off, goods-cost
	}
}

// sendLine sends a line; goods below zero leaves its cost to product.cost.
func (w *world) sendLine(s *sale, i, sku int, quantity, gross, discount, goods int64) {
	l := &w.line
	l.openLocal(saleLine, s.source, "ol-", s.number*10+uint64(i), s.order.at)
	l.ref("order_id", "HP-", s.number)
	l.ref("line_id", "", uint64(i))
	l.ref("sku", "SKU-", uint64(sku)+1)
	l.number("quantity", quantity)
	l.cents("gross", gross)
	if discount > 0 {
		l.cents("discount", discount)
	}
	l.text("currency", s.market.currency)
	if goods >= 0 {
		l.cents("cost_of_goods", goods)
	}
	l.close()
	w.putLate(saleLine, s.order.at, 0)
}

// sendAdjustment books a refund some days after the order. Refunds booked after
// the end of the history are not known yet. An adjustment of an order that
// arrives late may arrive before it.
func (w *world) sendAdjustment(s *sale, late int, d *draws) {
	o := s.order
	lag := 2 + min(int(190*exponentialsRefund[d.next()>>quantileAt]), 45*24)
	if late > 4 {
		lag = 1 + late/2
	}
	at := moment{o.at.hour + lag, uint32(d.below(hourMillis))}
	if at.hour >= w.cal.hours {
		return
	}
	mk := regions[o.who.region].market
	w.ledger[w.cal.month[w.cal.day[at.hour]]][mk] -= o.refund
	l := &w.line
	l.openLocal(saleAdjustment, s.source, "adj-", s.number, at)
	l.ref("order_id", "HP-", s.number)
	l.ref("adjustment_id", "R-", s.number)
	l.text("kind", o.refundKind)
	l.cents("amount", o.refund)
	l.text("currency", s.market.currency)
	if o.refundGoods > 0 && o.refundKind != "cancel" {
		l.cents("cost_of_goods", o.refundGoods)
	}
	l.close()
	w.putLate(saleAdjustment, at, 0)
}

var exponentialsRefund = exponentials(.8)
