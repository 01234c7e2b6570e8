//! No parser may ask for much memory at once: a count that the input's length does not bear out was then believed.
//!
//! libFuzzer's own limit of this kind needs a sanitizer, which these targets are built without.

use std::alloc::{GlobalAlloc, Layout, System};

/// Inputs have at most a few dozen kilobytes; what a model of such a size needs is far below.
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

// SAFETY: every call goes to the system's allocator as it came, or does not return.
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
