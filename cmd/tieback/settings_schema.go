package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// settingsDocs says of each key of tieback.yaml what it is for, one line a key.
//
//go:embed settings.txt
var settingsDocs string

// settingKey is a key of tieback.yaml, such as programs.match.platform, with the Go type of its value.
type settingKey struct {
	path string
	of   reflect.Type
}

// settingKeys lists all keys, each object before what it holds.
func settingKeys() []settingKey {
	var keys []settingKey
	var walk func(t reflect.Type, path string)
	walk = func(t reflect.Type, path string) {
		eachField(t, func(name string, field reflect.Type) {
			at := strings.TrimPrefix(path+"."+name, ".")
			keys = append(keys, settingKey{at, field})
			for field.Kind() == reflect.Slice || field.Kind() == reflect.Pointer {
				field = field.Elem()
			}
			if long, ok := longFormOf(field); ok {
				walk(long, at)
			} else if field.Kind() == reflect.Struct && !readsItself(field) {
				walk(field, at)
			}
		})
	}
	walk(reflect.TypeFor[settings](), "")
	return keys
}

// sentences reads settingsDocs.
func settingSentences() (map[string]string, error) {
	sentences := make(map[string]string)
	for i, line := range strings.Split(settingsDocs, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		key, sentence, ok := strings.Cut(line, ": ")
		if !ok || sentences[key] != "" {
			return nil, fmt.Errorf("settings.txt line %d: want one \"key: sentence\" for each key", i+1)
		}
		sentences[key] = sentence
	}
	return sentences, nil
}

// schemed is a type that reads itself and says by what schema; its method must not need a value.
type schemed interface{ settingsSchema() map[string]any }

// A limit is what the checks of values say, as a schema says it. What they compare between keys stays out of it.
func settingLimits() map[string]map[string]any {
	ratioTo := func(most string) map[string]any {
		return map[string]any{"minimum": 0, "maximum": json.Number(most), "pattern": `^\+?[0-9]*\.?[0-9]+([eE][-+]?[0-9]{1,2})?$`}
	}
	between := func(least, most int) map[string]any { return map[string]any{"minimum": least, "maximum": most} }
	oneOf := func(words []string) map[string]any { return map[string]any{"enum": orNothingOf(words)} }
	duration := map[string]any{"pattern": `^\+?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$`}
	keep := between(0, 1<<31-1)
	return map[string]map[string]any{
		"reporting_currency": oneOf(currencies), "home_market": oneOf(countries), "credit_model": oneOf(creditModels), "on_offset_reset": oneOf(offsetResets),
		"fiscal_year_starts": between(1, 12), "lookback_days": between(1, mostLookback), "markov_order": between(1, mostOrder), "maturity_days": between(0, mostDays), "suppress_below": between(0, mostDays),
		"margin_rate": ratioTo("1"), "identity_min_confidence": ratioTo("1"),
		"programs.seed_budget": ratioTo(mostBudget), "programs.hurdle": ratioTo(mostHurdle), "programs.reinvest": ratioTo("1"), "programs.stage": oneOf(stages),
		"programs": {"required": []string{"id"}}, "programs.id": {"minLength": 1}, "programs.match": {"minProperties": 1},
		"topics":      {"oneOf": []any{map[string]any{"required": []string{"topic"}}, map[string]any{"required": []string{"name"}}}},
		"topics.name": {"minLength": 1}, "topics.topic": {"minLength": 1}, "topics.type": oneOf(eventTypes()),
		"tills": {"required": []string{"source"}}, "tills.source": {"minLength": 1},
		"own_accounts":        {"required": []string{"platform", "person"}},
		"kafka_security.sasl": oneOf(mechanisms), "kafka_security": {"dependentRequired": map[string]any{"cert_file": []string{"key_file"}, "key_file": []string{"cert_file"}}},
		"drain_deadline": duration, "dead_letters.window": duration, "go_memory_limit": {"pattern": "^([0-9]+ ?[KMGT]i?B)?$"},
		"dead_letters.max_share": {"minimum": 0, "maximum": 1}, "dead_letters.max_count": {"minimum": 0}, "dead_letters.min_messages": {"minimum": 0}, "dead_letters.keep_days": between(0, mostDays),
		"snapshots.keep": keep, "snapshots.keep_days": keep, "backups.keep": keep, "backups.keep_days": keep,
	}
}

