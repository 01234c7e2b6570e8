//! Memory that runs out is told: without this, Rust ends in a trap that says nothing.

use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator, which throws a JavaScript error where there is no more memory. The worker tells the page and is ended.
struct Telling;

#[global_allocator]
static ALLOCATOR: Telling = Telling;

fn told(place: *mut u8) -> *mut u8 {
    if place.is_null() {
        wasm_bindgen::throw_str("out of memory");
    }
    place
}

// SAFETY: every call is handed to `System` as it is, and its answer handed back.
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
