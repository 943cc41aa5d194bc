//go:build tinygo

package main

import "unsafe"

// The module is built with TinyGo's allocator that never frees (-gc=leaking),
// and frees everything at once itself: the core keeps nothing between calls, so
// what a call has allocated is rubbish as soon as the next one begins. Compared
// with a collector this makes the module a quarter smaller, the calls faster, and
// the memory flat for as long as an instance lives.

// heap is the allocator's next free address.
//
//go:extern runtime.heapptr
var heap uintptr

// bottom is where the heap stood before the first call. What lies below, the
// variables of all packages, is never given back. It cannot be set by an init
// function: TinyGo runs these while it compiles, when there is no heap yet.
var bottom uintptr

// release gives back what was allocated above the mark, or by all earlier calls
// when mark is 0. The memory is cleared, because the allocator takes it to be zero.
func release(mark uintptr) {
	if bottom == 0 {
		bottom = heap
	}
	mark = max(mark, bottom)
	if heap > mark {
		clear(unsafe.Slice((*byte)(unsafe.Pointer(mark)), int(heap-mark)))
		heap = mark
	}
}
