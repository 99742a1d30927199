package simulate

// person is what is fixed about a customer; it is derived anew from the seed
// whenever it is needed.
type person struct {
	affinity float64 // fans engage more and buy more; mean one, at most maxAffinity
	buying   float64 // how often the customer buys; mean one, at most maxBuying
	spending float64 // factor on the size of baskets
	region   int
	born     int // first day as a customer
	gone     int // day after the last
}

const (
	maxAffinity = 8
	maxBuying   = 6
)

var (
	affinityOf = exponentials(.85)
	buyingFan  = exponentials(.45) // the part of buying shared with affinity
	buyingOwn  = exponentials(.60)
	spendingOf = exponentials(.30)
)

const (
	meanLife   = 900.0 // days
	quantileAt = 64 - quantileBits
)

// buying is the trait that decides most draws, so it can be had alone.
func (w *world) buying(c uint64) (float64, draws) {
	d := w.seed.at(drawPerson, c, 0)
	return min(buyingFan[d.next()>>quantileAt]*buyingOwn[d.next()>>quantileAt], maxBuying), d
}

func (w *world) person(c uint64) person {
	buying, d := w.buying(c)
	p := person{buying: buying, affinity: w.affinity(c)}
	p.spending = spendingOf[d.next()>>quantileAt]
	p.region = int(regionOf[d.next()>>54])
	if c >= w.size.founders {
		later := w.size.customers - w.size.founders
		p.born = int((c - w.size.founders) * dayCount / later)
	}
	p.gone = p.born + 30 + int(meanLife*d.exponential())
	return p
}

func (w *world) affinity(c uint64) float64 {
	d := w.seed.at(drawPerson, c, 0)
	return min(affinityOf[d.next()>>quantileAt], maxAffinity)
}

func (w *world) regionOf(c uint64) int {
	d := w.seed.at(drawPerson, c, 0)
	for range 3 { // skips the traits drawn before it
		d.next()
	}
	return int(regionOf[d.next()>>54])
}

// friend pairs customers; what reaches one also reaches the other a little.
func (w *world) friend(c uint64) uint64 { return c ^ 1 }

// account is the handle of a person on a platform: strangers have handles too,
// and a handle says nothing about the customer behind it.
func (w *world) account(c uint64, platform int) uint64 {
	x := uint32(c)*uint32(platformCount) + uint32(platform)
	x ^= uint32(w.seed)
	x *= 0x9e3779b1
	x ^= x >> 15
	x *= 0x85ebca6b
	return uint64(x) + 100_000
}

// homes are the two platforms a person uses, the first of them more.
func (w *world) homes(c uint64) (first, second int) {
	d := w.seed.at(drawAccount, c, 0)
	first = platformOf(d.unit())
	second = platformOf(d.unit())
	return first, second
}

// visitor is the browser of a customer: most have one, some two.
func (w *world) visitor(c, device uint64) uint64 {
	x := uint32(c*2+device) ^ uint32(w.seed>>32)
	x *= 0xc2b2ae35
	x ^= x >> 16
	x *= 0x27d4eb2f
	return uint64(x)
}
