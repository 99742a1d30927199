package simulate

import "strconv"

// moment is an hour of the calendar and milliseconds within it.
type moment struct {
	hour int
	ms   uint32
}

const hourMillis = 3_600_000

// line builds one event in the flat JSON form, field by field. Text is written
// as it is: every word of the simulation is free of quotes and escapes.
type line struct {
	b   []byte
	cal *calendar
}

// open starts an event whose id is prefix and number.
func (l *line) open(kind eventType, source, prefix string, number uint64, t moment) {
	l.b = append(l.b[:0], `{"id":"`...)
	l.b = append(l.b, prefix...)
	l.b = strconv.AppendUint(l.b, number, 10)
	l.rest(kind, source)
	l.b = append(l.b, `","time":"`...)
	l.b = append(l.b, l.cal.utc[t.hour]...)
	l.minutes(t.ms)
	l.b = append(l.b, 'Z', '"')
}

// openLocal is open with the time written in the reporting time zone.
func (l *line) openLocal(kind eventType, source, prefix string, number uint64, t moment) {
	l.b = append(l.b[:0], `{"id":"`...)
	l.b = append(l.b, prefix...)
	l.b = strconv.AppendUint(l.b, number, 10)
	l.rest(kind, source)
	l.b = append(l.b, `","time":"`...)
	l.b = append(l.b, l.cal.local[t.hour]...)
	l.minutes(t.ms)
	l.b = append(l.b, l.cal.offset[t.hour]...)
	l.b = append(l.b, '"')
}

func (l *line) rest(kind eventType, source string) {
	l.b = append(l.b, `","source":"`...)
	l.b = append(l.b, source...)
	l.b = append(l.b, `","type":"`...)
	l.b = append(l.b, eventTypes[kind]...)
}

func (l *line) minutes(ms uint32) {
	s := ms / 1000
	m := s / 60
	s %= 60
	l.b = append(l.b, byte('0'+m/10), byte('0'+m%10), ':', byte('0'+s/10), byte('0'+s%10))
}

func (l *line) name(name string) {
	l.b = append(l.b, ',', '"')
	l.b = append(l.b, name...)
	l.b = append(l.b, '"', ':')
}

// text writes a field, or nothing when the value is empty.
func (l *line) text(name, value string) {
	if value == "" {
		return
	}
	l.name(name)
	l.b = append(l.b, '"')
	l.b = append(l.b, value...)
	l.b = append(l.b, '"')
}

// ref writes a text made of a prefix and a number.
func (l *line) ref(name, prefix string, number uint64) {
	l.name(name)
	l.b = append(l.b, '"')
	l.b = append(l.b, prefix...)
	l.b = strconv.AppendUint(l.b, number, 10)
	l.b = append(l.b, '"')
}

// address writes the e-mail address of a customer.
func (l *line) address(name string, customer uint64) {
	l.name(name)
	l.b = append(l.b, '"', 'm')
	l.b = strconv.AppendUint(l.b, customer+customerBase, 10)
	l.b = append(l.b, `@example.org"`...)
}

// cents writes an amount of hundredths as a decimal string.
func (l *line) cents(name string, amount int64) {
	l.name(name)
	l.b = append(l.b, '"')
	l.b = appendCents(l.b, amount)
	l.b = append(l.b, '"')
}

func appendCents(b []byte, amount int64) []byte {
	if amount < 0 {
		b = append(b, '-')
		amount = -amount
	}
	b = strconv.AppendInt(b, amount/100, 10)
	return append(b, '.', byte('0'+amount/10%10), byte('0'+amount%10))
}

func (l *line) number(name string, value int64) {
	l.name(name)
	l.b = strconv.AppendInt(l.b, value, 10)
}

// decimal writes a number with the given digits after the point.
func (l *line) decimal(name string, value float64, digits int) {
	l.name(name)
	l.b = strconv.AppendFloat(l.b, value, 'f', digits, 64)
}

func (l *line) truth(name string, value bool) {
	l.name(name)
	l.b = strconv.AppendBool(l.b, value)
}

// date writes a day of the calendar.
func (l *line) date(name string, day int) { l.text(name, l.cal.dates[day]) }

func (l *line) close() { l.b = append(l.b, '}') }

// eventType numbers the types of the contract.
type eventType int

const (
	socialEngagement eventType = iota
	socialContent
	socialCounter
	webVisit
	platformClaim
	platformShock
	saleOrder
	saleLine
	saleAdjustment
	productCost
	costEntry
	ledgerTotal
	fxRate
	planTarget
	seriesValue
	identityLink
	identityUnlink
	pilotRegistered
	pilotAssigned
	programPolicy
	consentChanged
	privacyErasure
	typeCount
)

var eventTypes = [typeCount]string{"social.engagement", "social.content", "social.counter", "web.visit",
	"platform.claim", "platform.shock", "sale.order", "sale.line", "sale.adjustment", "product.cost",
	"cost.entry", "ledger.total", "fx.rate", "plan.target", "series.value", "identity.link",
	"identity.unlink", "pilot.registered", "pilot.assigned", "program.policy", "consent.changed",
	"privacy.erasure"}

// topicOf is the default topic of each type.
var topicOf = [typeCount]int{
	socialEngagement: topicSocial, socialContent: topicSocial, socialCounter: topicSocial,
	webVisit: topicSocial, platformClaim: topicSocial, platformShock: topicSocial,
	saleOrder: topicSales, saleLine: topicSales, saleAdjustment: topicSales, productCost: topicBusiness,
	costEntry: topicBusiness, ledgerTotal: topicBusiness, fxRate: topicBusiness,
	planTarget: topicBusiness, seriesValue: topicBusiness, identityLink: topicPeople,
	identityUnlink: topicPeople, pilotRegistered: topicPeople, pilotAssigned: topicPeople,
	programPolicy: topicBusiness, consentChanged: topicPeople, privacyErasure: topicPeople,
}
