//! An allocator that limits a single allocation: a larger request means that a parser trusted a count that the input's length does not justify.
//!
//! libFuzzer has a similar limit, but it needs a sanitizer, and these targets are built without one.

use std::alloc::{GlobalAlloc, Layout, System};

/// Maximum size of one allocation. Inputs have at most a few dozen kilobytes; a model of such a size needs far less.
const MOST: usize = 512 << 20;

struct Limited;

#[global_allocator]
static ALLOCATOR: Limited = Limited;

fn check(size: usize) {
    if size > MOST {
        eprintln!("one allocation of {size} bytes, allowed are {MOST}");
        std::process::abort();
    }
}

// SAFETY: every call is passed on to the system's allocator unchanged, or does not return.
unsafe impl GlobalAlloc for Limited {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        check(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        check(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        check(size);
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }
}
