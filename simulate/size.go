package simulate

// ordersEach is how many orders a customer would place over the history if
// nobody left and no program did anything.
const ordersEach = 2.9

func sizeFor(events, hours int) size {
	n := float64(events)
	s := size{events: events, customers: max(1000, uint64(events)/20)}
	s.customers += s.customers % 2
	s.founders = s.customers * 3 / 4
	people := float64(s.customers)
	s.ordersPerHour = ordersEach * people / float64(hours)
	s.visitsPerHour = .05 * n / float64(hours)
	s.postsPerHour = max(n*.008, 250) / float64(platformCount) / float64(hours)
	s.counterHours, s.counterMetrics = 14*24, 4
	if events >= 50_000 {
		s.counterMetrics = len(metrics)
		s.counterHours = max(1, min(7*24, int(float64(hours)*50/(.03*n))))
	}
	others := .05*n + s.postsPerHour*float64(platformCount)*float64(hours) +
		float64(hours/s.counterHours*platformCount*s.counterMetrics) +
		othersEach*people + 2300
	s.engagementsPerHour = max(n-others, .1*n) / engagementChain / float64(hours)
	return s
}

const (
	othersEach      = 5.0 // orders, lines, adjustments, visits, links and assignments of a customer
	engagementChain = 1.2 // engagements for each drawn, with the talk it starts
)
