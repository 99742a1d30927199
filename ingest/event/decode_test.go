package event_test

import (
	"strings"
	"testing"

	"tieback/ingest/event"
)

const monday = 1772446500_000000 // 2026-03-02T10:15:00Z

func decode(t *testing.T, m event.Message) (*event.Row, error) {
	t.Helper()
	if m.Timestamp == 0 {
		m.Timestamp = monday
	}
	var row event.Row
	err := (&event.Decoder{Aliases: map[string]string{"twitter": "x"}}).Decode(&m, &row)
	return &row, err
}

func field(t *testing.T, row *event.Row, name string) event.Value {
	t.Helper()
	i := row.Type.Field(name)
	if i < 0 {
		t.Fatalf("%s declares no field %s", row.Type.Name, name)
	}
	return row.Values[i]
}

func TestThreeFormsMeanTheSame(t *testing.T) {
	data := `"order_id":"O-77","customer":"c-5001","gross":"44.00","discount":4,"currency":"usd","cost_of_goods":18.5,"market":"US"`
	forms := map[string]event.Message{
		"flat":       {Value: []byte(`{"id":"o1","source":"shop","type":"sale.order","time":"2026-03-02T05:15:00-05:00",` + data + `}`)},
		"structured": {Value: []byte(`{"specversion":"1.0","data":{` + data + `},"id":"o1","source":"shop","type":"sale.order","time":"2026-03-02T10:15:00.000Z"}`)},
		"binary": {Value: []byte(`{` + data + `}`), Headers: []event.Header{
			{Key: "ce_specversion", Value: []byte("1.0")}, {Key: "ce_id", Value: []byte("o1")}, {Key: "ce_source", Value: []byte("shop")},
			{Key: "ce_type", Value: []byte("sale.order")}, {Key: "ce_time", Value: []byte("2026-03-02T10:15:00Z")}}},
	}
	for name, m := range forms {
		row, err := decode(t, m)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if string(row.ID) != "o1" || string(row.Source) != "shop" || row.OccurredAt != monday || row.Revision != monday {
			t.Errorf("%s: envelope %q %q %d %d", name, row.ID, row.Source, row.OccurredAt, row.Revision)
		}
		if got := field(t, row, "gross").Int; got != 440000 {
			t.Errorf("%s: gross %d ten-thousandths, want 440000", name, got)
		}
		if got := field(t, row, "cost_of_goods").Int; got != 185000 {
			t.Errorf("%s: cost of goods %d, want 185000", name, got)
		}
		if got := string(field(t, row, "currency").Text); got != "USD" {
			t.Errorf("%s: currency %q, want USD", name, got)
		}
		if row.UnknownFields != 0 {
			t.Errorf("%s: %d unknown fields, want 0", name, row.UnknownFields)
		}
	}
}

func TestWordsAreOpen(t *testing.T) {
	row, err := decode(t, event.Message{Value: []byte(`{"id":"e","type":"social.engagement","time":"2026-03-02T10:15:00Z","platform":" Twitter ","action":"Boost","mood":"fine"}`)})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(field(t, row, "platform").Text); got != "x" {
		t.Errorf("platform %q, want the alias x", got)
	}
	action := field(t, row, "action")
	if got := row.Type.Fields[row.Type.Field("action")].Values[action.Int]; got != "other" || row.OtherValues != 1 {
		t.Errorf("action %q with %d counted, want other and 1", got, row.OtherValues)
	}
	if row.UnknownFields != 1 {
		t.Errorf("%d unknown fields, want 1", row.UnknownFields)
	}
	if string(row.Source) != "default" {
		t.Errorf("source %q, want default", row.Source)
	}
}

func TestRevision(t *testing.T) {
	for text, want := range map[string]int64{`7`: 7, `"7"`: 7, `"2026-03-02T10:15:00Z"`: monday, `null`: monday} {
		row, err := decode(t, event.Message{Value: []byte(`{"id":"e","type":"privacy.erasure","time":"2026-03-02T10:15:00Z","revision":` + text + `,"person_kind":"customer","person":"c"}`)})
		if err != nil || row.Revision != want {
			t.Errorf("revision %s: %d, %v, want %d", text, row.Revision, err, want)
		}
	}
}

