package event

// Fields that several types share, so that each has one sentence.
var (
	program  = optional("program", Name, "the program it belongs to; absent: the rules of the settings decide")
	campaign = optional("campaign", Name, "the campaign within the program")
	market   = optional("market", Name, "country, ISO 3166-1 alpha-2")
	region   = optional("region", Name, "free text below the market: state, district, catchment")
	language = optional("language", Name, "language of the text, BCP 47")
	venue    = optional("venue", Word, "page, group, community or place; absent: the platform")
)

func socialTypes() []*Type {
	return []*Type{
		{
			Name: "social.engagement", Topic: "tieback.social",
			Doc: "One person did one thing to another on a platform.",
			Fields: []Field{
				required("platform", Word, "where it happened"),
				enum("action", "what was done; an unknown word is stored as other and counted",
					"view", "click", "like", "share", "save", "comment", "reply", "mention", "message", "review",
					"follow", "unfollow", "answer", "referral", "visit", "other").must().otherwise("other"),
				token("person", "@platform", "the person outside the company, scoped to the platform"),
				enum("direction", "inbound: person to company (default); outbound: company to person", "inbound", "outbound"),
				enum("actor", "who acted", "customer", "employee", "brand", "agency", "bot", "unknown"),
				venue,
				optional("content_id", Name, "the post, video or page it is about"),
				optional("thread_id", Ref, "the conversation it belongs to"),
				optional("in_reply_to", Ref, "id of the event it answers, of the same source"),
				optional("crosspost_of", Name, "content this is a copy of, from another platform"),
				program, campaign, market, region, language,
				optional("personal", Bool, "written for one person; absent: derived for outbound replies"),
				optional("promotional", Bool, "advertises something"),
				optional("paid", Bool, "came through paid distribution; absent: no"),
				optional("undo", Bool, "withdraws the latest earlier one of the same platform, person, action and content"),
				token("text_hash", "text", "hash of the normalized text, to find repeated replies; the text itself is never sent"),
			},
		},
		{
			Name: "social.content", Topic: "tieback.social",
			Doc: "A post, video or page was published or its description changed.",
			Key: []string{"platform", "content_id"},
			Fields: []Field{
				required("platform", Word, "where it was published"),
				required("content_id", Name, "the platform's id of it"),
				venue, program, campaign, market, language,
				optional("format", Word, "video, photo, link, text"),
				optional("promotional", Bool, "advertises something"),
				enum("author", "who made it", "brand", "employee", "agency", "customer"),
			},
		},
		{
			Name: "social.counter", Topic: "tieback.social",
			Doc: "A platform showed a cumulative count at a moment; a count that falls is a reset.",
			Fields: []Field{
				required("platform", Word, "whose counter it is"),
				required("metric", Word, "likes, comments, shares, views, impressions, reach, followers"),
				required("value", Int, "cumulative count at the time of the event").positive(),
				optional("content_id", Name, "the content counted; absent: the venue or account"),
				venue, program, campaign, market, region,
			},
		},
		{
			Name: "web.visit", Topic: "tieback.social",
			Doc: "Somebody came to the company's own site.",
			Fields: []Field{
				token("visitor", "visitor", "the site's own visitor id").must(),
				token("customer", "customer", "the customer, where the visitor is logged in"),
				optional("landing_url", URL, "first page of the visit, with its query").withClickIDs(),
				optional("referrer", URL, "the page before it"),
				optional("utm_source", Name, "utm_source; absent: read from landing_url"),
				optional("utm_medium", Name, "utm_medium; absent: read from landing_url"),
				optional("utm_campaign", Name, "utm_campaign; absent: read from landing_url"),
				optional("click_id", Text, "click id of an ad platform; absent: read from landing_url"),
				market, region,
			},
		},
		{
			Name: "platform.claim", Topic: "tieback.social",
			Doc: "What a platform says it brought in a period.",
			Key: []string{"platform", "program", "campaign", "starts_on", "ends_before", "currency"},
			Fields: []Field{
				required("platform", Word, "who claims"),
				required("starts_on", Date, "first day of the period"),
				required("ends_before", Date, "day after the last day of the period"),
				optional("conversions", Money, "claimed conversions; platforms report fractions").positive(),
				optional("conversions_value", Money, "claimed value of the conversions"),
				optional("spend", Money, "what the platform billed").positive(),
				optional("currency", Currency, "currency of value and spend; absent: the reporting currency"),
				program, campaign,
			},
		},
		{
			Name: "platform.shock", Topic: "tieback.social",
			Doc: "A platform changed its rules, price, interface or was out of order.",
			Fields: []Field{
				required("platform", Word, "which platform"),
				enum("kind", "what changed", "api", "price", "policy", "algorithm", "outage").must(),
				optional("note", Text, "one sentence for readers of the report"),
			},
		},
	}
}
