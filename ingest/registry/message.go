package registry

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// messageValue turns a message into what appendJSON writes. Fields have the names of their declarations. A field that was not sent is
// absent; without "optional" Protobuf sends no zero, no false and no empty text, so these are absent too.
func messageValue(m protoreflect.Message, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("messages lie too deep in each other")
	}
	if write, ok := wellKnown[m.Descriptor().FullName()]; ok {
		return write(m, depth)
	}
	object := make(map[string]any)
	var money string
	var failed error
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		var v any
		if v, failed = fieldValue(field, value, depth); failed != nil {
			return false
		}
		if field.Message() != nil && field.Message().FullName() == moneyName && !field.IsList() {
			code := textOf(value.Message(), "currency_code")
			if money != "" && code != "" && code != money {
				failed = errors.New("amounts are in more than one currency")
				return false
			}
			money = max(money, code)
		}
		object[string(field.Name())] = v
		return true
	})
	if failed != nil {
		return nil, failed
	}
	if _, named := object["currency"]; !named && money != "" {
		object["currency"] = money
	}
	return object, nil
}

func fieldValue(field protoreflect.FieldDescriptor, value protoreflect.Value, depth int) (any, error) {
	switch {
	case field.IsMap():
		return mapValue(field, value.Map(), depth)
	case field.IsList():
		list := make([]any, 0, value.List().Len())
		for i := range value.List().Len() {
			item, err := singleValue(field, value.List().Get(i), depth)
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		return list, nil
	}
	return singleValue(field, value, depth)
}

func mapValue(field protoreflect.FieldDescriptor, entries protoreflect.Map, depth int) (any, error) {
	object := make(map[string]any)
	var failed error
	entries.Range(func(key protoreflect.MapKey, value protoreflect.Value) bool {
		object[key.String()], failed = singleValue(field.MapValue(), value, depth)
		return failed == nil
	})
	return object, failed
}

func singleValue(field protoreflect.FieldDescriptor, value protoreflect.Value, depth int) (any, error) {
	switch field.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return messageValue(value.Message(), depth+1)
	case protoreflect.EnumKind:
		return enumValue(field.Enum(), value.Enum()), nil
	case protoreflect.BytesKind:
		return base64.StdEncoding.EncodeToString(value.Bytes()), nil
	}
	return value.Interface(), nil // bool, a number or a text
}

// enumValue is the name of a value without the name of its enum in front, by which Protobuf keeps names apart: of
// ACTION_COMMENT of the enum Action it is COMMENT. A number without a name stays a number.
func enumValue(enum protoreflect.EnumDescriptor, number protoreflect.EnumNumber) any {
	value := enum.Values().ByNumber(number)
	if value == nil {
		return int32(number)
	}
	name := string(value.Name())
	var prefix strings.Builder
	for i, c := range string(enum.Name()) {
		if i > 0 && 'A' <= c && c <= 'Z' {
			prefix.WriteByte('_')
		}
		prefix.WriteRune(c)
	}
	if short := strings.TrimPrefix(name, strings.ToUpper(prefix.String())+"_"); short != "" {
		return short
	}
	return name
}

const moneyName = "google.type.Money"

// wellKnown are messages that stand for one value.
var wellKnown map[protoreflect.FullName]func(m protoreflect.Message, depth int) (any, error)

func init() { // it refers to functions that refer to it
	wellKnown = map[protoreflect.FullName]func(m protoreflect.Message, depth int) (any, error){
		"google.protobuf.Timestamp": func(m protoreflect.Message, _ int) (any, error) {
			return moment(time.Unix(intOf(m, "seconds"), intOf(m, "nanos"))), nil
		},
		"google.protobuf.Duration": func(m protoreflect.Message, _ int) (any, error) {
			return units(intOf(m, "seconds"), intOf(m, "nanos")) + "s", nil
		},
		"google.protobuf.Value":     structValue,
		"google.protobuf.Struct":    func(m protoreflect.Message, depth int) (any, error) { return onlyField(m, "fields", depth) },
		"google.protobuf.ListValue": func(m protoreflect.Message, depth int) (any, error) { return onlyField(m, "values", depth) },
		"google.protobuf.Any": func(protoreflect.Message, int) (any, error) {
			return nil, errors.New("google.protobuf.Any names no schema of the registry")
		},
		moneyName:                func(m protoreflect.Message, _ int) (any, error) { return moneyValue(m) },
		"google.type.Decimal":    func(m protoreflect.Message, _ int) (any, error) { return textOf(m, "value"), nil },
		"google.type.Date":       func(m protoreflect.Message, _ int) (any, error) { return dateOf(m), nil },
		"confluent.type.Decimal": func(m protoreflect.Message, _ int) (any, error) { return decimalOf(m) },
	}
	for _, kind := range []string{"Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes"} {
		wellKnown[protoreflect.FullName("google.protobuf."+kind+"Value")] = func(m protoreflect.Message, depth int) (any, error) {
			return onlyField(m, "value", depth) // it was sent, so its zero is one
		}
	}
}

