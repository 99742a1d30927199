package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// shopDay invents 2 March 2026 of one shop in the shapes of its vendors, and knows what is true of it without any map: what
// docs/examples/shop holds. Nothing in it is random.
type shopDay struct {
	files map[string]*bytes.Buffer
	lines map[string]int // messages by file, copies included

	// orders and payments count once, whatever was sent again; amounts in cents.
	orders, payments, withoutPayment                    int
	resent, leftOut, netCents, mediaCents, supportCents int
}

// record is a JSON object; its members are written in the order of their names.
type record = map[string]any

func (d *shopDay) send(file string, r record, times int) {
	line, err := json.Marshal(r)
	if err != nil {
		panic(err) // a record is made of maps, texts and numbers
	}
	for range times {
		d.text(file, string(line)+"\n")
	}
	d.lines[file] += times
	d.resent += times - 1
}

func (d *shopDay) text(file, text string) {
	if d.files[file] == nil {
		d.files[file] = &bytes.Buffer{}
	}
	d.files[file].WriteString(text)
}

func cents(n int) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }

// minute is a moment of the day, in the time zone of the shop as Shopify writes it.
func minute(n int) time.Time {
	return time.Date(2026, 3, 2, 8, 0, 0, 0, time.FixedZone("", -5*3600)).Add(time.Duration(n) * time.Minute)
}

var goods = []struct {
	sku         string
	price, cost int
}{{"LAMP-BLK", 2000, 700}, {"DESK-OAK", 18950, 9100}, {"BULB-3", 1225, 310}, {"CHAIR-GRY", 8900, 4200}}

// canceledAt is a field of an order.
const canceledAt = "cancelled_at" //nolint:misspell // Shopify spells it so

// sold is an order of the shop: cents, all known to the shop before a refund.
type sold struct {
	number, customer               int
	sku                            int
	quantity                       int
	gross, discount, tax, shipping int
	placed                         time.Time
	test, register, elsewhere      bool
}

func (o *sold) id() int      { return 5300000000000 + o.number }
func (o *sold) net() int     { return o.gross - o.discount }
func (o *sold) paid() int    { return o.net() + o.tax + o.shipping }
func (o *sold) email() any   { return fmt.Sprintf("buyer%02d@example.com", o.customer) }
func (o *sold) name() string { return fmt.Sprintf("#%d", o.number) }

// shopOrder is the n-th order of the day: every fourth with a coupon, shipping below 75.00, tax 8.5 % rounded half up.
func shopOrder(n int) *sold {
	o := &sold{number: 1001 + n, customer: n % 40, sku: n % len(goods), quantity: 1 + n%3, placed: minute(7 * n)}
	o.gross = goods[o.sku].price * o.quantity
	if n%4 == 0 {
		o.discount = o.gross / 10
	}
	if o.net() < 7500 {
		o.shipping = 500
	}
	o.tax = (o.net()*85 + 500) / 1000
	o.register, o.elsewhere = n%10 == 9, n%12 == 5
	if o.register {
		o.shipping, o.elsewhere = 0, false
	}
	return o
}

func shopMoney(n int) record {
	side := record{"amount": cents(n), "currency_code": "USD"}
	return record{"shop_money": side, "presentment_money": side}
}

