package simulate

import "math"

// basket holds the draws of one potential order, the same in every world, so
// that worlds differ only by what programs do.
type basket struct {
	cents      float64 // before programs
	costShare  float64
	sku        int // the article whose product cost gives the cost of goods; -1: costShare does
	web        bool
	codeDraw   float64
	ownPart    float64 // discount the shop gives by itself
	refundDraw float64
	kindDraw   float64
	partDraw   float64
	returned   bool // goods of a refund come back
}

// amounts are the final money of an order in hundredths of its currency.
type amounts struct {
	gross, discount, tax, shipping, goods, variable int64
	refund, refundGoods                             int64
	refundKind                                      string // empty: no adjustment
	code                                            int    // program whose coupon was used, or -1
	quantity                                        int64
}

func (a *amounts) net() int64    { return a.gross - a.discount - a.refund }
func (a *amounts) margin() int64 { return a.net() - a.goods + a.refundGoods - a.variable }

const (
	skuCount     = 40
	basketCenter = 4600 // cents, median
	basketSpread = .70
)

// skuCents is what an article costs the company, in USD.
func skuCents(sku int) int64 { return 400 + 175*int64(sku) }

// drawBasket draws what a customer would buy. Few baskets are very large.
func drawBasket(d *draws, p *person) basket {
	b := basket{cents: basketCenter * math.Exp(basketSpread*d.normal()) * p.spending, sku: -1}
	if d.chance(.01) {
		b.cents *= d.between(4, 12)
	}
	b.costShare = d.between(.48, .66)
	article := d.unit()
	if article < .06 && markets[regions[p.region].market].currency == "USD" {
		b.sku = int(article / .06 * skuCount)
	}
	b.codeDraw = d.unit()
	if d.chance(.10) {
		b.ownPart = d.between(.05, .20)
	}
	b.refundDraw, b.kindDraw, b.partDraw = d.unit(), d.unit(), d.unit()
	b.returned = d.chance(.7)
	return b
}

// money is what the order comes to, given which programs reach the customer.
func (b *basket) money(on *[programCount]bool) (a amounts) {
	gross := b.cents
	if on[creator] {
		gross *= 1.05
	}
	a.gross = max(int64(math.Round(gross)), 400)
	a.code = -1
	part := b.ownPart
	switch {
	case on[coupon] && b.codeDraw < .50:
		a.code, part = coupon, .15
	case on[influencer] && b.codeDraw < .10:
		a.code, part = influencer, .10
	case on[referral] && b.codeDraw > .90:
		a.code, part = referral, .10
	}
	a.discount = int64(math.Round(float64(a.gross) * part))
	net := a.gross - a.discount
	a.tax = net * 7 / 100
	if net < 5000 {
		a.shipping = 495
	}
	a.goods = int64(math.Round(float64(a.gross) * b.costShare))
	if b.sku >= 0 {
		each := skuCents(b.sku)
		a.quantity = max(1, (a.goods+each/2)/each)
		a.goods = a.quantity * each
	}
	if b.web {
		a.variable = net * 3 / 100
	}
	b.refunds(&a, on)
	return a
}

// refunds: bargains and praise by influencers bring more goods back.
func (b *basket) refunds(a *amounts, on *[programCount]bool) {
	chance := .055
	if a.code == coupon {
		chance += .05
	}
	if on[influencer] {
		chance += .02
	}
	if b.refundDraw >= chance {
		return
	}
	net := a.gross - a.discount
	switch {
	case b.kindDraw < .50:
		a.refundKind = "refund"
		a.refund = int64(math.Round(float64(net) * (.3 + .4*b.partDraw)))
		if b.returned {
			a.refundGoods = a.goods * a.refund / net
		}
	case b.kindDraw < .80:
		a.refundKind, a.refund = "refund", net
		if b.returned {
			a.refundGoods = a.goods
		}
	case b.kindDraw < .90:
		a.refundKind, a.refund, a.refundGoods = "cancel", net, a.goods
	case b.kindDraw < .96:
		a.refundKind, a.refund = "chargeback", net
	default:
		a.refundKind, a.refund = "correction", net/10
	}
}
