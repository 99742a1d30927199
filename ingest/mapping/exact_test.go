package mapping_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"tieback/ingest/event"
	"tieback/ingest/mapping"
)

// exactCase is a place in a sample record that holds an amount or an id, and the field of an event that must hold it exactly.
type exactCase struct {
	name, sample string
	// from is what stands in the record, to is the record with %s in its place.
	from, to         string
	eventType, field string
	// wanted is the field's value for a decimal, in units of 10^-places; nil: the decimal itself.
	wanted func(*big.Rat) *big.Rat
	places int
}

func plus(n string) func(*big.Rat) *big.Rat {
	add, _ := new(big.Rat).SetString(n)
	return func(r *big.Rat) *big.Rat { return new(big.Rat).Add(r, add) }
}

// amounts are checked with random decimals of up to four places, written as numbers and as texts.
var amounts = []exactCase{
	{name: "shopify-orders", sample: "amounts as numbers, ids beyond 64 bits", from: `"price":10.10,"price_set"`, to: `"price":%s,"price_set"`, eventType: "sale.line", field: "gross",
		wanted: func(r *big.Rat) *big.Rat { return new(big.Rat).Mul(r, big.NewRat(3, 1)) }},
	{name: "shopify-orders", sample: "amounts as numbers, ids beyond 64 bits", from: `"total_tax":0.30`, to: `"total_tax":%s`, eventType: "sale.order", field: "tax"},
	{name: "shopify-refunds", sample: "one of two lamps, again", from: `"amount":"19.53"`, to: `"amount":%s`, eventType: "sale.adjustment", field: "amount", wanted: plus("-1.53")},
	{name: "segment", sample: "order completed, again", from: `"subtotal":22.50`, to: `"subtotal":%s`, eventType: "sale.order", field: "gross", wanted: plus("2.50")},
	{name: "segment", sample: "order completed, again", from: `"discount":2.5,`, to: `"discount":%s,`, eventType: "sale.order", field: "discount"},
	{name: "snowplow", sample: "a transaction of the e-commerce plugin", from: `"revenue":59.10`, to: `"revenue":%s`, eventType: "sale.order", field: "gross", wanted: plus("-8.95")},
	{name: "ga4", sample: "a purchase, sent twice by a reload", from: `"purchase_revenue":50.150000000000006`, to: `"purchase_revenue":%s`, eventType: "sale.order", field: "gross"},
	{name: "meta-ads", sample: "a day of a campaign, and restated", from: `"spend":"120.45"`, to: `"spend":%s`, eventType: "cost.entry", field: "amount"},
	{name: "google-ads", sample: "a day of a campaign; micros become decimals", from: `"conversionsValue":99.95`, to: `"conversionsValue":%s`, eventType: "platform.claim", field: "conversions_value"},
	{name: "tiktok-ads", sample: "a day of a campaign", from: `"spend":"50.05"`, to: `"spend":%s`, eventType: "cost.entry", field: "amount"},
	{name: "linkedin-ads", sample: "a day of a campaign", from: `"costInLocalCurrency":"75.5"`, to: `"costInLocalCurrency":%s`, eventType: "platform.claim", field: "spend"},
	{name: "finance-costs", sample: "a day, a month, a credit note, a correction", from: `"amount":"1250.00"`, to: `"amount":%s`, eventType: "cost.entry", field: "amount"},
	{name: "finance-ledger", sample: "a month, closed; December; a quarter", from: `"net_revenue":"182340.55"`, to: `"net_revenue":%s`, eventType: "ledger.total", field: "net_revenue"},
}