// TestInvalid names every way a message fails, with the code and the field the dead letter shows.
func TestInvalid(t *testing.T) {
	order := func(rest string) string {
		return `{"id":"o","type":"sale.order","time":"2026-03-02T10:15:00Z","order_id":"O","gross":"1","currency":"USD"` + rest + `}`
	}
	cases := []struct {
		value string
		code  event.Code
		field string
	}{
		{"\xff\xfe", event.NotUTF8, ""},
		{``, event.NotJSON, ""},
		{`{`, event.NotJSON, ""},
		{`{"id":"a"`, event.NotJSON, ""},
		{`{"id":"a",}`, event.NotJSON, ""},
		{`{'id':'a'}`, event.NotJSON, ""},
		{order("") + order(""), event.NotJSON, ""},
		{`nan`, event.NotJSON, ""},
		{`[]`, event.NotObject, ""},
		{`"order"`, event.NotObject, ""},
		{`null`, event.NotObject, ""},
		{strings.Repeat(`{"a":`, 20000) + `1` + strings.Repeat(`}`, 20000), event.NotJSON, ""},
		{`{"pad":"` + strings.Repeat("x", event.MaxMessageBytes) + `"}`, event.TooLarge, ""},
		{`{"specversion":"0.3","id":"a","type":"sale.order","time":"2026-03-02T10:15:00Z","data":{}}`, event.BadEnvelope, "specversion"},
		{`{"specversion":"1.0","id":"a","type":"sale.order","time":"2026-03-02T10:15:00Z"}`, event.BadEnvelope, "data"},
		{`{"specversion":"1.0","id":"a","type":"sale.order","time":"2026-03-02T10:15:00Z","data":"x"}`, event.BadEnvelope, "data"},
		{`{"id":"o","time":"2026-03-02T10:15:00Z"}`, event.MissingField, "type"},
		{`{"id":"o","type":"sale.gift","time":"2026-03-02T10:15:00Z"}`, event.UnknownType, "type"},
		{`{"id":"o","type":{},"time":"2026-03-02T10:15:00Z"}`, event.WrongKind, "type"},
		{`{"type":"sale.order","time":"2026-03-02T10:15:00Z"}`, event.MissingField, "id"},
		{`{"id":"","type":"sale.order","time":"2026-03-02T10:15:00Z"}`, event.MissingField, "id"},
		{`{"id":["o"],"type":"sale.order","time":"2026-03-02T10:15:00Z"}`, event.WrongKind, "id"},
		{`{"id":"` + strings.Repeat("i", event.MaxIDBytes+1) + `","type":"sale.order","time":"2026-03-02T10:15:00Z"}`, event.TooLarge, "id"},
		{`{"id":"o","type":"sale.order"}`, event.MissingField, "time"},
		{`{"id":"o","type":"sale.order","time":"2026-03-02"}`, event.BadTime, "time"},
		{`{"id":"o","type":"sale.order","time":"2026-03-02T10:15:00"}`, event.BadTime, "time"},
		{`{"id":"o","type":"sale.order","time":"2026-02-30T10:15:00Z"}`, event.BadTime, "time"},
		{`{"id":"o","type":"sale.order","time":"2026-03-02T25:15:00Z"}`, event.BadTime, "time"},
		{`{"id":"o","type":"sale.order","time":"0026-03-02T10:15:00Z"}`, event.BadTime, "time"},
		{`{"id":"o","type":"sale.order","time":1772446500}`, event.BadTime, "time"},
		{`{"id":"o","type":"sale.order","time":"2026-03-03T10:15:01Z"}`, event.TimeFuture, "time"},
		{`{"id":"o","type":"sale.order","time":"2026-03-02T10:15:00Z","recordedtime":"soon"}`, event.BadTime, "recordedtime"},
		{`{"id":"o","type":"sale.order","time":"2026-03-02T10:15:00Z","recordedtime":"2190-01-01T00:00:00Z"}`, event.TimeFuture, "recordedtime"},
		{`{"id":"o","type":"sale.order","time":"2026-03-02T10:15:00Z","revision":"later"}`, event.WrongKind, "revision"},
		{`{"id":"o","id":"p","type":"sale.order","time":"2026-03-02T10:15:00Z"}`, event.DuplicateField, "id"},
		{`{"id":"o","type":"sale.order","time":"2026-03-02T10:15:00Z","gross":"1","currency":"USD"}`, event.MissingField, "order_id"},
		{`{"id":"o","type":"sale.order","time":"2026-03-02T10:15:00Z","order_id":null,"gross":"1","currency":"USD"}`, event.MissingField, "order_id"},
		{`{"id":"o","type":"sale.order","time":"2026-03-02T10:15:00Z","order_id":" ","gross":"1","currency":"USD"}`, event.MissingField, "order_id"},
		{order(`,"gross":"2"`), event.DuplicateField, "gross"},
		{order(`,"discount":"1,5"`), event.BadAmount, "discount"},
		{order(`,"discount":"12.34567"`), event.BadAmount, "discount"},
		{order(`,"discount":"1e-9"`), event.BadAmount, "discount"},
		{order(`,"discount":"1e999999"`), event.BadAmount, "discount"},
		{order(`,"discount":-1`), event.BadAmount, "discount"},
		{order(`,"discount":"100000000000000"`), event.BadAmount, "discount"},
		{order(`,"discount":` + strings.Repeat("9", 2000)), event.TooLarge, "discount"},
		{order(`,"discount":"NaN"`), event.BadAmount, "discount"},
		{order(`,"discount":"."`), event.BadAmount, "discount"},
		{order(`,"discount":"--1"`), event.BadAmount, "discount"},
		{order(`,"discount":true`), event.WrongKind, "discount"},
		{order(`,"market":{"code":"US"}`), event.WrongKind, "market"},
		{order(`,"cocreated":"perhaps"`), event.WrongKind, "cocreated"},
		{order(`,"market":"\ud800"`), event.NotUTF8, "market"},
		{order(`,"landing_url":"` + strings.Repeat("u", event.MaxTextBytes+1) + `"`), event.TooLarge, "landing_url"},
		{`{"id":"o","type":"sale.order","time":"2026-03-02T10:15:00Z","order_id":"O","gross":"1","currency":"US$"}`, event.BadCurrency, "currency"},
		{`{"id":"o","type":"sale.adjustment","time":"2026-03-02T10:15:00Z","order_id":"O","adjustment_id":"A","kind":"gift","amount":"1","currency":"USD"}`, event.UnknownValue, "kind"},
		{`{"id":"o","type":"fx.rate","time":"2026-03-02T10:15:00Z","base":"EUR","quote":"USD","rate":"1.1","date":"02.03.2026"}`, event.BadDate, "date"},
		{`{"id":"o","type":"ledger.total","time":"2026-03-02T10:15:00Z","starts_on":"2026-03-01","ends_before":"2026-03-01","currency":"USD","net_revenue":"1"}`, event.BadPeriod, "ends_before"},
		{`{"id":"o","type":"social.counter","time":"2026-03-02T10:15:00Z","platform":"x","metric":"likes","value":1.5}`, event.WrongKind, "value"},
		{`{"id":"o","type":"social.counter","time":"2026-03-02T10:15:00Z","platform":"x","metric":"likes","value":-3}`, event.BadAmount, "value"},
		{`{"id":"o","type":"social.counter","time":"2026-03-02T10:15:00Z","platform":"x","metric":"likes","value":99999999999999999999}`, event.WrongKind, "value"},
	}
	for _, c := range cases {
		_, err := decode(t, event.Message{Value: []byte(c.value)})
		shown := c.value
		if len(shown) > 120 {
			shown = shown[:120] + "…"
		}
		e := event.AsInvalid(err)
		if e == nil || e.Code != c.code || e.Field != c.field {
			t.Errorf("%s\n  got  %v\n  want %s %s", shown, err, c.code, c.field)
		}
	}
	if len(cases) < 40 {
		t.Errorf("%d kinds of broken events, want at least 40", len(cases))
	}
}