// shopify is the order as a webhook has it.
func (o *sold) shopify(status string, updated time.Time) record {
	line := record{
		"id": o.id()*10 + 1, "sku": goods[o.sku].sku, "title": goods[o.sku].sku, "price": cents(goods[o.sku].price), "quantity": o.quantity, "gift_card": false, "taxable": true,
		"variant_id": 808950810 + o.sku, "product_id": 632910392 + o.sku, "discount_allocations": []record{}, "tax_lines": []record{{"price": cents(o.tax), "rate": 0.085, "title": "State Tax"}},
	}
	r := record{
		"id": o.id(), "admin_graphql_api_id": fmt.Sprintf("gid://shopify/Order/%d", o.id()), "name": o.name(), "order_number": o.number, "currency": "USD", "test": o.test,
		"created_at": o.placed.Format(time.RFC3339), "processed_at": o.placed.Format(time.RFC3339), "updated_at": updated.Format(time.RFC3339), canceledAt: nil,
		"financial_status": status, "source_name": "web", "location_id": nil, "taxes_included": false, "total_tax": cents(o.tax), "total_price": cents(o.paid()),
		"total_shipping_price_set": shopMoney(o.shipping), "shipping_lines": []record{}, "discount_codes": []record{}, "line_items": []record{line}, "refunds": []record{},
		"email": o.email(), "contact_email": o.email(), "customer": record{"id": 115310627314000 + o.customer, "email": o.email(), "state": "enabled"},
		"payment_gateway_names": []string{"stripe"}, "landing_site": "/", "referring_site": nil, "shipping_address": record{"country_code": "US", "province": "Illinois"},
	}
	if o.discount > 0 {
		line["discount_allocations"] = []record{{"amount": cents(o.discount), "discount_application_index": 0}}
		r["discount_codes"] = []record{{"code": "SPRING10", "amount": cents(o.discount), "type": "percentage"}}
	}
	if o.number%3 == 0 {
		r["landing_site"] = "/products/lamp?utm_source=meta&utm_medium=paid&utm_campaign=spring&fbclid=IwAR0x"
		r["referring_site"] = "https://l.instagram.com/"
	}
	if o.shipping > 0 {
		r["shipping_lines"] = []record{{"code": "Standard", "price": cents(o.shipping), "discounted_price": cents(o.shipping), "tax_lines": []record{}}}
	}
	if o.register {
		r["source_name"], r["location_id"] = "pos", 655441491
	}
	if o.elsewhere {
		r["payment_gateway_names"] = []string{"paypal"}
	}
	if status == "voided" {
		r[canceledAt] = updated.Format(time.RFC3339)
	}
	return r
}

// stripeEvent is a Stripe webhook around an object.
func stripeEvent(id, kind string, created time.Time, live bool, object record) record {
	return record{"id": "evt_" + id, "object": "event", "api_version": "2025-03-31.basil", "created": created.Unix(), "livemode": live, "pending_webhooks": 1,
		"request": record{"id": nil, "idempotency_key": nil}, "type": kind, "data": record{"object": object}}
}

// charge is the payment of an order; amount may differ from what the shop says.
func (o *sold) charge(amount int, metadata record) record {
	c := record{
		"id": fmt.Sprintf("ch_%d", o.number), "object": "charge", "amount": amount, "amount_captured": amount, "amount_refunded": 0, "captured": true, "created": o.placed.Unix() + 4,
		"currency": "usd", "customer": fmt.Sprintf("cus_%02d", o.customer), "status": "succeeded", "paid": true, "refunded": false, "livemode": !o.test, "payment_intent": fmt.Sprintf("pi_%d", o.number),
		"balance_transaction": fmt.Sprintf("txn_%d", o.number), "billing_details": record{"email": o.email(), "address": record{"country": "US"}}, "metadata": metadata,
		"payment_method_details": record{"type": "card", "card": record{"brand": "visa", "last4": "4242"}}, "receipt_email": nil, "invoice": nil,
	}
	if o.register {
		c["payment_method_details"] = record{"type": "card_present", "card_present": record{"brand": "visa", "last4": "4242"}}
	}
	return c
}

// newShopDay invents the day.
func newShopDay() *shopDay {
	d := &shopDay{files: map[string]*bytes.Buffer{}, lines: map[string]int{}}
	for n := range 60 {
		d.sell(shopOrder(n))
	}
	d.refund(shopOrder(6), true)
	d.refund(shopOrder(8), false)
	d.refund(shopOrder(14), false)
	d.oddPayments()
	d.oddOrders()
	d.talk()
	d.advertise()
	d.books()
	return d
}

