package event

var (
	startsOn   = required("starts_on", Date, "first day")
	endsBefore = required("ends_before", Date, "day after the last day")
)

func moneyTypes() []*Type {
	return []*Type{
		{
			Name: "cost.entry", Topic: "tieback.business",
			Doc: "Money spent on social work, spread evenly over its days.",
			Key: []string{"source", "entry_id"},
			Fields: []Field{
				required("amount", Money, "what was spent; a credit note is negative"),
				currency, startsOn, endsBefore,
				required("category", Word, "media, staff, agency, tools, content, incentives, space, training, compliance, overhead"),
				optional("entry_id", Text, "id in the books; entries without one stand for themselves"),
				program,
				optional("cost_center", Name, "cost center, for the rules of the settings"),
				optional("platform", Word, "the platform it was spent on"),
				venue, campaign, market, region,
				optional("activity", Word, "personal_reply, promotion, listening, content, moderation, community"),
				optional("hours", Money, "hours worked").positive(),
				enum("delivery", "who did the work", "inhouse", "agency", "volunteer"),
				optional("ledger_ref", Text, "the entry in the books"),
			},
		},
		{
			Name: "ledger.total", Topic: "tieback.business",
			Doc: "What the books say the net revenue of a period was.",
			Key: []string{"starts_on", "ends_before", "currency", "market"},
			Fields: []Field{
				startsOn, endsBefore, currency,
				required("net_revenue", Money, "gross less discounts less adjustments booked in the period"),
				market,
				optional("closed", Bool, "the period is closed in the books"),
			},
		},
		{
			Name: "fx.rate", Topic: "tieback.business",
			Doc: "The price of one unit of a currency in another on a day.",
			Key: []string{"base", "quote", "date"},
			Fields: []Field{
				required("base", Currency, "one unit of this"),
				required("quote", Currency, "costs so many of these"),
				required("rate", Rate, "the price").positive(),
				required("date", Date, "the day; it holds until the next one"),
			},
		},
		{
			Name: "plan.target", Topic: "tieback.business",
			Doc: "What was planned for a figure in a period.",
			Key: []string{"figure", "starts_on", "ends_before", "currency", "program", "market"},
			Fields: []Field{
				required("figure", Word, "net_revenue, margin, spend"),
				startsOn, endsBefore,
				required("amount", Money, "the planned amount"),
				optional("currency", Currency, "its currency, where it is money"),
				program, market,
			},
		},
		{
			Name: "series.value", Topic: "tieback.business",
			Doc: "The value of an outside series on a day.",
			Key: []string{"series", "date", "market"},
			Fields: []Field{
				required("series", Word, "price index, unemployment"),
				required("date", Date, "the day"),
				required("value", Rate, "the value"),
				market,
			},
		},
		{
			Name: "program.policy", Topic: "tieback.business",
			Doc: "How much a program may spend ahead of what it has earned.",
			Key: []string{"program"},
			Fields: []Field{
				required("program", Name, "the program"),
				required("seed_budget", Money, "what may be spent before anything is earned").positive(),
				currency,
				optional("reinvest", Rate, "share of earned margin that may be spent again, 0 to 1; default 1").positive(),
				optional("hurdle", Rate, "return a program must exceed; default 0"),
				enum("stage", "where it stands", "feasibility", "strategy", "pilot", "scale", "integrate"),
			},
		},
	}
}
