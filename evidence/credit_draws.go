package evidence

import (
	"context"
	"math"
	"strings"

	"tieback/warehouse"
)

// markovCredit is what is needed to credit orders by markov in each draw.
type markovCredit struct {
	paths    *linkedPaths
	channels map[string]int
	orders   []channelOrders
}

// channelOrders are the orders of one group of people on whose paths the same channels stand.
type channelOrders struct {
	group    int
	channels []int
	programs []string
	measures
}

const channelOrderQuery = `
with channels as (
    select order_key, string_agg(program_id || chr(31) || platform, chr(30) order by program_id, platform) as channels
    from (select distinct order_key, program_id, platform from fct_touches where evidence <> 'self_reported') as met
    group by order_key
),
amounts as (
    select order_key, sum(orders) as orders, sum(net_revenue_reporting) as net_revenue, sum(margin_reporting) as margin
    from int_credits_split
    where model = 'markov'
    group by order_key
)
select
    substr(cast(coalesce(orders.person_id, orders.order_key) as varchar), 1, 3) as person_group,
    channels.channels,
    cast(sum(amounts.orders) as double),
    cast(sum(amounts.net_revenue) as double),
    cast(sum(amounts.margin) as double)
from amounts
inner join channels on amounts.order_key = channels.order_key
inner join int_orders_valued as orders on amounts.order_key = orders.order_key
group by person_group, channels.channels
order by person_group, channels.channels`

func readMarkovCredit(ctx context.Context, in *warehouse.Reader) (*markovCredit, error) {
	paths, err := readPaths(ctx, in)
	if err != nil {
		return nil, err
	}
	m := &markovCredit{paths: paths, channels: make(map[string]int)}
	for i, name := range paths.Channels() {
		m.channels[name] = i
	}
	err = in.Each(ctx, channelOrderQuery, func(v []any) error {
		o := channelOrders{group: groupOf(text(v[0]))}
		for name := range strings.SplitSeq(text(v[1]), "\x1e") {
			program, _, _ := strings.Cut(name, channelSeparator)
			at, ok := m.channels[name]
			if !ok {
				at = len(m.channels) // one that nobody in the chain met
			}
			o.channels, o.programs = append(o.channels, at), append(o.programs, program)
		}
		for i := range o.measures {
			o.measures[i] = orZero(v[2+i])
		}
		m.orders = append(m.orders, o)
		return nil
	})
	return m, err
}

// draw credits the orders by the removal effects of a chain in which people count with the weights of their groups.
func (m *markovCredit) draw(weights []float64) map[string]measures {
	ofPath := make([]float64, len(m.paths.groups))
	for i, group := range m.paths.groups {
		ofPath[i] = weights[group]
	}
	effects := m.paths.chain.RemovalEffects(ofPath).Conversions
	shares := make([]float64, len(effects)+1)
	for i, effect := range append(effects, math.NaN()) {
		shares[i] = float64(effectWeight(effect))
	}
	credits := make(map[string]measures)
	for _, o := range m.orders {
		if weights[o.group] == 0 {
			continue
		}
		sum := 0.0
		for _, channel := range o.channels {
			sum += shares[channel]
		}
		for i, channel := range o.channels {
			times := weights[o.group] * shares[channel] / sum
			credit := credits[o.programs[i]]
			for j, amount := range o.measures {
				credit[j] += times * amount
			}
			credits[o.programs[i]] = credit
		}
	}
	return credits
}