// onlyField is the value of a field, sent or not.
func onlyField(m protoreflect.Message, name protoreflect.Name, depth int) (any, error) {
	field := m.Descriptor().Fields().ByName(name)
	if field == nil {
		return nil, fmt.Errorf("%s has no field %s", m.Descriptor().FullName(), name)
	}
	return fieldValue(field, m.Get(field), depth+1)
}

// structValue is one value of a google.protobuf.Struct.
func structValue(m protoreflect.Message, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errors.New("messages lie too deep in each other")
	}
	var kind protoreflect.FieldDescriptor
	m.Range(func(field protoreflect.FieldDescriptor, _ protoreflect.Value) bool { kind = field; return false })
	if kind == nil || kind.Name() == "null_value" {
		return nil, nil
	}
	return fieldValue(kind, m.Get(kind), depth)
}

func intOf(m protoreflect.Message, name protoreflect.Name) int64 {
	if field := m.Descriptor().Fields().ByName(name); field != nil {
		if n, ok := m.Get(field).Interface().(int64); ok {
			return n
		}
		if n, ok := m.Get(field).Interface().(int32); ok {
			return int64(n)
		}
	}
	return 0
}

func textOf(m protoreflect.Message, name protoreflect.Name) string {
	if field := m.Descriptor().Fields().ByName(name); field != nil && field.Kind() == protoreflect.StringKind {
		return m.Get(field).String()
	}
	return ""
}

// units writes whole units and billionths of one sign as a decimal without zeros at its end.
func units(whole, nanos int64) string {
	sign := ""
	if whole < 0 || nanos < 0 {
		sign = "-"
	}
	magnitude := new(big.Int).Abs(big.NewInt(whole)).String() // the smallest number has no opposite of its width
	if nanos < 0 {
		nanos = -nanos
	}
	if nanos == 0 {
		return sign + magnitude
	}
	return sign + magnitude + "." + strings.TrimRight(fmt.Sprintf("%09d", nanos), "0")
}

// moneyValue is the amount of a google.type.Money; units and nanos must agree in sign, as its declaration says.
func moneyValue(m protoreflect.Message) (any, error) {
	whole, nanos := intOf(m, "units"), intOf(m, "nanos")
	if nanos <= -1e9 || nanos >= 1e9 || whole > 0 && nanos < 0 || whole < 0 && nanos > 0 {
		return nil, errors.New("units and nanos of an amount contradict each other")
	}
	return units(whole, nanos), nil
}

// dateOf is a whole google.type.Date; one without a day or month is a text that no field takes for a date.
func dateOf(m protoreflect.Message) string {
	return fmt.Sprintf("%04d-%02d-%02d", intOf(m, "year"), intOf(m, "month"), intOf(m, "day"))
}

// decimalOf is a confluent.type.Decimal: a whole number in two's complement, big end first, and how many of its digits are decimals.
func decimalOf(m protoreflect.Message) (any, error) {
	fields := m.Descriptor().Fields()
	value, scale := fields.ByName("value"), intOf(m, "scale")
	if value == nil || value.Kind() != protoreflect.BytesKind || scale < 0 || scale > 1000 {
		return nil, errors.New("confluent.type.Decimal is not as declared")
	}
	b := m.Get(value).Bytes()
	n := new(big.Int).SetBytes(b)
	if len(b) > 0 && b[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(scale), nil)
	return new(big.Rat).SetFrac(n, power).FloatString(int(scale)), nil
}
