package event

var (
	currency    = required("currency", Currency, "currency of the amounts, ISO 4217")
	costOfGoods = optional("cost_of_goods", Money, "what the goods cost the company; absent: product cost or the configured margin rate").positive()
)

func saleTypes() []*Type {
	return []*Type{
		{
			Name: "sale.order", Topic: "tieback.sales",
			Doc: "A customer ordered.",
			Key: []string{"source", "order_id"},
			Fields: []Field{
				required("order_id", Text, "the shop's id of the order"),
				required("gross", Money, "before discount, without tax and shipping").positive(),
				currency,
				token("customer", "customer", "the shop's customer id"),
				token("email", "email", "the buyer's e-mail address"),
				token("visitor", "visitor", "the site's visitor id at checkout"),
				optional("discount", Money, "taken off the gross amount").positive(),
				optional("tax", Money, "tax, which is not revenue"),
				optional("shipping", Money, "shipping passed through, which is not revenue"),
				costOfGoods,
				optional("variable_cost", Money, "payment fee, fulfillment, commission of this order").positive(),
				market, region,
				optional("channel", Word, "where the order was placed: web, store, branch, marketplace, phone, partner"),
				optional("venue", Word, "where it was sold: a branch, a community, a stall"),
				program,
				optional("coupon", Name, "coupon code used"),
				optional("utm_source", Name, "utm_source of the visit that ordered; absent: read from landing_url"),
				optional("utm_medium", Name, "utm_medium; absent: read from landing_url"),
				optional("utm_campaign", Name, "utm_campaign; absent: read from landing_url"),
				optional("click_id", Text, "click id of an ad platform; absent: read from landing_url"),
				optional("landing_url", URL, "first page of the visit that ordered, with its query").withClickIDs(),
				optional("referrer", URL, "the page before it"),
				optional("self_reported_source", Word, "what the buyer answered to \"how did you hear of us\""),
				optional("cocreated", Bool, "made with customers"),
				optional("subscription_id", Text, "the subscription it belongs to"),
				optional("ledger_ref", Text, "what the books call it, or the till: a payment's ledger_ref is the shop's number of the order, so that the two are compared"),
			},
		},
		{
			Name: "sale.line", Topic: "tieback.sales",
			Doc: "One line of an order.",
			Key: []string{"source", "order_id", "line_id"},
			Fields: []Field{
				required("order_id", Text, "the order"),
				required("line_id", Text, "the line within the order"),
				required("sku", Name, "what was sold"),
				required("quantity", Money, "how many, up to four decimals").positive(),
				required("gross", Money, "of the line, before discount").positive(),
				currency,
				optional("discount", Money, "taken off the line").positive(),
				costOfGoods,
			},
		},
		{
			Name: "sale.adjustment", Topic: "tieback.sales",
			Doc: "An order's revenue was lowered or corrected after the fact.",
			Key: []string{"source", "adjustment_id"},
			Fields: []Field{
				required("order_id", Text, "the order; one that comes before its order waits for it"),
				required("adjustment_id", Text, "the shop's id of the adjustment"),
				enum("kind", "why", "refund", "cancel", "chargeback", "correction").must(),
				required("amount", Money, "positive lowers net revenue"),
				currency,
				optional("cost_of_goods", Money, "cost of the goods returned; absent: all of it for a cancel, none otherwise").positive(),
			},
		},
		{
			Name: "product.cost", Topic: "tieback.sales",
			Doc: "What a product costs from a day on.",
			Key: []string{"sku", "currency", "starts_on"},
			Fields: []Field{
				required("sku", Name, "the product"),
				required("cost_of_goods", Money, "per piece").positive(),
				currency,
				required("starts_on", Date, "first day it holds"),
			},
		},
	}
}
