package mapping

// WholeBy says for which construct a map reads whole objects.
func WholeBy(m *Map) string { return m.whole.wholeBy }

// Aligned says whether errors of the map can name a line.
func Aligned(m *Map) bool { return m.whole.aligned }

// Whole makes a worker read whole records.
func Whole(w *Worker) { w.lean, w.stream = nil, nil }

// IsLean says whether a worker still tries to read records by name.
func IsLean(w *Worker) bool { return w.stream != nil }
