package warehouse

// purge says what one raw table does with an erased person.
type purge struct {
	table string
	// delete chooses the rows that are nothing without the person; change those that stay without, after set.
	// Conditions are true or false, never null.
	delete, change, set string
}

// either chooses all rows that hold an erased person.
func (p purge) either() string {
	if p.delete == "" {
		return p.change
	}
	if p.change == "" {
		return p.delete
	}
	return p.delete + " or " + p.change
}

// in says that a token is one of an erased person; null is not.
func in(token string) string {
	return "coalesce(" + token + " in (select token from meta.erased), false)"
}

// The person of a visit and of an order; staging takes the same.
const (
	visitPerson = "coalesce(customer, visitor)"
	orderPerson = "coalesce(customer, email, visitor)"
)

// purges lists every raw table that holds persons. Money, counts and what was done stay; what leads to the person goes:
//
//   - An engagement stays an activity of nobody. Its thread may be a private conversation, and what the person wrote is
//     theirs; the hash of what the company wrote stays, because it says whether others got the same.
//   - An order stays in the ledger. Of addresses the host stays, and utm_*; that there was a click stays, and not which.
//   - An order or visit of somebody else that carries an erased identity, such as a shared browser, loses that one.
//   - An erasure stays as the record that there was one; its token stands in meta.erased only.
var purges = []purge{
	{
		table: "social_engagement", change: in("person"),
		set: "person = null, thread_id = null, in_reply_to = null, text_hash = case when direction = 'outbound' then text_hash end",
	},
	{
		table: "web_visit", delete: in(visitPerson),
		change: in("visitor"), set: "visitor = null",
	},
	{
		table: "sale_order", change: in(orderPerson),
		set: `customer = null, email = null, visitor = null, subscription_id = null, click_id = case when click_id is not null then '(erased)' end,
			landing_url = regexp_replace(landing_url, '^([A-Za-z]+://[^/?#]+)?[^?#]*', '\1/'), referrer = regexp_replace(referrer, '(?s)^([A-Za-z]+://[^/?#]+)?.*', '\1/')`,
	},
	{table: "sale_order", change: in("email"), set: "email = null"},
	{table: "sale_order", change: in("visitor"), set: "visitor = null"},
	{table: "identity_link", delete: in("a") + " or " + in("b")},
	{table: "identity_unlink", delete: in("a") + " or " + in("b")},
	{table: "pilot_assigned", delete: "coalesce(unit, 'person') = 'person' and unit_id in (select cast(token as varchar) from meta.erased)"},
	{table: "consent_changed", delete: in("person")},
	{table: "privacy_erasure", change: in("person"), set: "person = null"},
}