// ids are checked with random whole numbers of up to 64 bits; minor with minor units.
var (
	ids = []exactCase{
		{name: "shopify-orders", sample: "amounts as numbers, ids beyond 64 bits", from: `"id":98765432109876543210`, to: `"id":%s`, eventType: "sale.order", field: "order_id"},
		{name: "shopify-orders", sample: "test order", from: `"test":true`, to: `"test":false,"checkout_id":%[1]s,"location_id":%[1]s`, eventType: "sale.order", field: "venue"},
		{name: "shopify-refunds", sample: "one of two lamps, again", from: `"order_id":820982911946154508,"created_at":"2026-03-09T10:00:01-05:00"`, to: `"order_id":%s,"created_at":"2026-03-09T10:00:01-05:00"`, eventType: "sale.adjustment", field: "order_id"},
		{name: "segment", sample: "without revenue: from the total; amounts as texts", from: `"order_id":9007199254740993`, to: `"order_id":%s`, eventType: "sale.order", field: "order_id"},
		{name: "gorgias", sample: "a customer, an agent, a rule", from: `"sender":{"id":9302,`, to: `"sender":{"id":%s,`, eventType: "social.engagement", field: "person"},
		{name: "x", sample: "posts and counters, twice", from: `"impression_count":9007199254740993`, to: `"impression_count":%s`, eventType: "social.counter", field: "value"},
	}
	minor = []exactCase{
		{name: "stripe", sample: "a charge, again, and updated with its fee", from: `"amount_captured":1050`, to: `"amount_captured":%s`, eventType: "sale.order", field: "gross", places: 2},
		{name: "stripe", sample: "two refunds, the second fails", from: `"amount":500`, to: `"amount":%s`, eventType: "sale.adjustment", field: "amount", places: 2},
		{name: "stripe-charges", sample: "listed: the cumulative amount under one key", from: `"amount_refunded":0`, to: `"amount_refunded":%s`, eventType: "sale.adjustment", field: "amount", places: 2},
		{name: "stripe-charges", sample: "yen and dinar", from: `"amount_captured":4980`, to: `"amount_captured":%s`, eventType: "sale.order", field: "gross"},
		{name: "google-ads", sample: "yen", from: `"costMicros":"4980000000"`, to: `"costMicros":"%s00"`, eventType: "cost.entry", field: "amount", places: 4},
	}
)

// record is the case's sample with a value in its place.
func (c exactCase) record(t *testing.T, value string) []byte {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/" + c.name + ".txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		if f.Name != c.sample+": in" {
			continue
		}
		first, _, _ := bytes.Cut(f.Data, []byte("\n"))
		if !bytes.Contains(first, []byte(c.from)) {
			t.Fatalf("%s: the sample %q does not hold %s", c.name, c.sample, c.from)
		}
		return []byte(strings.Replace(string(first), c.from, fmt.Sprintf(c.to, value), 1))
	}
	t.Fatalf("%s has no sample %q", c.name, c.sample)
	return nil
}

// field is the text of the field in the first event of the type that sets it.
func (c exactCase) fieldOf(t *testing.T, r mapping.Result) string {
	t.Helper()
	for _, text := range r.Events {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var object map[string]any
		if err := decoder.Decode(&object); err != nil {
			t.Fatal(err)
		}
		if object["type"] == c.eventType && object[c.field] != nil && (c.eventType != "social.counter" || object["metric"] == "impressions") {
			return fmt.Sprint(object[c.field])
		}
	}
	t.Fatalf("%s: no %s has a %s: %+v", c.name, c.eventType, c.field, describe(r))
	return ""
}

func TestRandomDecimalsSurviveEveryMap(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, c := range amounts {
		w := worker(t, c.name)
		for range 200 {
			places := random.IntN(5)
			unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
			value := new(big.Rat).SetFrac(big.NewInt(10_000_000+random.Int64N(900_000_000_000)), unit)
			text := value.FloatString(places)
			written := text
			if random.IntN(2) == 0 || strings.Contains(c.from, `:"`) {
				written = `"` + text + `"`
			}
			got := c.fieldOf(t, w.Run(c.record(t, written)))
			if c.wanted == nil && got != text && c.name != "finance-costs" {
				t.Fatalf("%s: %s became %s", c.name, text, got)
			}
			want := value
			if c.wanted != nil {
				want = c.wanted(value)
			}
			if exact, ok := new(big.Rat).SetString(got); !ok || exact.Cmp(want) != 0 {
				t.Fatalf("%s: %s of %s is %s, want %s", c.name, c.field, text, got, want.FloatString(6))
			}
		}
	}
}

