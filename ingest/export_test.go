package ingest

import "math"

// ReadRecords reads what a broker sent of a partition from a position on, in chunks.
func ReadRecords(raw []byte, at int64) ([]*Chunk, error) {
	var reader recordReader
	a := newAnswer(Partition{Topic: "raw"}, at, math.MaxInt64, &partitionAnswer{Records: rawRecords{raw}}, &reader)
	var chunks []*Chunk
	for more := true; more; {
		var chunk *Chunk
		var err error
		if chunk, more, err = a.next(); err != nil {
			return chunks, err
		}
		chunks = append(chunks, chunk)
	}
	return chunks, nil
}

// ChunkBytes and ChunkRecords bound a chunk, but for its last message; HeadBytes is what is kept of a message beyond measure.
const (
	ChunkBytes, ChunkRecords = chunkBytes, chunkRecords
	HeadBytes, MaxHeaders    = headBytes, maxHeaders
)