func TestAmountsAreExact(t *testing.T) {
	for text, want := range map[string]int64{
		`"0.1"`: 1000, `0.3`: 3000, `"1e2"`: 1000000, `1.5e-3`: 15, `"+7"`: 70000, `"12.340000000000000000000000000000"`: 123400,
		`"99999999999999.9999"`: 999999999999999999, `"0"`: 0, `".5"`: 5000, `"5."`: 50000, `"120e-5"`: 12, `"000000000000000000000000000001"`: 10000,
	} {
		row, err := decode(t, event.Message{Value: []byte(`{"id":"a","type":"cost.entry","time":"2026-03-02T10:15:00Z","amount":` + text + `,"currency":"USD","starts_on":"2026-03-01","ends_before":"2026-03-02","category":"media"}`)})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := field(t, row, "amount").Int; got != want {
			t.Errorf("%s: %d ten-thousandths, want %d", text, got, want)
		}
	}
	row, err := decode(t, event.Message{Value: []byte(`{"id":"a","type":"cost.entry","time":"2026-03-02T10:15:00Z","amount":"-2.5","currency":"USD","starts_on":"2026-03-01","ends_before":"2026-03-02","category":"media"}`)})
	if err != nil || field(t, row, "amount").Int != -25000 {
		t.Errorf("a credit note: %v, %v", row, err)
	}
}

