package records

import (
	"encoding/base64"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// cellWriter appends the value of a row as JSON; ok is false where it is null, or a number that is none.
type cellWriter func(to []byte, row int) (out []byte, ok bool)

// writerOf chooses the writer of a column. Decimals become strings with all their places, whole numbers stay whole, times
// become RFC 3339 in UTC (those without a zone are taken as UTC), bytes become text where they are UTF-8 and base64 where not.
func writerOf(column arrow.Array) cellWriter {
	write := valueWriter(column)
	return func(to []byte, row int) ([]byte, bool) {
		if column.IsNull(row) {
			return to, false
		}
		return write(to, row)
	}
}

// signed and unsigned write the whole numbers of every width.
func signed[T int8 | int16 | int32 | int64](column interface{ Value(int) T }) cellWriter {
	return func(to []byte, row int) ([]byte, bool) {
		return strconv.AppendInt(to, int64(column.Value(row)), 10), true
	}
}

func unsigned[T uint8 | uint16 | uint32 | uint64](column interface{ Value(int) T }) cellWriter {
	return func(to []byte, row int) ([]byte, bool) {
		return strconv.AppendUint(to, uint64(column.Value(row)), 10), true
	}
}

// decimals writes numbers that whole returns without their point where they fit into 64 bits, and that long formats where not.
func decimals(column arrow.Array, whole func(row int) (int64, bool), long func(row int, scale int32) string) cellWriter {
	scale := column.DataType().(arrow.DecimalType).GetScale()
	return func(to []byte, row int) ([]byte, bool) {
		if n, ok := whole(row); ok && scale >= 0 {
			return appendDecimal(to, n, scale), true
		}
		return appendText(to, long(row, scale)), true
	}
}

// textual writes what formats itself.
func textual(text func(row int) string) cellWriter {
	return func(to []byte, row int) ([]byte, bool) { return appendText(to, text(row)), true }
}

// binary writes bytes.
func binary(value func(row int) []byte) cellWriter {
	return func(to []byte, row int) ([]byte, bool) {
		if b := value(row); utf8.Valid(b) {
			return appendText(to, b), true
		}
		return append(base64.StdEncoding.AppendEncode(append(to, '"'), value(row)), '"'), true
	}
}

// moment writes a time in UTC.
func moment(at func(row int) time.Time, layout string) cellWriter {
	return func(to []byte, row int) ([]byte, bool) {
		return append(at(row).UTC().AppendFormat(append(to, '"'), layout), '"'), true
	}
}

func valueWriter(column arrow.Array) cellWriter {
	switch a := column.(type) {
	case *array.Null:
		return func(to []byte, _ int) ([]byte, bool) { return to, false }
	case *array.Boolean:
		return func(to []byte, row int) ([]byte, bool) { return strconv.AppendBool(to, a.Value(row)), true }
	case *array.Int8:
		return signed(a)
	case *array.Int16:
		return signed(a)
	case *array.Int32:
		return signed(a)
	case *array.Int64:
		return signed(a)
	case *array.Uint8:
		return unsigned(a)
	case *array.Uint16:
		return unsigned(a)
	case *array.Uint32:
		return unsigned(a)
	case *array.Uint64:
		return unsigned(a)
	case *array.Float16:
		return func(to []byte, row int) ([]byte, bool) { return appendFloat(to, float64(a.Value(row).Float32()), 32) }
	case *array.Float32:
		return func(to []byte, row int) ([]byte, bool) { return appendFloat(to, float64(a.Value(row)), 32) }
	case *array.Float64:
		return func(to []byte, row int) ([]byte, bool) { return appendFloat(to, a.Value(row), 64) }
	case *array.String:
		return textual(a.Value)
	case *array.LargeString:
		return textual(a.Value)
	case *array.StringView:
		return textual(a.Value)
	case *array.Binary:
		return binary(a.Value)
	case *array.LargeBinary:
		return binary(a.Value)
	case *array.BinaryView:
		return binary(a.Value)
	case *array.FixedSizeBinary:
		return binary(a.Value)
	case *array.Decimal32:
		return decimals(a, func(row int) (int64, bool) { return int64(a.Value(row)), true }, func(row int, scale int32) string { return a.Value(row).ToString(scale) })
	case *array.Decimal64:
		return decimals(a, func(row int) (int64, bool) { return int64(a.Value(row)), true }, func(row int, scale int32) string { return a.Value(row).ToString(scale) })
	case *array.Decimal128:
		return decimals(a, func(row int) (int64, bool) {
			n := a.Value(row)
			return int64(n.LowBits()), n.HighBits() == int64(n.LowBits())>>63
		}, func(row int, scale int32) string { return a.Value(row).ToString(scale) })
	case *array.Decimal256:
		return decimals(a, func(int) (int64, bool) { return 0, false }, func(row int, scale int32) string { return a.Value(row).ToString(scale) })
	}
	return temporalWriter(column)
}

func temporalWriter(column arrow.Array) cellWriter {
	switch a := column.(type) {
	case *array.Timestamp:
		unit := a.DataType().(*arrow.TimestampType).Unit
		return moment(func(row int) time.Time { return a.Value(row).ToTime(unit) }, time.RFC3339Nano)
	case *array.Date32:
		return moment(func(row int) time.Time { return a.Value(row).ToTime() }, time.DateOnly)
	case *array.Date64:
		return moment(func(row int) time.Time { return a.Value(row).ToTime() }, time.DateOnly)
	case *array.Time32:
		unit := a.DataType().(*arrow.Time32Type).Unit
		return moment(func(row int) time.Time { return a.Value(row).ToTime(unit) }, "15:04:05.999999999")
	case *array.Time64:
		unit := a.DataType().(*arrow.Time64Type).Unit
		return moment(func(row int) time.Time { return a.Value(row).ToTime(unit) }, "15:04:05.999999999")
	}
	return nestedWriter(column)
}

func nestedWriter(column arrow.Array) cellWriter {
	switch a := column.(type) {
	case *array.Dictionary:
		words := writerOf(a.Dictionary())
		return func(to []byte, row int) ([]byte, bool) { return words(to, a.GetValueIndex(row)) }
	case *array.Map: // before lists: a map is a list of entries
		keys, items := writerOf(a.Keys()), writerOf(a.Items())
		return func(to []byte, row int) ([]byte, bool) {
			from, end := a.ValueOffsets(row)
			return appendEntries(to, int(from), int(end), keys, items), true
		}
	case array.ListLike:
		items := writerOf(a.ListValues())
		return func(to []byte, row int) ([]byte, bool) {
			from, end := a.ValueOffsets(row)
			return appendItems(to, int(from), int(end), items), true
		}
	case *array.Struct:
		return structWriter(a)
	case array.Union:
		var children []cellWriter
		for i := range a.NumFields() {
			children = append(children, writerOf(a.Field(i)))
		}
		return func(to []byte, row int) ([]byte, bool) {
			child, at := a.ChildID(row), row
			if dense, ok := a.(*array.DenseUnion); ok {
				at = int(dense.ValueOffset(row))
			}
			return children[child](to, at)
		}
	case *array.RunEndEncoded:
		values := writerOf(a.Values())
		return func(to []byte, row int) ([]byte, bool) { return values(to, a.GetPhysicalIndex(row)) }
	case array.ExtensionArray:
		if a.ExtensionType().ExtensionName() == "arrow.uuid" {
			return textual(a.ValueStr)
		}
		return writerOf(a.Storage())
	}
	return textual(column.ValueStr) // intervals and durations
}

// structWriter writes the fields of a struct that are not null.
func structWriter(a *array.Struct) cellWriter {
	fields := a.DataType().(*arrow.StructType).Fields()
	var names [][]byte
	var values []cellWriter
	for i := range a.NumField() {
		names, values = append(names, appendName(nil, fields[i].Name)), append(values, writerOf(a.Field(i)))
	}
	return func(to []byte, row int) ([]byte, bool) {
		to = append(to, '{')
		first := true
		for i, name := range names {
			start := len(to)
			if !first {
				to = append(to, ',')
			}
			out, ok := values[i](append(to, name...), row)
			if to = out; !ok {
				to = to[:start]
				continue
			}
			first = false
		}
		return append(to, '}'), true
	}
}

// appendItems appends a list; what is null in it stays null, so that the others keep their places.
func appendItems(to []byte, from, end int, item cellWriter) []byte {
	to = append(to, '[')
	for i := from; i < end; i++ {
		if i > from {
			to = append(to, ',')
		}
		out, ok := item(to, i)
		if to = out; !ok {
			to = append(to, "null"...)
		}
	}
	return append(to, ']')
}

// appendEntries appends a map as an object; entries whose key or value is null are left out.
func appendEntries(to []byte, from, end int, key, value cellWriter) []byte {
	to = append(to, '{')
	first := true
	for i := from; i < end; i++ {
		start := len(to)
		if !first {
			to = append(to, ',')
		}
		name, ok := key(nil, i)
		if ok {
			if name[0] != '"' {
				name = append(append([]byte{'"'}, name...), '"')
			}
			to, ok = value(append(append(to, name...), ':'), i)
		}
		if !ok {
			to = to[:start]
			continue
		}
		first = false
	}
	return append(to, '}')
}
