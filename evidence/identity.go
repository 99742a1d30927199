package evidence

import (
	"context"

	"tieback/warehouse"
)

// identityReads are what both identity models read.
var identityReads = []string{"stg_identity_links", "stg_identity_unlinks", "stg_visits", "stg_orders", "stg_settings"}

// identities resolves tokens into persons.
//
// A person is a connected component of links. Links are taken in a fixed order: the most certain first, then the
// earliest, then by id. A link that would join two customers is set aside: a person has one customer id at
// most. Links below the configured confidence and links that were withdrawn later take no part.
func identities() warehouse.Model {
	return warehouse.Model{
		Name: "int_identities_resolved", Layer: warehouse.Intermediate,
		Sentence: "the person to which each token belongs.",
		Grain:    []string{"token"}, Reads: identityReads,
		Columns: []warehouse.Column{
			{Name: "token", Type: "uuid"}, {Name: "person_id", Type: "uuid"}, {Name: "customer_id", Type: "uuid"},
			{Name: "linked_without_order", Type: "boolean"},
		},
		Rows: func(ctx context.Context, in *warehouse.Reader, emit func(...any) error) error {
			g, err := readGraph(ctx, in)
			if err != nil {
				return err
			}
			for i, token := range g.tokens {
				root := g.find(i)
				customer, person := g.customer[root], g.smallest[root]
				var customerID any
				if customer >= 0 {
					customerID, person = g.tokens[customer], customer
				}
				if err := emit(token, g.tokens[person], customerID, g.early[i]); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// linksSetAside lists the links that would have joined two customers.
func linksSetAside() warehouse.Model {
	return warehouse.Model{
		Name: "int_links_set_aside", Layer: warehouse.Intermediate,
		Sentence: "links that would have joined two customers, and were not used.",
		Grain:    []string{"a", "b"}, Reads: identityReads,
		Columns: []warehouse.Column{{Name: "a", Type: "uuid"}, {Name: "b", Type: "uuid"}, {Name: "method", Type: "varchar"}},
		Rows: func(ctx context.Context, in *warehouse.Reader, emit func(...any) error) error {
			g, err := readGraph(ctx, in)
			if err != nil {
				return err
			}
			for _, l := range g.aside {
				if err := emit(l.a, l.b, l.method); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// linkQuery lists usable links, one row a pair, in the order in which they are taken; those that need no order first.
const linkQuery = `
with stated as (
    select a, b, a_kind = 'customer' as a_is_customer, b_kind = 'customer' as b_is_customer, coalesce(method, 'declared') as method,
        coalesce(confidence, case when method = 'probabilistic' then 0.5 else 1 end) as confidence, occurred_at, id
    from stg_identity_links
    union all
    select visitor, customer, false, true, 'login', 1, occurred_at, id
    from stg_visits
    where customer is not null and visitor is not null
    union all
    select customer, email, true, false, 'order_match', 1, occurred_at, id
    from stg_orders
    where customer is not null and email is not null
    union all
    select customer, visitor, true, false, 'order_match', 1, occurred_at, id
    from stg_orders
    where customer is not null and visitor is not null
    union all
    select email, visitor, false, false, 'order_match', 1, occurred_at, id
    from stg_orders
    where customer is null and email is not null and visitor is not null
),
standing as (
    select stated.*
    from stated
    cross join stg_settings
    left join stg_identity_unlinks as unlinks
        on ((stated.a = unlinks.a and stated.b = unlinks.b) or (stated.a = unlinks.b and stated.b = unlinks.a))
        and unlinks.occurred_at >= stated.occurred_at
    where unlinks.id is null and stated.confidence >= stg_settings.identity_min_confidence and stated.a <> stated.b
),
ranked as (
    select
        *,
        row_number() over (
            partition by least(cast(a as varchar), cast(b as varchar)), greatest(cast(a as varchar), cast(b as varchar))
            order by case when method = 'order_match' then 1 else 0 end, confidence desc, occurred_at, id
        ) as choice
    from standing
)
select cast(a as varchar), cast(b as varchar), a_is_customer, b_is_customer, method
from ranked
where choice = 1
order by case when method = 'order_match' then 1 else 0 end, confidence desc, occurred_at, id, 1, 2`

type link struct{ a, b, method string }

// graph is a union-find over tokens.
type graph struct {
	tokens   []string
	index    map[string]int
	parent   []int
	customer []int // of a root: the customer token, -1 if none
	smallest []int // of a root: the token that sorts first
	early    []bool
	aside    []link
}

func newGraph() *graph { return &graph{index: make(map[string]int)} }

func readGraph(ctx context.Context, in *warehouse.Reader) (*graph, error) {
	g := newGraph()
	byOrder := false
	err := in.Each(ctx, linkQuery, func(v []any) error {
		l := link{text(v[0]), text(v[1]), text(v[4])}
		if l.method == "order_match" && !byOrder {
			byOrder = true
			g.markEarly()
		}
		a, b := g.node(l.a, yes(v[2])), g.node(l.b, yes(v[3]))
		if !g.union(a, b) {
			g.aside = append(g.aside, l)
		}
		return nil
	})
	if !byOrder {
		g.markEarly()
	}
	for len(g.early) < len(g.tokens) {
		g.early = append(g.early, false)
	}
	return g, err
}

// node returns the place of a token, which is new or known.
func (g *graph) node(token string, isCustomer bool) int {
	i, ok := g.index[token]
	if !ok {
		i = len(g.tokens)
		g.index[token] = i
		g.tokens = append(g.tokens, token)
		g.parent = append(g.parent, i)
		g.customer = append(g.customer, -1)
		g.smallest = append(g.smallest, i)
	}
	if isCustomer {
		if root := g.find(i); g.customer[root] < 0 {
			g.customer[root] = i
		}
	}
	return i
}

func (g *graph) find(i int) int {
	for g.parent[i] != i {
		g.parent[i] = g.parent[g.parent[i]]
		i = g.parent[i]
	}
	return i
}

// union joins two components, unless that would give a person two customers.
func (g *graph) union(a, b int) bool {
	a, b = g.find(a), g.find(b)
	if a == b {
		return true
	}
	if g.customer[a] >= 0 && g.customer[b] >= 0 {
		return false
	}
	g.parent[b] = a
	if g.customer[a] < 0 {
		g.customer[a] = g.customer[b]
	}
	if g.tokens[g.smallest[b]] < g.tokens[g.smallest[a]] {
		g.smallest[a] = g.smallest[b]
	}
	return true
}

// markEarly notes which tokens belong to a customer before any order's own link is used.
func (g *graph) markEarly() {
	for i := range g.tokens {
		g.early = append(g.early, g.customer[g.find(i)] >= 0)
	}
}
