package main

import (
	"fmt"
	"time"
)

// oddPayments are what a payment provider knows and the shop does not, and the other way round.
func (d *shopDay) oddPayments() {
	const payments = "stripe.events.ndjson"
	// A tip of 2.00 beside an order that was paid in full: two payments of one order, 2.00 too much.
	tip := shopOrder(21)
	c := tip.charge(200, record{"order_number": tip.name()})
	c["id"] = "ch_tip"
	d.send(payments, stripeEvent("tip", "charge.succeeded", tip.placed.Add(time.Minute), true, c), 1)
	d.payments++
	// A workshop that was paid through a link and is no order.
	link := shopOrder(61)
	link.customer = 77
	c = link.charge(4500, record{})
	c["id"] = "ch_link"
	d.send(payments, stripeEvent("link", "charge.succeeded", link.placed, true, c), 1)
	d.payments++
	// A card holder disputes an order and wins; the shop does not know.
	o := shopOrder(30)
	dispute := record{"id": "dp_1", "object": "dispute", "amount": o.paid(), "charge": fmt.Sprintf("ch_%d", o.number), "created": minute(700).Unix(), "currency": "usd", "reason": "fraudulent", "status": "lost", "livemode": true}
	d.send(payments, stripeEvent("dispute", "charge.dispute.closed", minute(700), true, dispute), 1)
	// A refund of a charge from before the first day.
	refund := record{"id": "re_old", "object": "refund", "amount": 3100, "charge": "ch_before", "created": minute(500).Unix(), "currency": "usd", "status": "succeeded"}
	d.send(payments, stripeEvent("old", "refund.created", minute(500), true, refund), 1)
	d.send(payments, stripeEvent("payout", "payout.paid", minute(800), true, record{"id": "po_1", "object": "payout", "amount": 1000}), 1)
	d.leftOut++
}

// oddOrders are a test order and one that was authorized and voided.
func (d *shopDay) oddOrders() {
	const orders, payments = "shopify.orders.ndjson", "stripe.events.ndjson"
	test := shopOrder(64)
	test.test = true
	d.send(orders, test.shopify("paid", test.placed), 1)
	d.send(payments, stripeEvent("test", "charge.succeeded", test.placed, false, test.charge(test.paid(), record{})), 1)
	d.leftOut += 2
	voided := shopOrder(65)
	d.send(orders, voided.shopify("authorized", voided.placed), 1)
	c := voided.charge(voided.paid(), record{"order_id": fmt.Sprint(voided.id())})
	c["captured"], c["amount_captured"] = false, 0
	d.send(payments, stripeEvent("uncaptured", "charge.succeeded", voided.placed, true, c), 1)
	d.send(orders, voided.shopify("voided", voided.placed.Add(2*time.Hour)), 1)
	// The lines go back to the shelf. What was only authorized is given up, and no money moves.
	moved := voided.placed.Add(2 * time.Hour)
	d.send("shopify.refunds.ndjson", record{
		"id": 509562000 + voided.number, "order_id": voided.id(), "created_at": moved.Format(time.RFC3339), "processed_at": moved.Format(time.RFC3339), "order_adjustments": []record{},
		"refund_line_items": []record{{"id": 104689000 + voided.number, "line_item_id": voided.id()*10 + 1, "quantity": voided.quantity, "subtotal": cents(voided.net()), "subtotal_set": shopMoney(voided.net()),
			"total_tax": cents(voided.tax)}},
		"transactions": []record{{"id": 389404000 + voided.number, "kind": "void", "status": "success", "gateway": "stripe", "test": false, "amount": cents(voided.paid()), "currency": "USD"}},
	}, 1)
	d.leftOut += 4 // never paid, so never an order
}

const ourPage = "105020000000001"

// talk is a day on the page, in its messages and at the help desk.
func (d *shopDay) talk() {
	const file = "meta.webhooks.ndjson"
	post := ourPage + "_777"
	envelope := func(changes ...record) record {
		return record{"object": "page", "entry": []record{{"id": ourPage, "time": minute(1).Unix(), "changes": changes}}}
	}
	feed := func(from, item, verb string, at int, more record) record {
		value := record{"from": record{"id": from, "name": "Somebody"}, "post_id": post, "created_time": minute(at).Unix(), "item": item, "verb": verb, "published": true}
		for k, v := range more {
			value[k] = v
		}
		return record{"field": "feed", "value": value}
	}
	person := func(n int) string { return fmt.Sprintf("24000000000000%03d", n) }
	d.send(file, envelope(feed(ourPage, "photo", "add", 1, record{"photo_id": "5"})), 1)
	for n := range 12 {
		comment := fmt.Sprintf("777_%d", n)
		d.send(file, envelope(
			feed(person(n), "comment", "add", 10+n, record{"comment_id": comment, "parent_id": post, "message": fmt.Sprintf("Is number %d in stock?", n)}),
			feed(person(n), "reaction", "add", 11+n, record{"reaction_type": "love"}),
		), 1+n%6/5)
		if n < 8 {
			d.send(file, envelope(feed(ourPage, "comment", "add", 40+n, record{"comment_id": comment + "_1", "parent_id": comment, "message": fmt.Sprintf("Number %d is, and ships today.", n)})), 1)
		}
	}
	d.send(file, envelope(feed(person(3), "reaction", "remove", 90, record{"reaction_type": "love"})), 1)
	d.send(file, envelope(feed(person(4), "comment", "hide", 91, record{"comment_id": "777_4", "parent_id": post})), 1)
	d.leftOut++
	d.send(file, envelope(feed(person(50), "like", "add", 92, record{"post_id": nil})), 1)
	for n := range 6 {
		ask := record{"sender": record{"id": person(100 + n)}, "recipient": record{"id": ourPage}, "timestamp": minute(200 + n).UnixMilli(), "message": record{"mid": fmt.Sprintf("m_%d", n), "text": "Hello?"}}
		answer := record{"sender": record{"id": ourPage}, "recipient": record{"id": person(100 + n)}, "timestamp": minute(215 + n).UnixMilli(),
			"message": record{"mid": fmt.Sprintf("m_%d_1", n), "is_echo": true, "text": "Good morning, how can we help?", "reply_to": record{"mid": fmt.Sprintf("m_%d", n)}}}
		d.send(file, record{"object": "page", "entry": []record{{"id": ourPage, "time": minute(220).UnixMilli(), "messaging": []record{ask, answer}}}}, 1)
	}
	d.tickets()
}

