package evidence

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"tieback/metrics/lift"
	"tieback/warehouse"
)

const dayLength = 24 * time.Hour

// sales are what every place sold, by day, from the first day with an order to the last.
type sales struct {
	first, last time.Time
	// days has market, or market/region, to its days.
	days map[string]*placeDays
}

// placeDays are the days of one place; unknown counts orders whose margin is not known.
type placeDays struct {
	margin, revenue, orders, unknown []float64
}

// placeName is how a place is called in a mart: de, or us/ohio.
func placeName(market, region string) string {
	if region == "" {
		return market
	}
	return market + "/" + region
}

const placeSalesQuery = `
select market, region, date_day, cast(margin as double), cast(revenue as double), cast(orders as double), cast(unknown_margins as double)
from int_place_days_summed
order by date_day, market, region`

func readSales(ctx context.Context, in *warehouse.Reader) (*sales, error) {
	s := &sales{days: make(map[string]*placeDays)}
	err := in.Each(ctx, placeSalesQuery, func(v []any) error {
		market, region, at := text(v[0]), text(v[1]), day(v[2])
		if s.first.IsZero() {
			s.first = at
		}
		s.last = at
		n := int(at.Sub(s.first) / dayLength)
		names := []string{market}
		if region != "" {
			names = append(names, placeName(market, region))
		}
		for _, name := range names { // a market's days are those of all its regions
			d := s.days[name]
			if d == nil {
				d = &placeDays{}
				s.days[name] = d
			}
			for i, list := range []*[]float64{&d.margin, &d.revenue, &d.orders, &d.unknown} {
				*list = append(*list, make([]float64, n+1-len(*list))...)
				(*list)[n] += number(v[3+i])
			}
		}
		return nil
	})
	return s, err
}

// week sums seven days of a list, from day n on; days after the last have nothing.
func week(list []float64, n int) float64 {
	sum := 0.0
	for i := n; i < n+7 && i < len(list); i++ {
		sum += list[i]
	}
	return sum
}

// weeksBefore is how many whole weeks of orders lie before a launch, at most mostPreWeeks.
func (s *sales) weeksBefore(launchedOn time.Time) int {
	return min(int(launchedOn.Sub(s.first)/(7*dayLength)), mostPreWeeks)
}

// regular says whether a place sold in at least half of the weeks before a launch: one that hardly sells has nothing to compare.
func (s *sales) regular(name string, launchedOn time.Time) bool {
	d := s.days[name]
	if d == nil {
		return false
	}
	pre, sold := s.weeksBefore(launchedOn), 0
	start := int(launchedOn.Sub(s.first) / dayLength)
	for w := 1; w <= pre; w++ {
		if week(d.orders, start-7*w) > 0 {
			sold++
		}
	}
	return 2*sold >= pre
}

// panel has the weeks around a launch, counted from its day, of the launched place and its donors.
func (s *sales) panel(l *launch, metric func(*placeDays) []float64) (*lift.Panel, error) {
	var rows []lift.Observation
	start, pre := int(l.launchedOn.Sub(s.first)/dayLength), s.weeksBefore(l.launchedOn)
	for _, name := range append([]string{l.place()}, l.donors...) {
		for w := -pre; w < postWeeks; w++ {
			at := lift.Time{At: int64(w), Label: "week " + strconv.Itoa(w)}
			rows = append(rows, lift.Observation{Unit: name, Time: at, Outcome: week(metric(s.days[name]), start+7*w), Treated: name == l.place()})
		}
	}
	return lift.NewPanel(rows, lift.Window{PreStart: int64(-pre), Start: 0, End: postWeeks - 1}, false)
}

// unknownIn counts orders in the window of a launch whose margin is not known, in its place and its donors.
func (s *sales) unknownIn(l *launch) int {
	start, pre, count := int(l.launchedOn.Sub(s.first)/dayLength), s.weeksBefore(l.launchedOn), 0.0
	for _, name := range append([]string{l.place()}, l.donors...) {
		for w := -pre; w < postWeeks; w++ {
			count += week(s.days[name].unknown, start+7*w)
		}
	}
	return int(count)
}

// ordersIn counts the orders of the launched place in its weeks.
func (s *sales) ordersIn(l *launch) int {
	start, count := int(l.launchedOn.Sub(s.first)/dayLength), 0.0
	for w := range postWeeks {
		count += week(s.days[l.place()].orders, start+7*w)
	}
	return int(count)
}

// placesOf lists the markets, or the regions of one market, that sold anything.
func (s *sales) placesOf(market string) []string {
	var names []string
	for name := range s.days {
		parent, _, isRegion := strings.Cut(name, "/")
		if market == "" && !isRegion || market != "" && isRegion && parent == market {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