// orNothingOf are the words of an enumeration and null: a key without a value stands for its default.
func orNothingOf(words []string) []any {
	list := make([]any, 0, len(words)+1)
	for _, w := range words {
		list = append(list, w)
	}
	return append(list, nil)
}

// settingsSchema returns the JSON Schema (draft 2020-12) of tieback.yaml, from the Go types it is read into.
func settingsSchema() ([]byte, error) {
	sentences, err := settingSentences()
	if err != nil {
		return nil, err
	}
	b := schemaBuilder{sentences: sentences, limits: settingLimits()}
	schema := b.of(reflect.TypeFor[settings](), "")
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "tieback.yaml"
	schema["description"] = "Settings of Tieback. A key that is not listed is an error; ${VARIABLE} in a value takes the environment's, as text."
	if len(b.faults) > 0 {
		return nil, fmt.Errorf("the settings have no schema: %s", strings.Join(b.faults, "; "))
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err = encoder.Encode(schema)
	return out.Bytes(), err
}

// schemaBuilder writes schemas of Go types.
type schemaBuilder struct {
	sentences map[string]string
	limits    map[string]map[string]any
	faults    []string
}

// of is the schema of the type at a path. Every value may be null, which is as if the key were absent.
func (b *schemaBuilder) of(t reflect.Type, path string) map[string]any {
	if t.Kind() == reflect.Pointer {
		return b.of(t.Elem(), path)
	}
	if long, ok := longFormOf(t); ok {
		object := b.of(long, path)
		object["type"] = "object"
		maps.Copy(object, b.limits[path])
		return map[string]any{"anyOf": []any{map[string]any{"type": []string{"string", "number", "boolean"}, "minLength": 1}, object}}
	}
	if readsItself(t) {
		s, ok := reflect.Zero(t).Interface().(schemed)
		if !ok {
			b.faults = append(b.faults, fmt.Sprintf("%s: %s reads itself and has no method settingsSchema", path, t))
			return map[string]any{}
		}
		return s.settingsSchema()
	}
	switch t.Kind() {
	case reflect.Struct:
		properties := make(map[string]any)
		eachField(t, func(name string, field reflect.Type) {
			properties[name] = b.described(field, strings.TrimPrefix(path+"."+name, "."))
		})
		return map[string]any{"type": []string{"object", "null"}, "properties": properties, "additionalProperties": false}
	case reflect.Map:
		return map[string]any{"type": []string{"object", "null"}, "additionalProperties": b.of(t.Elem(), "")}
	case reflect.Slice:
		items := b.of(t.Elem(), path)
		if _, long := longFormOf(t.Elem()); t.Elem().Kind() == reflect.Struct && !long {
			maps.Copy(items, b.limits[path])
		}
		return map[string]any{"type": []string{"array", "null"}, "items": items}
	case reflect.Bool:
		return map[string]any{"type": []string{"boolean", "null"}}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": []string{"integer", "null"}}
	case reflect.Float64:
		return map[string]any{"type": []string{"number", "null"}}
	case reflect.String:
		return map[string]any{"type": []string{"string", "number", "boolean", "null"}}
	}
	b.faults = append(b.faults, fmt.Sprintf("%s: no schema for %s", path, t))
	return map[string]any{}
}

// described is the schema of a key with its sentence and limits. A list of objects has its limits on each of them.
func (b *schemaBuilder) described(t reflect.Type, path string) map[string]any {
	schema := b.of(t, path)
	if t.Kind() != reflect.Slice {
		limits := b.limits[path]
		if limits["pattern"] != nil || limits["minLength"] != nil {
			schema["type"] = slices.DeleteFunc(schema["type"].([]string), func(kind string) bool { return kind == "boolean" || kind == "number" && limits["minimum"] == nil })
		}
		maps.Copy(schema, limits)
		if limits["enum"] != nil {
			delete(schema, "type")
		}
	}
	if schema["description"] = b.sentences[path]; b.sentences[path] == "" {
		b.faults = append(b.faults, path+" has no sentence in settings.txt")
	}
	return schema
}
