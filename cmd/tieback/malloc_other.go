//go:build !linux

package main

func returnLargeBuffers() {}
