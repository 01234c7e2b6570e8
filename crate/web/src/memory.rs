//! Reports when memory runs out: otherwise Rust ends in a trap without a message.

use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator, but throwing a JavaScript error when out of memory. The worker reports it to the page and is terminated.
struct Telling;

#[global_allocator]
static ALLOCATOR: Telling = Telling;

fn told(place: *mut u8) -> *mut u8 {
    if place.is_null() {
        wasm_bindgen::throw_str("out of memory");
    }
    place
}

// SAFETY: every call is forwarded to `System` unchanged, and so is its result.
unsafe impl GlobalAlloc for Telling {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        told(unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        told(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        told(unsafe { System.realloc(place, layout, size) })
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        unsafe { System.dealloc(place, layout) }
    }
}
