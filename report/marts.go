package report

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"tieback/warehouse"
)

// marts are all rows of the snapshot that a report may use.
type marts struct {
	info     map[string]string
	currency string
	// suppressBelow is k: no row about fewer people is printed.
	suppressBelow int64
	programs      map[string]warehouse.ProgramPolicy
	ledger        []warehouse.LedgerBridge
	credits       []warehouse.Credit
	// creditedPeople are those of the period.
	creditedPeople []warehouse.CreditedPeople
	costs          []warehouse.Cost
	creditRanges   []warehouse.CreditInterval
	pilots         []warehouse.PilotResult
	methods        []warehouse.PilotMethod
	launches       []warehouse.Launch
	returns        []warehouse.ProgramReturn
	claims         []warehouse.Claim
	invested       []warehouse.Invested
	kpis           []warehouse.KPI
	reach          []warehouse.Reach
	origins        []warehouse.Origin
	quality        []warehouse.Quality
	answerable     []warehouse.Answerable
	catalog        []warehouse.CatalogEntry
}

// defaultSuppressBelow stands where the build names no k.
const defaultSuppressBelow = 10

func readMarts(ctx context.Context, s *warehouse.Snapshot, period Period) (*marts, error) {
	m := &marts{info: map[string]string{}, programs: map[string]warehouse.ProgramPolicy{}}
	info, err := s.BuildInfo(ctx)
	for _, i := range info {
		m.info[i.Name] = i.Value
	}
	errs := []error{err}
	programs, err := s.ProgramPolicies(ctx)
	for _, p := range programs {
		m.programs[p.ProgramID] = p
	}
	errs = append(errs, err)
	read := func(err error) { errs = append(errs, err) }
	m.ledger, err = s.LedgerBridge(ctx)
	read(err)
	m.credits, err = s.Credits(ctx)
	read(err)
	m.creditedPeople, err = s.CreditedPeople(ctx, period.From, period.To)
	read(err)
	m.costs, err = s.Costs(ctx)
	read(err)
	m.creditRanges, err = s.CreditIntervals(ctx)
	read(err)
	m.pilots, err = s.PilotResults(ctx)
	read(err)
	m.methods, err = s.PilotMethods(ctx)
	read(err)
	m.launches, err = s.Launches(ctx)
	read(err)
	m.returns, err = s.ProgramReturns(ctx)
	read(err)
	m.claims, err = s.Claims(ctx)
	read(err)
	m.invested, err = s.Invested(ctx)
	read(err)
	m.kpis, err = s.KPIs(ctx)
	read(err)
	m.reach, err = s.Reaches(ctx)
	read(err)
	m.origins, err = s.Origins(ctx)
	read(err)
	m.quality, err = s.Qualities(ctx)
	read(err)
	m.answerable, err = s.Answerables(ctx)
	read(err)
	m.catalog, err = s.Catalog(ctx)
	read(err)
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	m.currency = m.info["reporting_currency"]
	m.suppressBelow = defaultSuppressBelow
	if k, err := strconv.ParseInt(m.info["suppress_below"], 10, 64); err == nil {
		m.suppressBelow = k
	}
	return m, nil
}

// name is what people call a program.
func (m *marts) name(program string) string {
	if p, ok := m.programs[program]; ok && p.Name != "" && !unassigned(program) {
		return p.Name
	}
	if unassigned(program) {
		return "(no program)"
	}
	return program
}

// unassigned says that an id stands for what no rule gave to a program.
func unassigned(program string) bool { return program == "" || program == "(unassigned)" }

// asOf is when the build read its data, for people.
func (m *marts) asOf() string {
	at, ok := m.moment("as_of")
	if !ok {
		return orNotKnown(m.info["as_of"])
	}
	return at.Format("2 January 2006 15:04 UTC")
}

// moment reads a time of the build, in UTC.
func (m *marts) moment(name string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, time.DateTime + "-07", time.DateTime, "2006-01-02T15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, m.info[name]); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// checkPeriod refuses a period of which nothing is known, and says which months could be asked for.
func (m *marts) checkPeriod(p Period) error {
	seen := map[time.Time]bool{}
	for _, r := range m.ledger {
		seen[r.MonthStart] = true
	}
	for _, r := range m.costs {
		seen[r.MonthStart] = true
	}
	for _, r := range m.kpis {
		seen[r.MonthStart] = true
	}
	for _, r := range m.returns {
		seen[r.MonthStart] = true
	}
	for _, r := range m.claims {
		seen[r.MonthStart] = true
	}
	for _, r := range m.origins {
		seen[r.MonthStart] = true
	}
	all := make([]time.Time, 0, len(seen))
	for month := range seen {
		if p.holds(month) {
			return nil
		}
		all = append(all, month)
	}
	if len(all) == 0 {
		return fmt.Errorf("there is no data for %s: the snapshot holds no month at all; load events and run tieback build", p.Label)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Before(all[j]) })
	return fmt.Errorf("there is no data for %s; the snapshot has %s", p.Label, runs(all))
}

// runs writes sorted months as stretches: 2025-01 to 2025-12 and 2026-02.
func runs(all []time.Time) string {
	var stretches []string
	for i := 0; i < len(all); {
		j := i
		for j+1 < len(all) && all[j+1].Equal(all[j].AddDate(0, 1, 0)) {
			j++
		}
		stretch := all[i].Format("2006-01")
		if j > i {
			stretch += " to " + all[j].Format("2006-01")
		}
		stretches = append(stretches, stretch)
		i = j + 1
	}
	return list(stretches)
}

// during keeps the rows of a period.
func during[T any](rows []T, p Period, month func(T) time.Time) []T {
	var kept []T
	for _, r := range rows {
		if p.holds(month(r)) {
			kept = append(kept, r)
		}
	}
	return kept
}

// sum adds amounts; one that is not known makes the sum not known, and so does having none to add.
func sum[T any](rows []T, amount func(T) *warehouse.Money) *warehouse.Money {
	if len(rows) == 0 {
		return nil
	}
	var total warehouse.Money
	for _, r := range rows {
		m := amount(r)
		if m == nil {
			return nil
		}
		total += *m
	}
	return &total
}

// distinct is the sorted set of keys.
func distinct[T any](rows []T, key func(T) string) []string {
	seen := map[string]bool{}
	var keys []string
	for _, r := range rows {
		if k := key(r); !seen[k] {
			seen[k] = true
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	return keys
}

// splitList reads a list separated by commas.
func splitList(text string) []string {
	var words []string
	for _, w := range strings.Split(text, ",") {
		if w = strings.TrimSpace(w); w != "" {
			words = append(words, w)
		}
	}
	return words
}
