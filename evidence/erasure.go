package evidence

import (
	"context"
	"slices"
	"sort"
	"time"

	"tieback/warehouse"
)

// personsErased finds all identities of the persons who asked to be erased.
//
// An erasure names one identity, and means the person to whom it belonged at its time: links up to then, resolved by the same rule
// as everywhere (identities), so that nobody's erasure takes another customer along. An identity that is erased already leads on
// to what becomes known of the same time later; what happens after an erasure leads nowhere. So the result
// does not depend on the order in which events arrive, but for links that rank above one that was erased before they came.
// The company's own accounts are nobody's: they are not erased, and lead nowhere.
func personsErased() warehouse.Model {
	return warehouse.Model{
		Name: "int_persons_erased", Layer: warehouse.Intermediate, Erases: true,
		Sentence: "the tokens of erased persons, with the time up to which their links count.",
		Grain:    []string{"token"}, Reads: []string{"stg_erasures", "stg_identity_pairs", "stg_own_accounts", "stg_settings", "meta.erased"},
		Columns: []warehouse.Column{{Name: "token", Type: "uuid"}, {Name: "erased_at", Type: "timestamp"}, {Name: "of_customer", Type: "boolean"}},
		Rows: func(ctx context.Context, in *warehouse.Reader, emit func(...any) error) error {
			seeds, err := readSeeds(ctx, in)
			if err != nil {
				return err
			}
			links, err := readPairs(ctx, in)
			if err != nil {
				return err
			}
			erased := eraseAll(seeds, links)
			tokens := make([]string, 0, len(erased))
			for token := range erased {
				tokens = append(tokens, token)
			}
			sort.Strings(tokens)
			for _, token := range tokens {
				if err := emit(token, erased[token].at, erased[token].ofCustomer); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// seed is an identity that is to be erased, or is.
type seed struct {
	token string
	mark
}

// mark says up to when the links of an erased identity count, and whether it was one of a customer's.
type mark struct {
	at         time.Time
	ofCustomer bool
}

// pair is a link with the time in which it stands; withdrawn is zero where nothing withdraws it.
type pair struct {
	link
	aIsCustomer, bIsCustomer bool
	at, withdrawn            time.Time
}

// stands says whether a link stood at a time.
func (p *pair) stands(at time.Time) bool {
	return !p.at.After(at) && (p.withdrawn.IsZero() || p.withdrawn.After(at))
}

const seedQuery = `
select cast(person as varchar), occurred_at, person_kind = 'customer'
from stg_erasures
where person is not null and not exists (select 1 from stg_own_accounts as own where own.person = stg_erasures.person)
union all
select cast(token as varchar), erased_at, of_customer
from meta.erased`

func readSeeds(ctx context.Context, in *warehouse.Reader) ([]seed, error) {
	var seeds []seed
	err := in.Each(ctx, seedQuery, func(v []any) error {
		seeds = append(seeds, seed{text(v[0]), mark{day(v[1]), yes(v[2])}})
		return nil
	})
	return seeds, err
}

// pairQuery lists the links of everybody who can be reached from an erased identity, in the order of linkQuery.
const pairQuery = `
with recursive certain as not materialized (
    select pairs.*
    from stg_identity_pairs as pairs
    cross join stg_settings
    where
        not withdraws
        and confidence >= stg_settings.identity_min_confidence
        and a <> b
        and not exists (select 1 from stg_own_accounts as own where own.person = pairs.a)
        and not exists (select 1 from stg_own_accounts as own where own.person = pairs.b)
),
edges as not materialized (
    select a as token, b as other from certain
    union all
    select b, a from certain
),
reached as (
    select person as token from stg_erasures where person is not null
    union
    select token from meta.erased
    union
    select edges.other
    from reached
    inner join edges
        on reached.token = edges.token
),
standing as (
    select
        certain.a, certain.b, certain.a_is_customer, certain.b_is_customer, certain.method, certain.confidence, certain.occurred_at, certain.id,
        min(unlinks.occurred_at) as withdrawn_at
    from certain
    left join stg_identity_pairs as unlinks
        on ((certain.a = unlinks.a and certain.b = unlinks.b) or (certain.a = unlinks.b and certain.b = unlinks.a))
        and unlinks.withdraws
        and unlinks.occurred_at >= certain.occurred_at
    where certain.a in (select token from reached)
    group by all
)
select cast(a as varchar), cast(b as varchar), a_is_customer, b_is_customer, method, occurred_at, withdrawn_at
from standing
order by case when method = 'order_match' then 1 else 0 end, confidence desc, occurred_at, id, 1, 2`

func readPairs(ctx context.Context, in *warehouse.Reader) ([]pair, error) {
	var pairs []pair
	err := in.Each(ctx, pairQuery, func(v []any) error {
		pairs = append(pairs, pair{link{text(v[0]), text(v[1]), text(v[4])}, yes(v[2]), yes(v[3]), day(v[5]), day(v[6])})
		return nil
	})
	return pairs, err
}

// eraseAll marks every identity of the seeds' persons. Pairs come in the order in which they are taken.
func eraseAll(seeds []seed, pairs []pair) map[string]mark {
	// Persons that no link joins, however weak its claim, are settled apart.
	joined := newGraph()
	for _, p := range pairs {
		joined.union(joined.node(p.a, false), joined.node(p.b, false))
	}
	of := func(token string) int { return joined.find(joined.node(token, false)) }
	pairsOf, seedsOf := make(map[int][]pair), make(map[int][]seed)
	for _, p := range pairs {
		pairsOf[of(p.a)] = append(pairsOf[of(p.a)], p)
	}
	for _, s := range seeds {
		seedsOf[of(s.token)] = append(seedsOf[of(s.token)], s)
	}
	erased := make(map[string]mark)
	for component, seeds := range seedsOf {
		eraseComponent(erased, seeds, pairsOf[component])
	}
	return erased
}

// eraseComponent resolves the persons of a component at the time of each erasure.
func eraseComponent(erased map[string]mark, seeds []seed, pairs []pair) {
	var times []time.Time
	for _, s := range seeds {
		times = append(times, s.at)
	}
	slices.SortFunc(times, time.Time.Compare)
	for _, at := range slices.CompactFunc(times, time.Time.Equal) {
		g := newGraph()
		for _, s := range seeds {
			g.node(s.token, s.ofCustomer)
		}
		for _, p := range pairs {
			if p.stands(at) {
				g.union(g.node(p.a, p.aIsCustomer), g.node(p.b, p.bIsCustomer))
			}
		}
		asked := make(map[int]bool)
		for _, s := range seeds {
			if s.at.Equal(at) {
				asked[g.find(g.index[s.token])] = true
			}
		}
		for i, token := range g.tokens {
			if root := g.find(i); asked[root] {
				erased[token] = mark{at, erased[token].ofCustomer || g.customer[root] >= 0}
			}
		}
	}
}
