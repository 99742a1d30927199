package main

import (
	"fmt"
	"slices"
	"strings"

	"tieback/warehouse"
)

// tillSettings name a source whose orders count. Orders of its channel that other sources report are compared with it and count
// nowhere.
type tillSettings struct {
	// Channel is where orders are placed, such as web; * or nothing: every channel without a till of its own, and orders that name none.
	Channel string `yaml:"channel"`
	Source  string `yaml:"source"`
}

// otherChannels stands for every channel without a till of its own.
const otherChannels = "*"

// orderMaps are the built-in maps that make orders; paymentMaps those of them whose orders mostly name no channel.
var (
	orderMaps   = []string{"ga4", "segment", "shopify-orders", "snowplow", "stripe", "stripe-charges"}
	paymentMaps = []string{"stripe", "stripe-charges"}
)

// till is the setting as orders are read: words in lower case, aliases replaced.
func (s *settings) till(t tillSettings) warehouse.Till {
	channel := strings.ToLower(strings.TrimSpace(t.Channel))
	if alias, ok := s.Aliases[channel]; ok {
		channel = alias
	}
	if channel == "" {
		channel = otherChannels
	}
	return warehouse.Till{Channel: channel, Source: strings.TrimSpace(t.Source)}
}

// allTills are the tills of the settings, each once.
func (s *settings) allTills() []warehouse.Till {
	var list []warehouse.Till
	for _, t := range s.Tills {
		if till := s.till(t); !slices.Contains(list, till) {
			list = append(list, till)
		}
	}
	return list
}

func (s *settings) tillFaults() faultList {
	var faults faultList
	seen := make(map[warehouse.Till]bool)
	for i, t := range s.Tills {
		till := s.till(t)
		switch {
		case till.Source == "":
			faults.at(fmt.Sprintf("tills[%d].source", i), "tills: entry %d names no source, such as shop", i+1)
		case seen[till]:
			faults.at(fmt.Sprintf("tills[%d]", i), "tills: %s of channel %s stands twice", till.Source, till.Channel)
		}
		seen[till] = true
	}
	return faults
}

// tillWarnings finds sales that may count twice, and sources that are probably misspelled.
func (s *settings) tillWarnings() faultList {
	var faults faultList
	var sources, reporting []string
	reporters := make(map[string]string) // source → topic
	for _, t := range s.Topics {
		if t.Source == "" {
			continue
		}
		sources = append(sources, t.Source)
		if slices.Contains(orderMaps, t.Map) && reporters[t.Source] == "" {
			reporters[t.Source] = t.Name
			reporting = append(reporting, t.Source)
		}
	}
	if len(s.Tills) == 0 && len(reporting) > 1 {
		a, b := reporting[0], reporting[1]
		faults.warn("tills", "tills: %s (source %s) and %s (source %s) both bring orders; if they report the same sales, name the one that counts, or each counts twice: tills: [{channel: \"*\", source: %s}]", reporters[a], a, reporters[b], b, a)
	}
	tills := s.allTills()
	for i, t := range s.Tills {
		if source := s.till(t).Source; source != "" && !slices.Contains(sources, source) {
			if near := didYouMean(source, sources); near != "" {
				faults.warn(fmt.Sprintf("tills[%d].source", i), "tills: no topic has the source %s%s", source, near)
			}
		}
	}
	if len(tills) == 0 || slices.ContainsFunc(tills, func(t warehouse.Till) bool { return t.Channel == otherChannels }) {
		return faults
	}
	for i, t := range s.Topics {
		if slices.Contains(paymentMaps, t.Map) && !slices.ContainsFunc(tills, func(till warehouse.Till) bool { return till.Source == t.Source }) {
			faults.warn(fmt.Sprintf("topics[%d]", i), "tills: payments of %s mostly name no channel, and orders without one count from every source; add the channel \"*\"", t.Name)
		}
	}
	return faults
}
