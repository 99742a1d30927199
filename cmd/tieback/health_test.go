package main

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestWatchHealth(t *testing.T) {
	broken := errors.New("the database no longer answers")
	calls := 0
	watched, stop := watchHealth(t.Context(), func(context.Context) error {
		if calls++; calls < 3 {
			return nil
		}
		return broken
	}, time.Millisecond)
	select {
	case <-watched.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("the context goes on over a database that no longer answers")
	}
	if err := stop(); !errors.Is(err, broken) {
		t.Errorf("stop returns %v, want %v", err, broken)
	}
	watched, stop = watchHealth(t.Context(), func(context.Context) error { return nil }, time.Millisecond)
	if err := watched.Err(); err != nil {
		t.Errorf("a healthy database ended the context: %v", err)
	}
	if err := stop(); err != nil {
		t.Errorf("stop returns %v for a healthy database", err)
	}
}
