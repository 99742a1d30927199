package main

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"tieback/ingest"
	"tieback/ingest/mapping"
	"tieback/transform"
	"tieback/warehouse"
)

// topicMaps opens the maps of the settings once and chooses one by topic. A map for every file, from load --map, stands under the name file:.
type topicMaps map[string]*mapping.Map

// openMaps opens the maps that the topics name. fileMap, if not empty, is the map of all files.
func (s *settings) openMaps(fileMap string) (topicMaps, error) {
	byTopic := make(topicMaps)
	opened := make(map[string]*mapping.Map)
	open := func(topic, name string) error {
		if name == "" {
			return nil
		}
		if opened[name] == nil {
			m, err := mapping.Open(name)
			if err != nil {
				return usageError{err}
			}
			opened[name] = m
		}
		byTopic[topic] = opened[name]
		return nil
	}
	for _, t := range s.Topics {
		if err := open(t.Name, t.Map); err != nil {
			return nil, fmt.Errorf("topics: %s: %w", t.Name, err)
		}
	}
	return byTopic, open("file:", fileMap)
}

// of chooses the map of a topic, nil where it carries events.
func (m topicMaps) of(topic string) *mapping.Map {
	if strings.HasPrefix(topic, "file:") {
		topic = "file:"
	}
	return m[topic]
}

// source lets the maps work on what a source yields, where there are any.
func (m topicMaps) source(source ingest.Source) ingest.Source {
	if len(m) == 0 {
		return source
	}
	return ingest.NewMappedSource(source, m.of, runtime.GOMAXPROCS(0))
}

// messagesOf gives the warehouse the messages of at least so many events.
func messagesOf(cut *transform.Batch, atLeast int) []warehouse.Message {
	var list []warehouse.Message
	for _, m := range cut.Messages(atLeast) {
		list = append(list, warehouse.Message{Topic: m.Topic, Partition: m.Partition, Offset: m.Offset, First: m.First, Next: m.Next})
	}
	return list
}

func leftOutOf(b ingest.Batch) []warehouse.LeftOut {
	var list []warehouse.LeftOut
	for why, n := range b.LeftOut {
		list = append(list, warehouse.LeftOut{Topic: why.Topic, Reason: why.Reason, Outputs: n})
	}
	slices.SortFunc(list, func(a, b warehouse.LeftOut) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Reason, b.Reason))
	})
	return list
}
