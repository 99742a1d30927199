package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// attributesOf is one combination as sql/intermediate/int_attributes_matched.sql makes it, by field.
type attributesOf map[string]string

// takes says whether a rule takes a combination, as its SQL does: every word that is set must be like the attribute.
func takes(m ruleSetting, have attributesOf) bool {
	for field, word := range m.words() {
		if word == "" {
			continue
		}
		text, prefix := strings.CutSuffix(strings.ToLower(word), "*")
		if prefix && !strings.HasPrefix(have[field], text) || !prefix && have[field] != text {
			return false
		}
	}
	return true
}

// combinations are all there can be over a small alphabet.
func combinations(words []string) []attributesOf {
	var all []attributesOf
	for _, a := range words {
		all = append(all, attributesOf{"coupon": a})
		for _, b := range words {
			all = append(all, attributesOf{"platform": a, "utm_source": a, "utm_campaign": b})
			for _, c := range words {
				for _, d := range words {
					all = append(all, attributesOf{"platform": a, "campaign": b, "venue": c, "cost_center": d})
				}
			}
		}
	}
	return all
}

// Whatever validate says of a rule is true: no combination is left that the rule is the first to take. 3,000 random lists of rules
// over a few words are tried against every combination there is.
func TestRulesCalledDeadAreDead(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	words := []string{"", "a", "ab", "b"}
	patterns := []string{"", "", "", "", "a", "ab", "b", "a*", "*"}
	all := combinations(words)
	warned, dead := 0, 0
	for range 3000 {
		s := &settings{}
		for i := range 1 + random.IntN(4) {
			pick := func() string { return patterns[random.IntN(len(patterns))] }
			s.Programs = append(s.Programs, programSettings{ID: fmt.Sprint(i), Match: []ruleSetting{{pick(), pick(), pick(), pick(), pick(), pick(), pick()}}})
		}
		first := make(map[int]bool)
		for _, have := range all {
			for i, p := range s.Programs {
				if takes(p.Match[0], have) {
					first[i] = true
					break
				}
			}
		}
		for _, f := range s.ruleWarnings() {
			var i int
			if _, err := fmt.Sscanf(f.Setting, "programs[%d]", &i); err != nil {
				t.Fatal(err)
			}
			warned++
			if first[i] {
				t.Fatalf("%s\nbut it is the first to take something: %+v", f, s.Programs)
			}
		}
		for i, p := range s.Programs {
			if p.Match[0] != (ruleSetting{}) && !first[i] {
				dead++
			}
		}
	}
	if warned < dead*9/10 {
		t.Errorf("%d of %d dead rules are found, want nine of ten", warned, dead)
	}
}

func TestRulesBehindAliases(t *testing.T) {
	s := &settings{Aliases: map[string]string{"twitter": "x"}, Programs: []programSettings{{ID: "a", Match: []ruleSetting{
		{Platform: "Twitter", Campaign: "c"}, // engagements say x
		{Platform: "twitter"},                // a click's utm_source may say twitter
		{Platform: "x", Campaign: "c"},
	}}}}
	faults := s.ruleWarnings()
	if len(faults) != 1 || faults[0].Setting != "programs[0].match[0]" || !strings.Contains(faults[0].Message, "aliases make twitter x") {
		t.Errorf("%v, want that the first rule never matches", faults)
	}
}
