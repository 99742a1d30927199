package mapping

// WholeBy says for which construct a map reads whole objects.
func WholeBy(m *Map) string { return m.whole.wholeBy }

// Aligned says whether errors of the map can name a line.
func Aligned(m *Map) bool { return m.whole.aligned }

// Whole makes a worker read whole records.
func Whole(w *Worker) { w.lean, w.stream = nil, nil }

// IsLean says whether a worker still tries to read records by name.
func IsLean(w *Worker) bool { return w.stream != nil }

// Both computes dadd, dsub and dmul of two operands as maps do, and by apd alone.
func Both(a, b any) (quick, slow []any) {
	never := func(small, small) (small, bool) { return small{}, false }
	for _, way := range []struct {
		list          *[]any
		add, sub, mul func(a, b small) (small, bool)
	}{{&quick, addSmall, subSmall, mulSmall}, {&slow, never, never, never}} {
		for _, f := range []func(any, []any) any{both("dadd", exact.Add, way.add), both("dsub", exact.Sub, way.sub), both("dmul", exact.Mul, way.mul)} {
			result := f(nil, []any{a, b})
			if err, failed := result.(error); failed {
				result = err.Error()
			}
			*way.list = append(*way.list, result)
		}
	}
	return quick, slow
}
