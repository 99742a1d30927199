package main

/*
#include <malloc.h>

// Buffers of batches come and go by the megabyte. By default glibc learns from that to keep ever larger ones; below
// this size it still does, above it they go back to the system at once.
static void return_large_buffers(void) {
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
	mallopt(M_TRIM_THRESHOLD, 128 << 10);
	mallopt(M_ARENA_MAX, 2);
#endif
}
*/
import "C"

// returnLargeBuffers makes the C library give freed batches back to the system.
func returnLargeBuffers() { C.return_large_buffers() }
