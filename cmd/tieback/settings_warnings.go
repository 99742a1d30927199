package main

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// warnings lists settings that are valid and have no effect, or not the one they seem to have.
func (s *settings) warnings() faultList {
	faults := s.ruleWarnings()
	for alias, word := range s.Aliases {
		at := "aliases." + alias
		switch {
		case alias != strings.ToLower(strings.TrimSpace(alias)):
			faults.warn(at, "aliases: %q never applies: words are lower-cased and trimmed before", alias)
		case word == "" || word != strings.ToLower(strings.TrimSpace(word)):
			faults.warn(at, "aliases: %s becomes %q, which is no lower-case word", alias, word)
		case s.Aliases[word] != "" && word != alias:
			faults.warn(at, "aliases: %s becomes %s and not %s: an alias is not replaced again", alias, word, s.Aliases[word])
		}
	}
	faults = append(faults, s.nameWarnings()...)
	faults = append(faults, s.accountWarnings()...)
	faults = append(faults, s.tillWarnings()...)
	for i, broker := range s.Brokers {
		if fault := addressFault(broker); fault != "" {
			faults.warn(fmt.Sprintf("brokers[%d]", i), "brokers: %s", fault)
		}
	}
	if s.Run.HTTP != "" {
		if fault := addressFault(s.Run.HTTP); fault != "" {
			faults.warn("http", "http: %s", fault)
		}
	}
	return faults
}

// addressFault says what is wrong with host:port.
func addressFault(address string) string {
	_, port, err := net.SplitHostPort(address)
	if n, number := strconv.ParseUint(port, 10, 16); err != nil || number != nil || n == 0 && port != "0" {
		return fmt.Sprintf("%q must be host:port such as localhost:9092", address)
	}
	return ""
}

// nameWarnings looks at the programs' names and at the costs that are expected of them.
func (s *settings) nameWarnings() faultList {
	var faults faultList
	faults = append(faults, s.expectedWarnings("expected_costs", "expected_costs", s.ExpectedCosts)...)
	names := make(map[string]string)
	for i, p := range s.Programs {
		at := fmt.Sprintf("programs[%d]", i)
		name := p.Name
		if name == "" {
			name = p.ID
		}
		if before, again := names[name]; again && before != p.ID {
			faults.warn(at+".name", "programs: %s and %s have one name, %q: readers cannot tell them apart", before, p.ID, name)
		}
		names[name] = p.ID
		if p.ID != strings.TrimSpace(p.ID) {
			faults.warn(at+".id", "programs: the id %q has spaces around it, which no event has", p.ID)
		}
		if p.ExpectedCosts != nil && len(p.ExpectedCosts) == 0 {
			faults.warn(at+".expected_costs", "programs: %s: an empty list of expected_costs means the general one; leave it out", p.ID)
		}
		faults = append(faults, s.expectedWarnings(at+".expected_costs", "programs: "+p.ID+": expected_costs", p.ExpectedCosts)...)
	}
	return faults
}

// expectedWarnings finds categories that no cost entry can have, and repeated ones.
func (s *settings) expectedWarnings(at, name string, categories []string) faultList {
	var faults faultList
	for i, c := range categories {
		switch alias := s.Aliases[c]; {
		case c == "" || c != strings.ToLower(strings.TrimSpace(c)) || strings.Contains(c, ","):
			faults.warn(at, "%s: %q is never found: categories are lower-case words", name, c)
		case alias != "" && alias != c:
			faults.warn(at, "%s: %s is never found: aliases make it %s", name, c, alias)
		case slices.Contains(categories[:i], c):
			faults.warn(at, "%s: %s stands twice", name, c)
		}
	}
	return faults
}

func (s *settings) accountWarnings() faultList {
	var faults faultList
	seen := make(map[ownAccount]bool)
	for i, o := range s.OwnAccounts {
		at := fmt.Sprintf("own_accounts[%d]", i)
		platform := strings.ToLower(strings.TrimSpace(o.Platform))
		if alias, ok := s.Aliases[platform]; ok {
			platform = alias
		}
		account := ownAccount{Platform: platform, Person: strings.TrimSpace(o.Person)}
		switch {
		case account.Platform == "" || account.Person == "":
			faults.warn(at, "own_accounts: entry %d needs platform and person, the id that events have", i+1)
		case seen[account]:
			faults.warn(at, "own_accounts: %s on %s stands twice", account.Person, account.Platform)
		}
		seen[account] = true
	}
	return faults
}
