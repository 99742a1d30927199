package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"

	"tieback/ingest"
	"tieback/ingest/mapping"
	"tieback/transform"
	"tieback/warehouse"
)

// topicMaps are the maps of the settings by topic.
type topicMaps map[string]*mapping.Map

// openMaps opens the maps that the topics name, each once.
func (s *settings) openMaps() (topicMaps, error) {
	byTopic := make(topicMaps)
	opened := make(topicMaps)
	for _, t := range s.Topics {
		if t.Map == "" {
			continue
		}
		if opened[t.Map] == nil {
			m, err := mapping.Open(t.Map)
			if err != nil && t.Name == allFiles {
				return nil, usageError{err}
			}
			if err != nil {
				return nil, usagef("topics: %s: %w", t.Name, err)
			}
			opened[t.Map] = m
		}
		byTopic[t.Name] = opened[t.Map]
	}
	return byTopic, nil
}

// withAbsoluteMaps are topics as another process must be told of them, which may run in another folder.
func withAbsoluteMaps(topics []topicSettings) []topicSettings {
	list := slices.Clone(topics)
	for i := range list {
		list[i].Map = absoluteMap(list[i].Map)
	}
	return list
}

// absoluteMap is a map's name with the whole path of an own one.
func absoluteMap(name string) string {
	if !mapping.IsFile(name) {
		return name
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return name // this folder is gone: whoever opens the map says so
	}
	return path
}

// mapFaults are those of the maps that topics name, each with the line in it.
func (s *settings) mapFaults() faultList {
	var faults faultList
	for i, t := range s.Topics {
		if t.Map == "" {
			continue
		}
		if _, err := mapping.Open(t.Map); err != nil {
			faults.at(fmt.Sprintf("topics[%d].map", i), "topics: %s: %s", t.Name, err)
		}
	}
	return faults
}

// of chooses the map of a topic, nil where it carries events.
func (m topicMaps) of(topic string) *mapping.Map { return m[settingsTopic(topic)] }

// source lets the maps work on what a source yields, where there are any.
func (m topicMaps) source(source ingest.Source, translate translator) ingest.Source {
	if len(m) == 0 {
		return source
	}
	return ingest.NewMappedSource(source, m.of, translate, runtime.GOMAXPROCS(0))
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