func (d *shopDay) tickets() {
	const file = "zendesk.events.ndjson"
	ticket := func(n, at int, kind, actor string, comment record) record {
		what := record{}
		if comment != nil {
			what["comment"] = comment
		}
		requester := fmt.Sprint(9447388090500 + n)
		return record{"account_id": 22129848, "id": fmt.Sprintf("2b24ef10-19d3-4740-93cf-%06d%06d", n, at), "subject": fmt.Sprintf("zen:ticket:%d", 5000+n), "time": minute(at).UTC().Format(time.RFC3339),
			"type": "zen:event-type:ticket." + kind, "zendesk_event_version": "2022-11-06", "event": what,
			"detail": record{"id": fmt.Sprint(5000 + n), "actor_id": actor, "requester_id": requester, "submitter_id": requester, "is_public": true, "status": "OPEN", "via": record{"channel": "email"}}}
	}
	const agent = "8447388090494"
	for n := range 10 {
		requester := fmt.Sprint(9447388090500 + n)
		d.send(file, ticket(n, 300+n, "created", requester, nil), 1+n/9)
		said := record{"id": fmt.Sprint(9400 + n), "author": record{"id": agent, "is_staff": true}, "body": fmt.Sprintf("Dear customer %d, it is on its way.", n), "is_public": n != 7}
		d.send(file, ticket(n, 330+2*n, "comment_added", agent, said), 1)
		if n == 7 {
			d.leftOut++ // a note among agents
		}
	}
}

// advertise are two exports; each has a row that was restated a day later.
func (d *shopDay) advertise() {
	meta := func(campaign, id string, spend int, exported string) record {
		return record{"account_id": "1020", "account_currency": "USD", "campaign_id": id, "campaign_name": campaign, "date_start": "2026-03-02", "date_stop": "2026-03-02", "spend": cents(spend),
			"impressions": "50123", "clicks": "321", "actions": []record{{"action_type": "omni_purchase", "value": "31"}}, "action_values": []record{{"action_type": "omni_purchase", "value": "2410.55"}}, "exported_at": exported}
	}
	google := func(micros int, exported string) record {
		return record{"customer": record{"id": "123", "currencyCode": "USD"}, "campaign": record{"id": "19000000001", "name": "Brand"}, "segments": record{"date": "2026-03-02"},
			"metrics": record{"clicks": "41", "impressions": "1900", "costMicros": fmt.Sprint(micros), "conversions": 6.5, "conversionsValue": 599.95}, "exported_at": exported}
	}
	const first, restated = "2026-03-03T06:00:00Z", "2026-03-04T06:00:00Z"
	d.send("meta-ads.ndjson", meta("spring", "2385001", 12045, first), 1)
	d.send("meta-ads.ndjson", meta("spring", "2385001", 12100, restated), 1)
	d.send("meta-ads.ndjson", meta("spring video", "2385002", 8000, first), 1)
	d.send("google-ads.ndjson", google(31_250_000, first), 1)
	d.send("google-ads.ndjson", google(30_000_000, restated), 1)
	d.mediaCents = 12100 + 8000 + 3000
}

// books are the files of the finance department. Its total of March is that of the one day.
func (d *shopDay) books() {
	d.text("costs.csv", `entry_id,date,amount,currency,category,cost_center,activity,hours,delivery,booked_at
GL-6100,2026-03-02,264.00,USD,staff,CC-110,personal_reply,8,inhouse,2026-03-03T09:00:00Z
GL-6101,2026-03-02,19.90,USD,tools,CC-110,,,,2026-03-03T09:00:00Z
GL-6102,2026-03-02,75.00,USD,content,CC-200,,,agency,2026-03-03T09:00:00Z
GL-6102,2026-03-02,80.00,USD,content,CC-200,,,agency,2026-03-04T09:00:00Z
GL-6103,2026-03-02,(5.00),USD,content,CC-200,,,agency,2026-03-03T09:00:00Z
GL-6104,2026-03-02,,USD,content,CC-200,,,,2026-03-03T09:00:00Z
`)
	d.supportCents = 26400 + 1990
	d.text("ledger.csv", fmt.Sprintf("month,currency,net_revenue,market,closed,booked_at\n2026-03,USD,%s,US,yes,2026-04-05T09:00:00Z\n", cents(d.netCents)))
	d.text("products.csv", "sku,cost_of_goods,currency,starts_on\n")
	for _, g := range goods {
		d.text("products.csv", fmt.Sprintf("%s,%s,USD,2026-01-01\n", g.sku, cents(g.cost)))
	}
}