// sell sends an order with its copies and updates, and its payment.
func (d *shopDay) sell(o *sold) {
	const orders, payments = "shopify.orders.ndjson", "stripe.events.ndjson"
	n := o.number - 1001
	d.orders++
	d.netCents += o.net()
	d.send(orders, o.shopify("paid", o.placed.Add(5*time.Second)), 1+n%9/8) // every ninth twice
	if n%5 == 2 {
		updated := o.shopify("paid", o.placed.Add(time.Hour))
		updated["fulfillment_status"], updated["tags"] = "fulfilled", "packed"
		d.send(orders, updated, 1)
	}
	if o.elsewhere {
		d.withoutPayment++
		return
	}
	d.payments++
	metadata := record{"order_id": fmt.Sprint(o.id())}
	if n%20 == 3 {
		metadata = record{} // known by its buyer alone
	}
	charge := o.charge(o.paid(), metadata)
	d.send(payments, stripeEvent(fmt.Sprintf("%d_a", o.number), "charge.succeeded", o.placed.Add(5*time.Second), true, charge), 1+n%7/6)
	if n%6 == 0 {
		charge["balance_transaction"] = record{"id": fmt.Sprintf("txn_%d", o.number), "object": "balance_transaction", "currency": "usd", "fee": o.paid()*29/1000 + 30}
		d.send(payments, stripeEvent(fmt.Sprintf("%d_b", o.number), "charge.updated", o.placed.Add(9*time.Second), true, charge), 1)
	}
}

// refund gives back one piece of an order, or all of it with its shipping.
func (d *shopDay) refund(o *sold, whole bool) {
	quantity := 1
	if whole {
		quantity = o.quantity
	}
	net, tax := o.net()*quantity/o.quantity, o.tax*quantity/o.quantity
	back, moved := net+tax, o.placed.Add(5*time.Hour)
	r := record{
		"id": 509562000 + o.number, "order_id": o.id(), "created_at": moved.Format(time.RFC3339), "processed_at": moved.Format(time.RFC3339), "order_adjustments": []record{},
		"refund_line_items": []record{{"id": 104689000 + o.number, "line_item_id": o.id()*10 + 1, "quantity": quantity, "subtotal": cents(net), "subtotal_set": shopMoney(net), "total_tax": cents(tax)}},
	}
	if whole {
		back += o.shipping
		r["refund_shipping_lines"] = []record{{"id": 1, "subtotal_amount_set": shopMoney(o.shipping), "tax_amount_set": shopMoney(0)}}
	}
	r["transactions"] = []record{{"id": 389404000 + o.number, "kind": "refund", "status": "success", "gateway": "stripe", "test": false, "amount": cents(back), "currency": "USD"}}
	d.netCents -= net
	d.send("shopify.refunds.ndjson", r, 2)
	refund := record{"id": fmt.Sprintf("re_%d", o.number), "object": "refund", "amount": back, "charge": fmt.Sprintf("ch_%d", o.number), "created": moved.Unix(), "currency": "usd", "status": "succeeded"}
	d.send("stripe.events.ndjson", stripeEvent(fmt.Sprintf("%d_r", o.number), "refund.created", moved, true, refund), 1)
}

// write returns the files as they are kept.
func (d *shopDay) write(t *testing.T, folder string) {
	t.Helper()
	for name, content := range d.files {
		file := filepath.Join(folder, name)
		if *update {
			if err := os.WriteFile(file, content.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		kept, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(kept, content.Bytes()) {
			t.Errorf("%s is not what the invented day is; run: go test ./cmd/tieback -run TestADayOfTheShop -update", file)
		}
	}
	names, err := filepath.Glob(filepath.Join(folder, "*.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if d.files[filepath.Base(name)] == nil {
			t.Errorf("%s belongs to no part of the invented day", strings.TrimPrefix(name, folder))
		}
	}
}
