package main

import (
	"fmt"
	"strings"
)

// placedRule is a rule of the settings with its place and what it can match.
type placedRule struct {
	program, setting string
	groups           [3]*ruleGroup // by kind of combination; nil where the rule cannot match one
}

// ruleGroup is what a rule asks of the attributes that stand together in one kind of combination, as
// sql/intermediate/int_attributes_matched.sql makes them.
type ruleGroup []wordPattern

// The kinds of combinations: those of engagements, content, claims and costs, those of clicks, and coupons. In a click the
// platform is the utm_source.
var ruleKinds = [3][]string{
	{"platform", "campaign", "venue", "cost_center"},
	{"utm_source", "utm_campaign"},
	{"coupon"},
}

// wordPattern is a word of a rule: any, a word, or all words that begin so.
type wordPattern struct {
	any, prefix bool
	text        string
}

func patternOf(word string) wordPattern {
	word = strings.ToLower(word)
	if text, prefix := strings.CutSuffix(word, "*"); prefix {
		return wordPattern{any: text == "", prefix: true, text: text}
	}
	return wordPattern{any: word == "", text: word}
}

// holds says whether whatever matches q matches p.
func (p wordPattern) holds(q wordPattern) bool {
	switch {
	case p.any:
		return true
	case q.any:
		return false
	case p.prefix:
		return strings.HasPrefix(q.text, p.text)
	}
	return !q.prefix && p.text == q.text
}

// meet is the pattern of what matches both; ok is false where nothing does.
func (p wordPattern) meet(q wordPattern) (both wordPattern, ok bool) {
	switch {
	case p.holds(q):
		return q, true
	case q.holds(p):
		return p, true
	}
	return p, false
}

// words are the fields of a rule by their names.
func (m ruleSetting) words() map[string]string {
	return map[string]string{"platform": m.Platform, "campaign": m.Campaign, "utm_source": m.UTMSource, "utm_campaign": m.UTMCampaign,
		"coupon": m.Coupon, "venue": m.Venue, "cost_center": m.CostCenter}
}

// groupsOf are the kinds of combinations that a rule can match. Where there are none, why says the reason.
func (s *settings) groupsOf(m ruleSetting) (groups [3]*ruleGroup, why string) {
	words := m.words()
	for kind, fields := range ruleKinds {
		group, fits := make(ruleGroup, len(fields)), true
		for i, field := range fields {
			group[i] = patternOf(words[field])
		}
		for field, word := range words {
			inKind := false
			for _, f := range fields {
				inKind = inKind || f == field
			}
			fits = fits && (inKind || patternOf(word).any || kind == 1 && field == "platform")
		}
		if kind == 1 {
			var both bool
			group[0], both = group[0].meet(patternOf(words["platform"]))
			fits = fits && both
		}
		if kind == 0 {
			for _, field := range []string{"platform", "venue"} {
				if alias := s.Aliases[patternOf(words[field]).text]; alias != "" && !strings.HasSuffix(words[field], "*") && alias != strings.ToLower(words[field]) {
					fits, why = false, fmt.Sprintf("aliases make %s %s", strings.ToLower(words[field]), alias)
				}
			}
		}
		if fits {
			groups[kind] = &group
		}
	}
	if why == "" {
		why = "no event has all these fields together: platform, campaign, venue and cost_center stand together, utm_source (the platform) and utm_campaign, and coupon alone"
	}
	return groups, why
}

// holds says whether the group takes whatever another one takes.
func (g ruleGroup) holds(other ruleGroup) bool {
	for i := range g {
		if !g[i].holds(other[i]) {
			return false
		}
	}
	return true
}

// ruleWarnings finds rules that match nothing and rules behind one that takes all of theirs.
func (s *settings) ruleWarnings() faultList {
	var faults faultList
	var before []placedRule
	for i, p := range s.Programs {
		for j, m := range p.Match {
			r := placedRule{program: p.ID, setting: fmt.Sprintf("programs[%d].match[%d]", i, j)}
			if m == (ruleSetting{}) {
				continue // an error already
			}
			for field, word := range m.words() {
				if word != strings.TrimSpace(word) {
					faults.warn(r.setting+"."+field, "programs: %s: %s %q has spaces around it, which no event has", p.ID, field, word)
				}
			}
			var why string
			if r.groups, why = s.groupsOf(m); r.groups == [3]*ruleGroup{} {
				faults.warn(r.setting, "programs: %s: a rule never matches: %s", p.ID, why)
				continue
			}
			if first := r.behind(before); first != nil {
				faults.warn(r.setting, "programs: %s: a rule never applies: all it matches goes to %s by an earlier rule (%s)", p.ID, first.program, first.setting)
			}
			before = append(before, r)
		}
	}
	return faults
}

// behind is an earlier rule where earlier ones take everything that r matches, nil where they do not.
func (r placedRule) behind(before []placedRule) *placedRule {
	var first *placedRule
	for kind, group := range r.groups {
		if group == nil {
			continue
		}
		taken := false
		for i := range before {
			if g := before[i].groups[kind]; g != nil && g.holds(*group) {
				taken = true
				if first == nil {
					first = &before[i]
				}
				break
			}
		}
		if !taken {
			return nil
		}
	}
	return first
}
