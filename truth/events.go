package truth

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/buger/jsonparser"

	"tieback/simulate"
)

// An event of the invented company, as the contract has it and without a line of what sent it. Only what the studies
// read is kept.
type event struct {
	id, source, kind                 string
	at                               time.Time
	date                             string // in the company's time zone, where the time is local
	revision                         int
	order, customer, visitor         string
	currency                         string
	gross, discount, amount, goods   int64 // hundredths
	variable                         int64
	goodsKnown                       bool
	sku, adjustment                  string
	quantity                         int64
	rate, confidence                 float64
	coupon, program, campaign, venue string
	mark                             string // utm source, referrer, click or what the customer said
	action, actor, platform, person  string
	a, b, aKind, method              string // the two ends of a link, and how it was made
	pilot, arm, unit, region         string
	covariate                        int64
}

// kinds are the types that are read.
var kinds = []string{"sale.order", "sale.line", "sale.adjustment", "product.cost", "fx.rate", "pilot.assigned", "web.visit", "social.engagement", "identity.link", "identity.unlink"}

// company plays a company of about as many events as wanted.
func company(r *rand.Rand, events int) (*books, *simulate.Truth, error) {
	c, err := simulate.NewCompany(simulate.Options{Seed: r.Uint64(), Events: events})
	if err != nil {
		return nil, nil, err
	}
	b := newBooks()
	seen := map[string]bool{}
	truth, err := c.Stream(context.Background(), func(_ string, line []byte) error {
		var e event
		// The source import sends broken lines, which the product sets aside.
		if !wanted(line) || bytes.Contains(line, []byte(`"source":"import"`)) {
			return nil
		}
		if err := e.read(line); err != nil {
			return fmt.Errorf("%w: %s", err, line)
		}
		if key := e.source + " " + e.id; !seen[key] { // the first of each counts
			seen[key] = true
			b.add(&e)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	b.close()
	return b, truth, nil
}

func wanted(line []byte) bool {
	_, kind, ok := bytes.Cut(line, []byte(`"type":"`))
	if !ok {
		return false
	}
	for _, k := range kinds {
		if bytes.HasPrefix(kind, []byte(k)) {
			return true
		}
	}
	return false
}

// read takes the fields of a flat line.
func (e *event) read(line []byte) error {
	e.revision = 1
	return jsonparser.ObjectEach(line, func(key, value []byte, _ jsonparser.ValueType, _ int) error {
		s := string(value)
		if to := e.text(string(key)); to != nil {
			*to = s
			return nil
		}
		var err error
		switch string(key) {
		case "time":
			if e.at, err = time.Parse(time.RFC3339, s); err == nil {
				e.date = s[:len(time.DateOnly)]
			}
		case "utm_source", "referrer", "click_id", "self_reported_source":
			e.mark = s
		case "campaign", "utm_campaign":
			e.campaign = s
		case "gross":
			e.gross, err = cents(s)
		case "discount":
			e.discount, err = cents(s)
		case "amount":
			e.amount, err = cents(s)
		case "covariate":
			e.covariate, err = cents(s)
		case "cost_of_goods":
			e.goodsKnown = true
			e.goods, err = cents(s)
		case "variable_cost":
			e.variable, err = cents(s)
		case "revision":
			e.revision, err = strconv.Atoi(s)
		case "quantity":
			e.quantity, err = strconv.ParseInt(s, 10, 64)
		case "rate":
			e.rate, err = strconv.ParseFloat(s, 64)
		case "confidence":
			e.confidence, err = strconv.ParseFloat(s, 64)
		case "date":
			e.date = s
		}
		return err
	})
}

// text is the place of a field that is kept as it is.
func (e *event) text(key string) *string {
	switch key {
	case "id":
		return &e.id
	case "source":
		return &e.source
	case "type":
		return &e.kind
	case "order_id":
		return &e.order
	case "customer":
		return &e.customer
	case "visitor":
		return &e.visitor
	case "currency":
		return &e.currency
	case "sku":
		return &e.sku
	case "kind":
		return &e.adjustment
	case "coupon":
		return &e.coupon
	case "program":
		return &e.program
	case "venue":
		return &e.venue
	case "action":
		return &e.action
	case "actor":
		return &e.actor
	case "platform":
		return &e.platform
	case "person":
		return &e.person
	case "a":
		return &e.a
	case "b":
		return &e.b
	case "a_kind":
		return &e.aKind
	case "pilot":
		return &e.pilot
	case "arm":
		return &e.arm
	case "unit_id":
		return &e.unit
	case "region":
		return &e.region
	case "method":
		return &e.method
	}
	return nil
}

// cents reads a decimal of at most two places.
func cents(s string) (int64, error) {
	whole, part, _ := strings.Cut(s, ".")
	if len(part) > 2 {
		return 0, fmt.Errorf("%q has more than two places", s)
	}
	return strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
}
