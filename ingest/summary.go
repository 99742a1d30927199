package ingest

// Add adds what another run did.
func (s *Summary) Add(other Summary) {
	s.Consumed += other.Consumed
	s.Written += other.Written
	s.Duplicates += other.Duplicates
	s.Conflicts += other.Conflicts
	s.DeadLetters += other.DeadLetters
	s.LeftOut += other.LeftOut
	s.UnknownFields = addCounts(s.UnknownFields, other.UnknownFields)
	s.OtherValues = addCounts(s.OtherValues, other.OtherValues)
	s.Batches += other.Batches
	s.Elapsed += other.Elapsed
}
