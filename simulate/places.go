package simulate

// Markets, regions, platforms and branches of the company.

type market struct {
	code, currency, language string
	weight                   float64
	regions                  []string
}

var markets = [...]market{
	{"US", "USD", "en-US", .50, []string{"Illinois", "California", "Texas", "New York", "Florida",
		"Washington", "Ohio", "Michigan", "Georgia", "Pennsylvania", "Minnesota", "Wisconsin", "Colorado",
		"Massachusetts", "Oregon", "Arizona", "Tennessee", "Missouri", "Virginia", "Indiana"}},
	{"CA", "USD", "en-CA", .12, []string{"Ontario", "Quebec", "British Columbia", "Alberta", "Nova Scotia"}},
	{"GB", "USD", "en-GB", .14, []string{"London", "North West", "Scotland", "South East", "Wales"}},
	{"DE", "EUR", "de-DE", .12, []string{"Bayern", "Berlin", "Hamburg", "Hessen", "Sachsen"}},
	{"FR", "EUR", "fr-FR", .08, []string{"Bretagne", "Occitanie", "Provence"}},
	{"JP", "USD", "ja-JP", .04, []string{"Kanto", "Kansai"}},
}

const (
	marketCount = len(markets)
	regionCount = 40
)

type region struct {
	name   string
	market int
}

// regions lists every region once; regionOf draws from it by weight.
var (
	regions  []region
	regionOf [1024]uint8
)

func init() {
	var weights []float64
	for m, mk := range markets {
		sum := 0.0
		for i := range mk.regions {
			sum += 1 / (1 + .12*float64(i))
		}
		for i, name := range mk.regions {
			regions = append(regions, region{name, m})
			weights = append(weights, mk.weight/(1+.12*float64(i))/sum)
		}
	}
	r, reached := 0, weights[0]
	for i := range regionOf {
		for r < len(regions)-1 && (float64(i)+.5)/float64(len(regionOf)) >= reached {
			r++
			reached += weights[r]
		}
		regionOf[i] = uint8(r)
	}
}

type platform struct {
	name, short, official, care string
	weight                      float64
}

// Platforms in the order of their share of engagement.
var platforms = [...]platform{
	{"facebook", "fb", "hp-official", "hp-care", .32},
	{"instagram", "ig", "hp-official", "hp-care", .28},
	{"tiktok", "tt", "hp-official", "hp-official", .20},
	{"x", "x", "hp-official", "hp-care", .14},
	{"linkedin", "li", "hp-official", "hp-official", .06},
}

const platformCount = len(platforms)

// platformOf draws a platform from a number in [0, 1).
func platformOf(u float64) int {
	for i := range platforms {
		if u -= platforms[i].weight; u < 0 {
			return i
		}
	}
	return 0
}

// shock is a change a platform makes; it multiplies its engagement from then on.
type shock struct {
	date     string
	platform int
	kind     string
	note     string
	effect   float64
}

var shocks = []shock{
	{"2025-04-15", 3, "api", "read access now costs money", .85},
	{"2025-07-01", 0, "algorithm", "pages rank below friends", .80},
	{"2025-10-20", 2, "policy", "links in captions are hidden", .90},
	{"2026-02-10", 3, "price", "subscription price doubles", .80},
	{"2026-03-17", 1, "outage", "down for most of a day", .97},
}

var branches = [...]string{"branch-chicago", "branch-evanston", "branch-portland", "branch-toronto",
	"branch-london", "branch-hamburg", "branch-lyon", "branch-tokyo"}

var eventPlaces = [...]string{"event-dock-days", "event-pine-workshop", "event-harbor-market"}

var communities = [...]string{"group-harbor-hikers", "group-pine-makers"}
