package ingest

// Fetched is a chunk of what a broker answered of one partition.
type Fetched struct {
	Partition
	// First and Next are the positions before and behind what was read. Stable is up to where transactions are decided, which is what can be
	// read now; HighWater is where the log ends.
	First, Next, Stable, HighWater int64
	Messages, Bytes                int
}

// Observer is told what a KafkaSource does, from the goroutine that calls Next: once per chunk and for each partition of which a
// broker has nothing new, never per message. A nil function is not called.
type Observer struct {
	Fetched func(Fetched)
	// Failed is told of each fetch that failed, before it is tried again.
	Failed func(error)
}

// fetched tells of a chunk of an answer.
func (o Observer) fetched(chunk *Chunk, a *answer) {
	if o.Fetched != nil {
		o.Fetched(Fetched{chunk.Partition, chunk.First, chunk.Next, a.stable, a.highWater, len(chunk.Records), chunk.Bytes})
	}
}

func (o Observer) failed(err error) {
	if o.Failed != nil {
		o.Failed(err)
	}
}