func TestRandomIDsSurviveEveryMap(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, c := range ids {
		w := worker(t, c.name)
		for range 200 {
			id := fmt.Sprint(random.Uint64() >> (random.IntN(2) * random.IntN(40)))
			if got := c.fieldOf(t, w.Run(c.record(t, id))); strings.TrimPrefix(got, "location-") != id {
				t.Fatalf("%s: %s of %s is %s", c.name, c.field, id, got)
			}
		}
	}
	for _, c := range minor {
		w := worker(t, c.name)
		for range 200 {
			n := 1 + random.Int64N(1<<53)
			want := new(big.Rat).SetFrac(big.NewInt(n), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.places)), nil)).FloatString(c.places)
			if got := c.fieldOf(t, w.Run(c.record(t, fmt.Sprint(n)))); got != want && c.name != "google-ads" || rat(got).Cmp(rat(want)) != 0 {
				t.Fatalf("%s: %d minor units are %s, want %s", c.name, n, got, want)
			}
		}
	}
}

func rat(text string) *big.Rat {
	r, _ := new(big.Rat).SetString(text)
	return r
}

// Each built-in map yields events of the contract only: no field that the type lacks.
func TestBuiltInMapsYieldDeclaredFieldsOnly(t *testing.T) {
	for _, name := range mapping.Names() {
		archive, err := txtar.ParseFile("testdata/" + name + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if strings.HasSuffix(f.Name, ": out") && strings.Contains(string(f.Data), "unknown fields") {
				t.Errorf("%s: %s:\n%s", name, f.Name, f.Data)
			}
		}
	}
}

// FuzzDecode compares the reading of records with encoding/json.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{`{"a":[1,2.50,-0,1e5,"x\u00e9\ud83d\ude00\ud800"],"b":{"c":null,"d":true,"":false}}`, `[]`, ` {} `, `"\""`, `01`, `1.`, `-`, `{"a":1,"a":2}`, `{"a" : [ ] , "b":{ } }`, "\"\u2028\""} {
		f.Add([]byte(text))
	}
	m, err := mapping.New("own.jq", `{id: "x", value: .}`)
	if err != nil {
		f.Fatal(err)
	}
	w, err := m.NewWorker()
	if err != nil {
		f.Fatal(err)
	}
	passing, err := mapping.New("own.jq", `{id: "x", value: .b?}`)
	if err != nil {
		f.Fatal(err)
	}
	lean, err := passing.NewWorker()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r := w.Run(text)
		if d := cmp.Diff(r.Fault, lean.Run(text).Fault); d != "" {
			t.Fatalf("%q read for a name and read whole:\n%s", text, d)
		}
		if r.Fault != nil {
			if json.Valid(text) && r.Fault.Code == event.NotJSON {
				t.Fatalf("%q is JSON, and the map says %v", text, r.Fault)
			}
			return
		}
		if !json.Valid(text) {
			t.Fatalf("%q is no JSON, and the map made %s", text, r.Events)
		}
		if d := cmp.Diff(read(t, text), read(t, r.Events[0]).(map[string]any)["value"]); d != "" && string(bytes.TrimSpace(text)) != "null" {
			t.Fatalf("%q\n%s", text, d)
		}
	})
}

