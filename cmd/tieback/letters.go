package main

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"tieback/ingest/event"
)

// letterCount counts the messages behind dead letters, each once: a map makes several events of a message, and each may be a dead
// letter of its own.
type letterCount struct {
	// alone are those of which nothing became a row, broken all of which something did not, by the code of what did not first.
	alone, broken map[event.Code]int64
	seen          map[letterPlace]bool
}

// letterPlace is where a message lies; the topic is its code in the batch.
type letterPlace struct {
	topic     uint32
	partition int32
	offset    int64
}

// countLetters counts the dead letters of a batch.
func countLetters(record arrow.RecordBatch) *letterCount {
	c := &letterCount{make(map[event.Code]int64), make(map[event.Code]int64), make(map[letterPlace]bool)}
	counts := letterColumn(record, "counts").(*array.Boolean)
	for i, code := range c.add(record) {
		if counts.Value(i) {
			c.alone[code]++
		}
	}
	return c
}

// add counts broken messages that were not seen yet, and returns the code of each dead letter.
func (c *letterCount) add(record arrow.RecordBatch) []event.Code {
	topics, partitions, offsets := letterColumn(record, "kafka_topic").(*array.Uint32), letterColumn(record, "kafka_partition").(*array.Int32), letterColumn(record, "kafka_offset").(*array.Int64)
	codes := letterColumn(record, "code").(*array.String)
	list := make([]event.Code, record.NumRows())
	for i := range list {
		list[i] = event.Code(strings.Clone(codes.Value(i))) // the record does not live on
		at := letterPlace{topics.Value(i), partitions.Value(i), offsets.Value(i)}
		if !c.seen[at] {
			c.seen[at] = true
			c.broken[list[i]]++
		}
	}
	return list
}

func letterColumn(record arrow.RecordBatch, name string) arrow.Array {
	return record.Column(record.Schema().FieldIndices(name)[0])
}
