package evidence

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"tieback/metrics"
	"tieback/warehouse"
)

const (
	// bootstrapDraws is how many companies are drawn from the one that was seen.
	bootstrapDraws = 200
	// bootstrapSeed makes the same events give the same intervals.
	bootstrapSeed = 2026
	// personGroups is how many groups people are drawn in: below so many people nearly everybody is drawn alone, above it the work stays the same.
	personGroups = 4096
	// fewestPeople is below how many credited people a bootstrap says nothing.
	fewestPeople = 10
)

// groupOf is the group of a person, by the first twelve bits of the token, which are as good as random: tokens are keyed hashes.
func groupOf(token string) int {
	if len(token) < 3 {
		return 0
	}
	group, err := strconv.ParseUint(token[:3], 16, 16)
	if err != nil {
		return 0
	}
	return int(group)
}

// measures of a credit: orders, net revenue, margin.
type measures [3]float64

// creditCell is what one model credits to one program, with what it would have credited in each draw.
type creditCell struct {
	model, program, currency string
	people                   float64
	texts                    [3]any // as the ledger has them
	parts                    []creditPart
	drawn                    [3][]float64
}

// creditPart is the part of a cell that comes from one group of people.
type creditPart struct {
	group int
	measures
}

// creditIntervals is how far each model's credit would move with other people of the same kind.
//
// Bootstrap by person: in each draw a person with all orders and paths counts as often as a Poisson variable of
// mean 1 says, which is how often they would be among people drawn from a large company. The interval runs from the 5 % to the 95 % quantile of
// the draws. Removal effects are computed anew in each draw, so that the interval of markov holds their error too. It says nothing of the error of the
// rule itself. Source: Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13; Poisson weights: Hanley
// and MacGibbon (2006), Computer Methods and Programs in Biomedicine 83.
func creditIntervals() warehouse.Model {
	columns := []warehouse.Column{{Name: "model", Type: "varchar"}, {Name: "program_id", Type: "varchar"}, {Name: "currency", Type: "varchar"}, {Name: "people", Type: "bigint"}}
	for _, name := range []string{"orders", "net_revenue", "margin"} {
		columns = append(columns, warehouse.Column{Name: name, Type: "decimal(38, 4)"}, warehouse.Column{Name: name + "_lo", Type: "decimal(18, 4)"}, warehouse.Column{Name: name + "_hi", Type: "decimal(18, 4)"})
	}
	columns = append(columns, warehouse.Column{Name: "level", Type: "double"}, warehouse.Column{Name: "grade", Type: "varchar"}, warehouse.Column{Name: "warnings", Type: "varchar"})
	return warehouse.Model{
		Name: "credit_intervals_by_model_program", Layer: warehouse.Marts,
		Sentence: "what each rule credits to each program over all orders, and how far that would move with other people; credit, not cause.",
		Grain:    []string{"model", "program_id"}, Reads: []string{"int_credits_split", "int_orders_valued", "int_paths_collected", "fct_touches", "stg_settings"},
		Units: "reporting currency; bootstrap by person, intervals two-sided 90 %", Columns: columns,
		Rows: func(ctx context.Context, in *warehouse.Reader, emit func(...any) error) error {
			cells, err := readCells(ctx, in)
			if err != nil {
				return err
			}
			markov, err := readMarkovCredit(ctx, in)
			if err != nil {
				return err
			}
			drawFrom(markov, cells)
			for _, cell := range cells {
				if err := cell.emit(emit); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

const cellQuery = `
select
    credits.model,
    credits.program_id,
    stg_settings.reporting_currency,
    count(distinct coalesce(orders.person_id, orders.order_key)),
    cast(sum(credits.orders) as varchar),
    case when count(*) = count(credits.net_revenue_reporting) then cast(sum(credits.net_revenue_reporting) as varchar) end,
    case when count(*) = count(credits.margin_reporting) then cast(sum(credits.margin_reporting) as varchar) end
from int_credits_split as credits
inner join int_orders_valued as orders on credits.order_key = orders.order_key
cross join stg_settings
group by credits.model, credits.program_id, stg_settings.reporting_currency
order by credits.model, credits.program_id`

const partQuery = `
select
    credits.model,
    credits.program_id,
    substr(cast(coalesce(orders.person_id, orders.order_key) as varchar), 1, 3) as person_group,
    cast(sum(credits.orders) as double),
    cast(sum(credits.net_revenue_reporting) as double),
    cast(sum(credits.margin_reporting) as double)
from int_credits_split as credits
inner join int_orders_valued as orders on credits.order_key = orders.order_key
where credits.model <> 'markov'
group by credits.model, credits.program_id, person_group
order by credits.model, credits.program_id, person_group`

// readCells reads what the models credit, and from which groups of people. Where a part of an amount is not known the whole is not.
func readCells(ctx context.Context, in *warehouse.Reader) ([]*creditCell, error) {
	var cells []*creditCell
	find := make(map[[2]string]*creditCell)
	err := in.Each(ctx, cellQuery, func(v []any) error {
		cell := &creditCell{model: text(v[0]), program: text(v[1]), currency: text(v[2]), people: number(v[3]), texts: [3]any{v[4], v[5], v[6]}}
		cells = append(cells, cell)
		find[[2]string{cell.model, cell.program}] = cell
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = in.Each(ctx, partQuery, func(v []any) error {
		cell := find[[2]string{text(v[0]), text(v[1])}]
		part := creditPart{group: groupOf(text(v[2]))}
		for i := range part.measures {
			part.measures[i] = orZero(v[3+i])
		}
		cell.parts = append(cell.parts, part)
		return nil
	})
	return cells, err
}

// drawFrom draws people and fills in what each cell would have held.
func drawFrom(markov *markovCredit, cells []*creditCell) {
	random := rand.New(rand.NewPCG(bootstrapSeed, bootstrapDraws))
	weights := make([]float64, personGroups)
	for range bootstrapDraws {
		for group := range weights {
			weights[group] = poisson(random)
		}
		drawn := markov.draw(weights)
		for _, cell := range cells {
			sum := drawn[cell.program]
			if cell.model != "markov" {
				sum = measures{}
				for _, part := range cell.parts {
					for i, amount := range part.measures {
						sum[i] += weights[part.group] * amount
					}
				}
			}
			for i := range sum {
				cell.drawn[i] = append(cell.drawn[i], sum[i])
			}
		}
	}
}

// poisson draws from the Poisson distribution of mean 1 by inversion.
func poisson(random *rand.Rand) float64 {
	chance, left := math.Exp(-1), random.Float64()
	for n := 0.0; ; n++ {
		if left < chance || n > 30 {
			return n
		}
		left -= chance
		chance /= n + 1
	}
}

// emit writes a cell with its intervals.
func (c *creditCell) emit(emit func(...any) error) error {
	row := []any{c.model, c.program, c.currency, int64(c.people)}
	var warnings []string
	if c.people < fewestPeople {
		warnings = append(warnings, fmt.Sprintf("fewer than %d people: there is no interval", fewestPeople))
	}
	for i, name := range []string{"orders", "net revenue", "margin"} {
		lo, hi := any(nil), any(nil)
		if c.texts[i] == nil {
			warnings = append(warnings, "the "+name+" of some orders is not known")
		} else if c.people >= fewestPeople {
			slices.Sort(c.drawn[i])
			lo, hi = money(quantile(c.drawn[i], (1-metrics.DefaultLevel)/2)), money(quantile(c.drawn[i], (1+metrics.DefaultLevel)/2))
		}
		row = append(row, c.texts[i], lo, hi)
	}
	return emit(append(row, metrics.DefaultLevel, "D", joinWarnings(warnings))...)
}

// quantile interpolates between the order statistics (Hyndman and Fan's type 7).
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	below := int(at)
	if below+1 == len(sorted) {
		return sorted[below]
	}
	return sorted[below] + (at-float64(below))*(sorted[below+1]-sorted[below])
}
