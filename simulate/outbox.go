package simulate

import (
	"cmp"
	"slices"
	"time"
)

// The default topics.
const (
	topicSocial = iota
	topicSales
	topicBusiness
	topicPeople
)

var topics = [...]string{"tieback.social", "tieback.sales", "tieback.business", "tieback.people"}

// outbox holds lines until the hour in which they arrive. It is the only memory
// that grows with the number of events: what is late or still to be refunded,
// and a day of orders and visits ahead of the clock.
type outbox struct {
	now   int // the hour being sent; nothing can arrive before it
	seq   uint32
	start time.Time
	here  bundle // what arrives in the present hour; its memory is used again
	ahead [2048]bundle
	// stamped is the line being sent.
	stamped []byte
}

// bundle is what arrives in one hour: entries point into bytes.
type bundle struct {
	bytes   []byte
	entries []entry
}

type entry struct {
	at       uint32 // seconds within the hour of arrival
	seq      uint32 // breaks ties
	from, to uint32
	topic    uint8
}

// put takes a copy of line, to arrive in the given hour, or now if that has passed.
func (o *outbox) put(topic, hour int, at uint32, line []byte) {
	b := &o.here
	if hour > o.now {
		b = &o.ahead[min(hour, o.now+len(o.ahead)-1)%len(o.ahead)]
	}
	b.add(topic, at, o.seq, line)
	o.seq++
}

func (b *bundle) add(topic int, at, seq uint32, line []byte) {
	from := uint32(len(b.bytes))
	b.bytes = append(b.bytes, line...)
	b.entries = append(b.entries, entry{at, seq, from, uint32(len(b.bytes)), uint8(topic)})
}

// send hands over what arrives in the present hour, by time of arrival, each
// with that time as recordedtime, and moves to the next hour.
func (o *outbox) send(emit func(topic string, line []byte) error) error {
	early := &o.ahead[o.now%len(o.ahead)]
	for _, e := range early.entries {
		o.here.add(int(e.topic), e.at, e.seq, early.bytes[e.from:e.to])
	}
	*early = bundle{}
	slices.SortFunc(o.here.entries, func(x, y entry) int {
		if x.at != y.at {
			return cmp.Compare(x.at, y.at)
		}
		return cmp.Compare(x.seq, y.seq)
	})
	hour := o.start.Add(time.Duration(o.now) * time.Hour)
	for _, e := range o.here.entries {
		o.stamped = append(o.stamped[:0], o.here.bytes[e.from:e.to-1]...)
		o.stamped = append(o.stamped, `,"recordedtime":"`...)
		o.stamped = hour.Add(time.Duration(e.at)*time.Second).AppendFormat(o.stamped, "2006-01-02T15:04:05Z")
		o.stamped = append(o.stamped, `"}`...)
		if err := emit(topics[e.topic], o.stamped); err != nil {
			return err
		}
	}
	o.here = bundle{o.here.bytes[:0], o.here.entries[:0]}
	o.now++
	return nil
}
