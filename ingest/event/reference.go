package event

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// WriteReference writes docs/events.md: every type with its fields, and the codes
// of dead letters.
func WriteReference(w io.Writer) error {
	var b strings.Builder
	b.WriteString(referenceHead)
	topic := ""
	for _, t := range Types {
		if t.Topic != topic {
			topic = t.Topic
			fmt.Fprintf(&b, "\n## Topic `%s`\n", topic)
		}
		fmt.Fprintf(&b, "\n### %s\n\n%s Raw table `raw.%s`; JSON Schema [`%s`](schema/%s.schema.json).\n", t.Name, t.Doc, t.Table(), t.Name, t.Name)
		if len(t.Key) > 0 {
			fmt.Fprintf(&b, "Key: %s; among rows of one key the highest `revision` is current.\n", strings.Join(t.Key, ", "))
		}
		b.WriteString("\n| field | kind | |\n|---|---|---|\n")
		for _, f := range t.Fields {
			name := "`" + f.Name + "`"
			if f.Required {
				name = "**" + name + "**"
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", name, f.kindPhrase(), f.Doc)
		}
	}
	b.WriteString("\n## Dead letters\n\nA message that cannot become a row is kept with its bytes, a code, the field and a sentence:\n\n| code | |\n|---|---|\n")
	for _, c := range Codes {
		fmt.Fprintf(&b, "| `%s` | %s |\n", c.Code, c.Doc)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

const referenceHead = `# Events

<!-- Generated from the declarations in ingest/event by "go test ./ingest/event -update". Do not edit. -->

JSON in UTF-8, one event per Kafka message or line of a file, in one of three forms that mean the same:

1. CloudEvents 1.0 structured: ` + "`" + `{"specversion":"1.0","id":…,"source":…,"type":…,"time":…,"data":{…}}` + "`" + `
2. CloudEvents 1.0 binary over Kafka: headers ` + "`ce_id`, `ce_source`, `ce_type`, `ce_time`" + `; the value is data
3. flat: ` + "`" + `{"id":…,"source":…,"type":…,"time":…, …fields of data…}` + "`" + `

| attribute | |
|---|---|
| **` + "`id`" + `** | unique within its source. The same id again with equal content on the same day is a duplicate and counted; with other content it is a dead letter ` + "`conflict`" + ` |
| ` + "`source`" + ` | default: the source configured for the topic, else ` + "`default`" + ` |
| **` + "`type`" + `** | one of the types below, or the type configured for the topic |
| **` + "`time`" + `** | RFC 3339 with an offset: when it happened |
| ` + "`revision`" + ` | whole number or time, default the time: the highest of a key is current |
| ` + "`recordedtime`" + ` | when it became known; default: the Kafka timestamp, for files the start of the load |

Required fields are bold. A field that no type declares is left out and counted. *token*: a personal identifier, stored as a keyed
16-byte hash. *decimal*: a JSON string or number with at most four decimals, kept exactly; *rate* has at most twelve. *word*: lower-cased,
any word is accepted; *name*: any text, its case kept; *reference*: only equality matters, stored as a 16-byte hash.
*url*: kept without user, fragment and query, but for utm_* and, of landing pages, the click ids of ad platforms: queries carry e-mail addresses. *unit*: a token where persons are assigned, else text. *object*: a JSON object.
`

func (f Field) kindPhrase() string {
	phrase := f.Kind.String()
	switch {
	case f.Kind == Enum && f.Fallback != "":
		phrase = strings.Join(f.Values, ", ") + "; any other word becomes " + f.Fallback
	case f.Kind == Enum:
		phrase = strings.Join(f.Values, ", ")
	case f.Kind == Token && f.TokenKind[0] == '@':
		phrase += " in the namespace of `" + f.TokenKind[1:] + "`"
	}
	if f.NotNegative {
		phrase += " ≥ 0"
	}
	return phrase
}

// JSONSchema returns the JSON Schema (draft 2020-12) of the flat form of a type.
func JSONSchema(t *Type) ([]byte, error) {
	properties := map[string]any{
		"id":           text("unique within source"),
		"source":       text("who says so"),
		"type":         map[string]any{"const": t.Name},
		"time":         map[string]any{"type": "string", "format": "date-time", "description": "when it happened"},
		"revision":     map[string]any{"type": []string{"integer", "string"}, "description": "the highest of a key is current"},
		"recordedtime": map[string]any{"type": "string", "format": "date-time", "description": "when it became known"},
	}
	needed := []string{"id", "type", "time"}
	for _, f := range t.Fields {
		properties[f.Name] = f.schema()
		if f.Required {
			needed = append(needed, f.Name)
		}
	}
	out, err := json.MarshalIndent(map[string]any{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"title":       t.Name,
		"description": t.Doc,
		"type":        "object",
		"properties":  properties,
		"required":    needed,
	}, "", "  ")
	return append(out, '\n'), err
}

func text(doc string) map[string]any {
	return map[string]any{"type": []string{"string", "number"}, "description": doc}
}

// schema is the JSON Schema of one field.
func (f Field) schema() map[string]any {
	s := text(f.Doc)
	switch f.Kind {
	case Money, Rate:
		places := 4
		if f.Kind == Rate {
			places = 12
		}
		sign := "[-+]?"
		if f.NotNegative {
			sign = `\+?`
			s["minimum"] = 0
		}
		s["pattern"] = fmt.Sprintf(`^%s[0-9]*\.?[0-9]{0,%d}0*([eE][-+]?[0-9]+)?$`, sign, places)
	case Object:
		s["type"] = []string{"object", "string"}
	case Currency:
		s["type"], s["pattern"] = "string", "^[A-Za-z]{3}$"
	case Time:
		s["type"], s["format"] = "string", "date-time"
	case Date:
		s["type"], s["format"] = "string", "date"
	case Int:
		s["type"], s["pattern"] = []string{"integer", "string"}, "^[-+]?[0-9]{1,19}$"
		if f.NotNegative {
			s["minimum"] = 0
		}
	case Bool:
		s["type"], s["enum"] = []string{"boolean", "string"}, []any{true, false, "true", "false"}
	case Enum:
		s["type"] = "string"
		if f.Fallback == "" {
			s["enum"] = f.Values
		} else {
			s["examples"] = f.Values
		}
	}
	return s
}
