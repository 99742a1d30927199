//go:build race

package main

// raceDetector is set where the race detector watches, which takes several times the memory.
const raceDetector = true