func TestAnAllocationIsAnObjectOrItsText(t *testing.T) {
	const registered = `{"id":"p","type":"pilot.registered","time":"2026-03-02T10:15:00Z","pilot":"p","program":"q","unit":"person","control":"c","metric":"margin","starts_on":"2026-03-01","ends_before":"2026-03-02","allocation":`
	for written, want := range map[string]string{`{"c":0.5,"t":0.5}`: `{"c":0.5,"t":0.5}`, `"{\"c\":0.5}"`: `{"c":0.5}`} {
		row, err := decode(t, event.Message{Value: []byte(registered + written + `}`)})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(field(t, row, "allocation").Text); got != want {
			t.Errorf("%s: %s, want %s", written, got, want)
		}
	}
	if _, err := decode(t, event.Message{Value: []byte(registered + `"half"}`)}); event.AsInvalid(err) == nil || event.AsInvalid(err).Code != event.WrongKind {
		t.Errorf("a word as allocation: %v, want wrong_kind", err)
	}
}

func TestAddressesLoseWhatMayNameAPerson(t *testing.T) {
	for written, want := range map[string]string{
		"https://shop.example/p/tea?utm_source=x&email=jane@example.com&utm_campaign=spring#top": "https://shop.example/p/tea?utm_source=x&utm_campaign=spring",
		"https://jane:secret@shop.example/?session=1":                                            "https://shop.example/",
		"/p/tea?sid=7&UTM_SOURCE=X":                                                              "/p/tea?UTM_SOURCE=X",
		"https://l.facebook.com":                                                                 "https://l.facebook.com",
	} {
		row, err := decode(t, event.Message{Value: []byte(`{"id":"v","type":"web.visit","time":"2026-03-02T10:15:00Z","visitor":"v","landing_url":"` + written + `"}`)})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(field(t, row, "landing_url").Text); got != want {
			t.Errorf("%s\n  got  %s\n  want %s", written, got, want)
		}
	}
}

// A landing page keeps the click ids of ad platforms; one without a value says nothing, and a referrer keeps none.
func TestLandingPagesKeepClickIDs(t *testing.T) {
	row, err := decode(t, event.Message{Value: []byte(`{"id":"v","type":"web.visit","time":"2026-03-02T10:15:00Z","visitor":"v",` +
		`"landing_url":"https://shop.example/?FBCLID=a.1&sid=7&gclid=&utm_source=x&gclids=2","referrer":"https://l.facebook.com/?fbclid=a.1&utm_source=y"}`)})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"landing_url": "https://shop.example/?FBCLID=a.1&utm_source=x", "referrer": "https://l.facebook.com/?utm_source=y"} {
		if got := string(field(t, row, name).Text); got != want {
			t.Errorf("%s\n  got  %s\n  want %s", name, got, want)
		}
	}
}

func TestRatesHoldTwelveDecimals(t *testing.T) {
	row, err := decode(t, event.Message{Value: []byte(`{"id":"a","type":"fx.rate","time":"2026-03-02T10:15:00Z","base":"JPY","quote":"USD","rate":"9999999999999999.000000000061","date":"2026-03-02"}`)})
	if err != nil {
		t.Fatal(err)
	}
	// 9999999999999999000000000061 = 542101086 · 2^64 + 4477987020393345085 (Python integers).
	v := field(t, row, "rate")
	if v.High != 542101086 || uint64(v.Int) != 4477987020393345085 {
		t.Errorf("rate %d·2^64 + %d", v.High, uint64(v.Int))
	}
}
