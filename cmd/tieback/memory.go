package main

import (
	"os"
	"runtime/debug"
)

// garbagePercent is how much garbage Go keeps at most, in percent of what lives: half its default, because what
// lives are batches, cheap to look through.
const garbagePercent = 50

// tameMemory keeps what a long run holds near what it needs. GOGC in the environment wins.
func tameMemory() {
	returnLargeBuffers()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
}
