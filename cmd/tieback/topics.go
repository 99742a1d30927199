package main

import (
	"errors"
	"strings"

	"tieback/ingest/event"
)

// topicSettings say how one topic is read. In the settings an entry is the topic's name alone, or an object.
type topicSettings struct {
	Name string
	// Map turns foreign records into events: a built-in map's name or the path of an own one; empty: the topic carries events.
	Map string
	// Source and Type are those of events that name none.
	Source, Type string
}

// topicEntry is an entry of the settings that is an object.
type topicEntry struct {
	Topic  string `yaml:"topic"`
	Name   string `yaml:"name"`
	Map    string `yaml:"map"`
	Source string `yaml:"source"`
	Type   string `yaml:"type"`
}

// longForm is the object that may stand in place of a name.
func (topicSettings) longForm() any { return topicEntry{} }

// UnmarshalYAML reads a name, or an object whose name stands under topic or name.
func (t *topicSettings) UnmarshalYAML(unmarshal func(any) error) error {
	if unmarshal(&t.Name) == nil {
		return nil
	}
	var entry topicEntry
	if err := unmarshal(&entry); err != nil {
		return err
	}
	if entry.Topic != "" && entry.Name != "" {
		return errors.New("a topic's name stands under topic or under name, not under both")
	}
	*t = topicSettings{entry.Topic + entry.Name, entry.Map, entry.Source, entry.Type}
	return nil
}

// allFiles is the topic under which the settings hold how files are read: their logs are called file:<sha256>.
const allFiles = "file:"

// files sets how files are read.
func (s *settings) files(mapName, source string) {
	s.Topics = append(s.Topics, topicSettings{Name: allFiles, Map: mapName, Source: source})
}

// settingsTopic is the name under which the settings hold a topic.
func settingsTopic(topic string) string {
	if strings.HasPrefix(topic, allFiles) {
		return allFiles
	}
	return topic
}

// decoder chooses the decoder of a topic.
func (s *settings) decoder(topic string) *event.Decoder {
	d := &event.Decoder{Aliases: s.Aliases}
	for _, t := range s.Topics {
		if t.Name == settingsTopic(topic) {
			d.Source, d.Type = t.Source, t.Type
		}
	}
	return d
}

func (s *settings) topicNames() []string {
	var names []string
	for _, t := range s.Topics {
		names = append(names, t.Name)
	}
	return names
}
