package transform_test

import (
	"bytes"
	"testing"

	"tieback/ingest/event"
	"tieback/transform"
)

// TestSearchFindsPersonsInWhatIsBroken asks for one e-mail address, one customer, one phone number and two platform ids.
func TestSearchFindsPersonsInWhatIsBroken(t *testing.T) {
	secret, err := transform.NewSecret(bytes.Repeat([]byte{7}, transform.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	tokens := make(map[[16]byte]bool)
	for _, person := range [][2]string{{"email", "ann@example.org"}, {"customer", "c-7"}, {"facebook", "1098"}, {"x", "ann_7"}, {"phone", "+49 30 1234"}, {"customer", "gid://shop/7"}} {
		tokens[secret.Token(person[0], []byte(person[1]))] = true
	}
	search := transform.NewSearch(secret, tokens, []string{"facebook"}, map[string]string{"twitter": "x"})
	for _, c := range []struct {
		name            string
		message         event.Message
		named, readable bool
	}{
		{"a field", event.Message{Value: []byte(`{"type":"sale.order","gross":"ten","email":" Ann@Example.ORG "}`)}, true, true},
		{"an escape", event.Message{Value: []byte(`{"email":"ann\u0040example.org"}`)}, true, true},
		{"deep, as a number, on a platform of the company", event.Message{Value: []byte(`{"data":[{"from":{"id":1098}}]}`)}, true, true},
		{"a platform that only the message names, by its alias", event.Message{Value: []byte(`{"platform":"Twitter","person":"ann_7"}`)}, true, true},
		{"a field that stands twice", event.Message{Value: []byte(`{"customer":"c-7","customer":"c-8"}`)}, true, true},
		{"a phone number with blanks", event.Message{Value: []byte(`{"note":"0049 30 1234"}`)}, true, true},
		{"an id with slashes", event.Message{Value: []byte(`{"customer":"gid://shop/7"}`)}, true, true},
		{"within a text", event.Message{Value: []byte(`{"note":"please call <ann@example.org>, thanks"}`)}, true, true},
		{"in an address", event.Message{Value: []byte(`{"landing_url":"https://shop.example/?mail=ann@example.org&a=b"}`)}, true, true},
		{"text that is no JSON", event.Message{Value: []byte("id;mail\n1;ann@example.org\n")}, true, false},
		{"JSON that breaks off", event.Message{Value: []byte(`{"customer":"c-7","gross":`)}, true, false},
		{"bytes that are no text", event.Message{Value: []byte("\x00\xff c-7 \x00")}, true, false},
		{"the key", event.Message{Value: []byte(`{}`), Key: []byte("c-7")}, true, true},
		{"a header", event.Message{Value: []byte(`{}`), Headers: []event.Header{{Key: "user", Value: []byte("c-7")}}}, true, true},
		{"somebody else", event.Message{Value: []byte(`{"customer":"c-70","email":"joann@example.org","platform":"x","person":"1097"}`), Key: []byte("c-70")}, false, true},
		{"the same id where it is nobody's", event.Message{Value: []byte(`{"platform":"myspace","person":"ann_7"}`)}, false, true},
		{"nothing, which hides nobody", event.Message{Value: []byte{}}, false, true},
		{"noise", event.Message{Value: []byte("\x00\xff]]]}}}")}, false, false},
	} {
		named, readable := search.Names(&c.message)
		if named != c.named || readable != c.readable {
			t.Errorf("%s: named %t, readable %t; want %t, %t", c.name, named, readable, c.named, c.readable)
		}
	}
}

func BenchmarkSearchNames(b *testing.B) {
	secret, _ := transform.NewSecret(bytes.Repeat([]byte{7}, transform.KeyBytes))
	search := transform.NewSearch(secret, map[[16]byte]bool{{1}: true}, []string{"facebook", "instagram", "x", "tiktok", "youtube"}, nil)
	m := event.Message{Key: []byte("c-7"), Value: []byte(`{"id":"O-77@2","source":"shop","type":"sale.order","time":"2026-03-02T05:20:00-05:00","order_id":"O-77","customer":"c-5001","gross":"ten","discount":"4.00","currency":"USD","cost_of_goods":"18.50","market":"US","region":"Illinois","channel":"web","utm_source":"instagram","utm_campaign":"spring"}`)}
	for b.Loop() {
		if named, _ := search.Names(&m); named {
			b.Fatal("found nobody's")
		}
	}
}
