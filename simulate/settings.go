package simulate

import (
	"bytes"
	"fmt"
	"strings"
)

// SettingsYAML is the tieback.yaml of this company: its calendar, own accounts
// and programs with the rules that match events to them.
func (c *Company) SettingsYAML() []byte {
	var b bytes.Buffer
	b.WriteString(`# Settings of Harbor & Pine, an invented retailer.
company: Harbor & Pine
reporting_currency: USD
time_zone: America/Chicago
fiscal_year_starts: 1
home_market: US
margin_rate: "0.40"
lookback_days: 30
credit_model: last_non_direct
suppress_below: 10
aliases: {twitter: x}
own_accounts:
`)
	for _, p := range platforms {
		fmt.Fprintf(&b, "  - {platform: %s, person: %s}\n", p.name, p.official)
		if p.care != p.official {
			fmt.Fprintf(&b, "  - {platform: %s, person: %s}\n", p.name, p.care)
		}
	}
	b.WriteString("programs:\n")
	w := world{size: c.size}
	for i := range programs {
		p := &programs[i]
		fmt.Fprintf(&b, "  - id: %s\n    name: %s\n    stage: %s\n", p.id, p.name, p.stage)
		fmt.Fprintf(&b, "    seed_budget: %q\n    hurdle: %q\n    reinvest: %q\n", w.seedBudget(i), p.hurdle, p.reinvest)
		fmt.Fprintf(&b, "    expected_costs: [%s]\n    match:\n", strings.Join(p.expected, ", "))
		if p.code != "" {
			fmt.Fprintf(&b, "      - {coupon: \"%s*\"}\n", p.code)
		}
		fmt.Fprintf(&b, "      - {utm_campaign: \"%s*\"}\n      - {campaign: \"%s*\"}\n", p.campaign, p.campaign)
		if i == events {
			b.WriteString("      - {venue: \"event-*\"}\n")
		}
		fmt.Fprintf(&b, "      - {cost_center: %s}\n", p.center)
	}
	return b.Bytes()
}
