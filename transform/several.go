package transform

// Message is a run of events of one batch that were made of one message: appended one after another, with the same *event.Message.
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
		for next < len(batch.messages) && batch.messages[next].message == at.message {
			next++
		}
		if next-first >= atLeast {
			list = append(list, Message{Position{batch.word(at.topic), at.partition, at.offset}, uint32(first), uint32(next)})
		}
		first = next
	}
	return list
}

// word is the text of a code as it was when the batch was cut.
func (batch *Batch) word(code uint32) string { return batch.list[code] }