// Small decimals are computed as apd computes them, to the last place that is written, and what is no small decimal is not.
func TestSmallDecimalsAreExact(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	odd := []any{"", "-", "-0", "0.00", "-0.00", "007.50", "5.", ".5", " 1 ", "1e3", "+1", "1.2.3", "x", nil, true, 0, -1, 1_000_000_000_000_000, -999_999_999_999_999, "999999999999999", "0.00000000000001", "99999999999999999999",
		json.Number("3000000000"), json.Number("3000000001"), json.Number("0.3000000001"), json.Number("1e-3"), new(big.Int).Lsh(big.NewInt(1), 70)}
	draw := func() any {
		if random.IntN(8) == 0 {
			return odd[random.IntN(len(odd))]
		}
		text := fmt.Sprint(random.Int64N(int64(math.Pow10(1 + random.IntN(17)))))
		if places := random.IntN(16); places > 0 {
			text = fmt.Sprintf("%s.%0*d", text, places, random.Int64N(int64(math.Pow10(places))))
		}
		if random.IntN(2) == 0 {
			text = "-" + text
		}
		if random.IntN(2) == 0 {
			return text
		}
		return json.Number(text)
	}
	for range 100_000 {
		a, b := draw(), draw()
		if quick, slow := mapping.Both(a, b); !reflect.DeepEqual(quick, slow) {
			t.Fatalf("%#v and %#v: %#v, want %#v", a, b, quick, slow)
		}
	}
}

// What a program does not name is passed over, and still has to be JSON: encoding/json says what is. Records change from one to the next, so
// that nothing of one may be seen in the next.
func TestWhatIsPassedOverIsChecked(t *testing.T) {
	m, err := mapping.New("own.jq", `{id: "x", a: .line_items, b: .customer.id, c: .note}`)
	if err != nil {
		t.Fatal(err)
	}
	once, err := m.NewWorker()
	if err != nil {
		t.Fatal(err)
	}
	archive, err := txtar.ParseFile("testdata/shopify-orders.txtar")
	if err != nil {
		t.Fatal(err)
	}
	samples := [][]byte{[]byte(`{"x":[{},[],[[]],{"y":{}},{"y":[1,2]},"\u00e9\\\"",-0.5e+7,true,false,null, {"z" : [ ] } ] , "note":"n"}`)}
	for _, f := range archive.Files {
		if first, _, _ := bytes.Cut(f.Data, []byte("\n")); strings.HasSuffix(f.Name, ": in") {
			samples = append(samples, first)
		}
	}
	random := rand.New(rand.NewPCG(3, 4))
	const bytesOfJSON = `{}[]",:\019.-+eEtrufalsn  ` + "\t\x01"
	records := make([][]byte, 20_000)
	broken := 0
	for i := range records {
		records[i] = bytes.Clone(samples[random.IntN(len(samples))])
		for range random.IntN(3) {
			at := random.IntN(len(records[i]))
			switch random.IntN(3) {
			case 0:
				records[i][at] = bytesOfJSON[random.IntN(len(bytesOfJSON))]
			case 1:
				records[i] = append(records[i][:at], records[i][at+1:]...)
			default:
				records[i] = records[i][:max(at, 1)]
			}
		}
	}
	made := make([]mapping.Result, len(records))
	once.RunEach(len(records), func(i int) []byte { return records[i] }, made)
	for i, text := range records {
		isJSON := json.Valid(text)
		if !isJSON {
			broken++
		}
		if saysSo := made[i].Fault == nil || made[i].Fault.Code != event.NotJSON; saysSo != isJSON {
			t.Fatalf("%s\nis JSON: %t; the map: %v", text, isJSON, describe(made[i]))
		}
		if !isJSON || made[i].Fault != nil || i%20 != 0 {
			continue
		}
		w, err := m.NewWorker()
		if err != nil {
			t.Fatal(err)
		}
		mapping.Whole(w)
		if d := cmp.Diff(describe(w.Run(text)), describe(made[i])); d != "" {
			t.Fatalf("%s\nread whole and read for its names:\n%s", text, d)
		}
	}
	if broken < len(records)/4 || broken > len(records)*3/4 {
		t.Fatalf("%d of %d records are broken", broken, len(records))
	}
}

// read reads JSON with numbers as texts; minus zero is zero.
func read(t *testing.T, text []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return withoutMinusZero(value)
}

func withoutMinusZero(value any) any {
	switch v := value.(type) {
	case json.Number:
		if v == "-0" {
			return json.Number("0")
		}
	case []any:
		for i := range v {
			v[i] = withoutMinusZero(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = withoutMinusZero(v[name])
		}
	}
	return value
}
