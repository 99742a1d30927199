package transform

// Message is a run of events of one batch that stand at one place of a log: those that a map made of one message.
type Message struct {
	Position
	// First and Next bound the seq of its events, half-open.
	First, Next uint32
}

// Messages lists the messages of the batch that have at least so many events, in the order of the batch.
func (batch *Batch) Messages(atLeast int) []Message {
	var list []Message
	for first := 0; first < len(batch.messages); {
		at := batch.messages[first]
		next := first + 1
		for next < len(batch.messages) && batch.messages[next].samePlace(at) {
			next++
		}
		if next-first >= atLeast {
			list = append(list, Message{Position{batch.word(at.topic), at.partition, at.offset}, uint32(first), uint32(next)})
		}
		first = next
	}
	return list
}

func (k kept) samePlace(other kept) bool {
	return k.offset == other.offset && k.partition == other.partition && k.topic == other.topic
}

// word is the text of a code as it was when the batch was cut.
func (batch *Batch) word(code uint32) string { return batch.list[code] }
