package mapping

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// Bounds of the decimals that a map may compute with. Amounts have 18 digits; the rest is room for products.
const (
	maxDigits   = 60
	maxExponent = 60
)

// exact computes without rounding: its precision is unlimited, and operands are bounded.
var exact = apd.BaseContext

// errNotDecimal says what a function on decimals got instead. It does not show the value, which may be personal.
type errNotDecimal struct {
	function, kind string
}

func (e *errNotDecimal) Error() string {
	return fmt.Sprintf("%s needs a decimal such as 12.50, as a number or a text, and got %s", e.function, e.kind)
}

// kindOf names a jq value's kind for people.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "true or false"
	case string:
		if v == "" {
			return "an empty text"
		}
		return "a text that is none"
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	case float64:
		return "a floating-point number"
	}
	return "a number out of range"
}

// toDecimal reads a decimal from a number or a text.
func toDecimal(function string, v any) (*apd.Decimal, error) {
	var text string
	switch v := v.(type) {
	case int:
		return apd.New(int64(v), 0), nil
	case json.Number:
		text = string(v)
	case string:
		text = strings.TrimSpace(v)
	case *big.Int:
		text = v.String()
	default:
		return nil, &errNotDecimal{function, kindOf(v)}
	}
	if !isDecimal(text) {
		return nil, &errNotDecimal{function, kindOf(v)}
	}
	d, _, err := apd.NewFromString(text)
	if err != nil || d.Form != apd.Finite || d.NumDigits() > maxDigits || d.Exponent > maxExponent || d.Exponent < -maxExponent {
		return nil, &errNotDecimal{function, "a number out of range"}
	}
	return d, nil
}

// isDecimal says whether text is -?digits[.digits][e[±]digits]. What apd would also take, such as NaN and Infinity, is none.
func isDecimal(text string) bool {
	text = strings.TrimPrefix(text, "-")
	mantissa, exponent, hasExponent := text, "", false
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, exponent, hasExponent = text[:i], strings.TrimLeft(text[i+1:], "+-"), true
		if len(text[i+1:])-len(exponent) > 1 || len(exponent) > 4 {
			return false
		}
	}
	whole, part, hasPoint := strings.Cut(mantissa, ".")
	return isDigits(whole) && (!hasPoint || isDigits(part)) && (!hasExponent || isDigits(exponent))
}

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// fromDecimal is the jq value of a decimal: an int where it is whole and written so, else its text as a JSON number.
func fromDecimal(d *apd.Decimal) any {
	if d.Exponent == 0 {
		if n, err := d.Int64(); err == nil {
			return int(n)
		}
	}
	if d.IsZero() {
		d.Negative = false
	}
	return json.Number(d.Text('f'))
}

// decimalOf is decimal: the exact number in a number or a text.
func decimalOf(v any, _ []any) any {
	switch v := v.(type) {
	case int, json.Number, *big.Int:
		return v
	}
	d, err := toDecimal("decimal", v)
	if err != nil {
		return err
	}
	return fromDecimal(d)
}

// both makes a jq function of an exact operation on two decimals; quick is the same for small ones, not ok where its result is not.
func both(name string, operate func(result, a, b *apd.Decimal) (apd.Condition, error), quick func(a, b small) (small, bool)) func(any, []any) any {
	return func(_ any, args []any) any {
		if a, ok := smallOf(args[0]); ok {
			if b, ok := smallOf(args[1]); ok {
				if result, ok := quick(a, b); ok {
					return result.value()
				}
			}
		}
		a, err := toDecimal(name, args[0])
		if err != nil {
			return err
		}
		b, err := toDecimal(name, args[1])
		if err != nil {
			return err
		}
		var result apd.Decimal
		if _, err := operate(&result, a, b); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return fromDecimal(&result)
	}
}

// sum is dsum: the exact sum of an array; of none it is 0.
func sum(v any, _ []any) any {
	list, ok := v.([]any)
	if !ok {
		return fmt.Errorf("dsum needs an array and got %s", kindOf(v))
	}
	if total, ok := sumSmall(list); ok {
		return total.value()
	}
	total := apd.New(0, 0)
	for _, item := range list {
		d, err := toDecimal("dsum", item)
		if err != nil {
			return err
		}
		if _, err := exact.Add(total, total, d); err != nil {
			return fmt.Errorf("dsum: %w", err)
		}
	}
	return fromDecimal(total)
}

// sumSmall sums small decimals as long as the sum is one.
func sumSmall(list []any) (total small, ok bool) {
	for _, item := range list {
		d, ok := smallOf(item)
		if !ok || max(total.n, -total.n) >= 1e15 {
			return total, false
		}
		if total, ok = addSmall(total, d); !ok {
			return total, false
		}
	}
	return total, true
}

