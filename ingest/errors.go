package ingest

import "errors"

// What a caller may want to tell apart, for errors.Is.
var (
	// ErrUnreachable: no broker answers, or none lets us in.
	ErrUnreachable = errors.New("no Kafka broker answers")
	// ErrPositionLost: a log no longer holds the position where reading would go on, and the policy is to fail.
	ErrPositionLost = errors.New("a log lost the position")
	// ErrNoTopic: a topic does not exist.
	ErrNoTopic = errors.New("there is no such topic")
	// ErrDrain: the last commit was given up when Limits.Drain was over. Nothing of it was written.
	ErrDrain = errors.New("the last commit took longer than the drain deadline")
)

// classified gives an error a class for errors.Is and leaves its sentence as it is.
type classified struct {
	error
	class error
}

func (e classified) Unwrap() []error { return []error{e.error, e.class} }
