package event

var (
	personKind = required("person_kind", Word, "namespace of the person: a platform, customer, email, phone, member, visitor")
	person     = token("person", "@person_kind", "the person").must()
	aKind      = required("a_kind", Word, "namespace of a: a platform, customer, email, phone, member, visitor")
	a          = token("a", "@a_kind", "one identity").must()
	bKind      = required("b_kind", Word, "namespace of b")
	b          = token("b", "@b_kind", "the other identity").must()
	linkMethod = enum("method", "how it is known", "login", "declared", "email", "order_match", "probabilistic")
	confidence = optional("confidence", Rate, "0 to 1; absent: 1, for probabilistic 0.5").positive()
)

func peopleTypes() []*Type {
	return []*Type{
		{
			Name: "identity.link", Topic: "tieback.people",
			Doc:    "Two identities belong to one person.",
			Fields: []Field{aKind, a, bKind, b, linkMethod, confidence},
		},
		{
			Name: "identity.unlink", Topic: "tieback.people",
			Doc:    "Two identities do not belong to one person after all.",
			Fields: []Field{aKind, a, bKind, b, linkMethod, confidence},
		},
		{
			Name: "pilot.registered", Topic: "tieback.people",
			Doc: "A pilot was registered; what counts is what stood before it starts.",
			Key: []string{"pilot"},
			Fields: []Field{
				required("pilot", Name, "the pilot"),
				required("program", Name, "the program it tests"),
				enum("unit", "what is assigned", "person", "venue", "region", "market").must(),
				required("control", Name, "name of the control arm"),
				enum("metric", "what decides", "margin", "revenue", "orders").must(),
				startsOn, endsBefore,
				enum("assignment", "how units were assigned; default random", "random", "other"),
				enum("analysis", "fixed: decides once, when mature (default); sequential: may be looked at any time", "fixed", "sequential"),
				optional("allocation", Object, "arm to share, such as {\"control\": 0.5, \"treated\": 0.5}; default equal"),
				optional("hurdle", Rate, "return it must exceed; default the program's"),
				optional("planned_units", Int, "units planned over all arms").positive(),
				optional("minimum_effect", Money, "smallest effect a unit that matters"),
				optional("cost_per_unit", Money, "marginal cost of one treated unit").positive(),
				optional("currency", Currency, "of cost_per_unit and minimum_effect; absent: the reporting currency"),
				optional("hypothesis", Text, "one sentence"),
			},
		},
		{
			Name: "pilot.assigned", Topic: "tieback.people",
			Doc: "A unit was assigned to an arm; the first assignment of a unit stays.",
			Fields: []Field{
				required("pilot", Name, "the pilot"),
				{Name: "unit_id", Kind: Unit, Required: true, TokenKind: "customer", Doc: "the unit; a customer id where persons are assigned"},
				required("arm", Name, "the arm"),
				enum("unit", "what unit_id is; default person", "person", "venue", "region", "market"),
				optional("stratum", Name, "the stratum it was drawn in"),
				optional("covariate", Money, "the unit's metric before the pilot"),
			},
		},
		{
			Name: "consent.changed", Topic: "tieback.people",
			Doc: "A person gave or withdrew consent.",
			Fields: []Field{
				personKind, person,
				enum("purpose", "for what", "analytics", "contact").must(),
				required("granted", Bool, "given or withdrawn"),
			},
		},
		{
			Name: "privacy.erasure", Topic: "tieback.people",
			Doc:    "A person asked to be erased, with every identity linked to that person up to this time; what leads to the person goes, money and counts stay.",
			Fields: []Field{personKind, person},
		},
	}
}