// compare is dcmp(a; b): −1, 0 or 1, exactly.
func compare(_ any, args []any) any {
	a, err := toDecimal("dcmp", args[0])
	if err != nil {
		return err
	}
	b, err := toDecimal("dcmp", args[1])
	if err != nil {
		return err
	}
	return a.Cmp(b)
}

// negate is dneg.
func negate(v any, _ []any) any {
	d, err := toDecimal("dneg", v)
	if err != nil {
		return err
	}
	return fromDecimal(d.Neg(d))
}

// round is dround(places): half away from zero, as amounts are rounded everywhere here.
func round(v any, args []any) any {
	places, ok := args[0].(int)
	if !ok || places < 0 || places > 12 {
		return fmt.Errorf("dround needs a number of places from 0 to 12")
	}
	switch v := v.(type) {
	case string:
		if isRound(v, places) {
			return json.Number(v)
		}
	case json.Number:
		if isRound(string(v), places) {
			return v
		}
	}
	d, err := toDecimal("dround", v)
	if err != nil {
		return err
	}
	return rounded(d, places)
}

// isRound says whether a text is a positive decimal of at most so many places, and so short that it is within every bound: most amounts
// need no rounding, and none has to be made for them.
func isRound(text string, places int) bool {
	whole, part, hasPoint := strings.Cut(text, ".")
	return hasPoint && len(text) <= 18 && len(part) <= places && isDigits(whole) && isDigits(part) && (whole == "0" || whole[0] != '0')
}

func rounded(d *apd.Decimal, places int) any {
	if int(-d.Exponent) <= places {
		return fromDecimal(d)
	}
	context := *exact.WithPrecision(maxDigits * 3)
	context.Rounding = apd.RoundHalfUp // apd's half up is away from zero
	if _, err := context.Quantize(d, d, int32(-places)); err != nil {
		return fmt.Errorf("dround: %w", err)
	}
	return fromDecimal(d)
}

// divide is ddiv(a; b; places): the quotient, rounded half away from zero.
func divide(_ any, args []any) any {
	a, err := toDecimal("ddiv", args[0])
	if err != nil {
		return err
	}
	b, err := toDecimal("ddiv", args[1])
	if err != nil {
		return err
	}
	places, ok := args[2].(int)
	switch {
	case !ok || places < 0 || places > 12:
		return fmt.Errorf("ddiv needs a number of places from 0 to 12")
	case b.IsZero():
		return fmt.Errorf("ddiv divides by zero")
	}
	// One rounding only: numerator and denominator as whole numbers, the quotient by integer division.
	shift := int64(a.Exponent) - int64(b.Exponent) + int64(places)
	numerator, denominator := a.Coeff.MathBigInt(), b.Coeff.MathBigInt()
	ten := big.NewInt(10)
	if shift >= 0 {
		numerator.Mul(numerator, new(big.Int).Exp(ten, big.NewInt(shift), nil))
	} else {
		denominator.Mul(denominator, new(big.Int).Exp(ten, big.NewInt(-shift), nil))
	}
	quotient, rest := new(big.Int).QuoRem(numerator, denominator, new(big.Int))
	if rest.Lsh(rest, 1).Cmp(denominator) >= 0 {
		quotient.Add(quotient, big.NewInt(1))
	}
	result := apd.NewWithBigInt(new(apd.BigInt).SetMathBigInt(quotient), int32(-places))
	result.Negative = a.Negative != b.Negative
	return fromDecimal(result)
}

// shift is dshift(places): the decimal times 10^places.
func shift(v any, args []any) any {
	places, ok := args[0].(int)
	if !ok || places < -maxExponent || places > maxExponent {
		return fmt.Errorf("dshift needs a whole number of places")
	}
	return shifted("dshift", v, places)
}

func shifted(function string, v any, places int) any {
	if n, ok := v.(int); ok && places < 0 && places > -19 {
		return pointed(n, -places)
	}
	d, err := toDecimal(function, v)
	if err != nil {
		return err
	}
	d.Exponent += int32(places)
	return fromDecimal(d)
}

// pointed writes a whole number with its last places behind the point: 1050 by 2 is 10.50. It is shifted without the detour over apd.
func pointed(n, places int) any {
	var buffer [48]byte
	text := buffer[:0]
	magnitude := uint64(n)
	if n < 0 {
		text, magnitude = append(text, '-'), uint64(-n)
	}
	if n == math.MinInt {
		magnitude = 1 << 63
	}
	unit := uint64(1)
	for range places {
		unit *= 10
	}
	text = append(strconv.AppendUint(text, magnitude/unit, 10), '.')
	part := magnitude % unit
	for unit /= 10; unit > 0; unit /= 10 {
		text = append(text, byte('0'+part/unit%10))
	}
	return json.Number(text)
}
