//! Tests for memory leaks: training holds no more memory after a thousand steps than after a hundred, and closed sessions leave nothing behind. Every
//! allocated and freed byte is counted. It is a separate binary, since it counts for the whole process.

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicIsize, Ordering};
use unlearn_core::data::forget_spec::ForgetSpec;
use unlearn_core::data::interaction::SourceFile;
use unlearn_core::data::text::Encoder;
use unlearn_core::host::event::Event;
use unlearn_core::host::{Files, Host};
use unlearn_core::report::RunRequest;
use unlearn_core::session::Session;

struct Counting;

static LIVE: AtomicIsize = AtomicIsize::new(0);
/// Lock held by the test that is counting.
static ALONE: Mutex<()> = Mutex::new(());

// SAFETY: every call is passed on to the system's allocator unchanged; counting touches none of the memory.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller upholds the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller upholds the contract.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Records the memory in use at every `Losses` event: every ten steps, when nothing is waiting to be read back.
struct Watching(Vec<(u32, isize)>);

impl Host for Watching {
    fn now_ms(&self) -> f64 {
        0.0
    }

    fn event(&mut self, event: Event) {
        if let Event::Losses { steps } = event {
            let step = steps.last().map_or(0, |last| last.step);
            self.0.push((step, LIVE.load(Ordering::Relaxed)));
        }
    }

    fn breathe(&mut self) -> unlearn_core::host::LocalFuture<'_, unlearn_core::Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn peak_bytes(&self) -> Option<u64> {
        None
    }
}

fn bytes(path: &str) -> Vec<u8> {
    std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

#[test]
fn tokenizers_that_are_closed_leave_nothing_behind() {
    let _alone = ALONE.lock().unwrap_or_else(|broken| broken.into_inner());
    let file = bytes("tests/parity/fixtures/text/tiny-hf/tokenizer.json");
    let words = bytes("public/data/ml-latest-small/movies.csv");
    let words: String = String::from_utf8_lossy(&words).chars().take(20_000).collect();
    let open_and_close = || Encoder::open(&file).expect("a tokenizer").ids(&words, true).expect("its words").len();
    assert!(open_and_close() > 1000, "the words are cut");
    let before = LIVE.load(Ordering::Relaxed);
    (0..20).for_each(|_| _ = open_and_close());
    let left = LIVE.load(Ordering::Relaxed) - before;
    println!("bytes left by 20 tokenizers: {left}");
    // The tokenizers crate keeps a number for each of them.
    assert!(left < 20 * 200, "20 tokenizers left {left} bytes");
}

#[test]
fn a_thousand_steps_hold_no_more_than_a_hundred() {
    let _alone = ALONE.lock().unwrap_or_else(|broken| broken.into_inner());
    let model = ["manifest.json", "model.safetensors", "tokenizer.json"];
    let model: Files = model.iter().map(|name| ((*name).to_owned(), bytes(&format!("models/nano-ml-latest-small/{name}")))).collect();
    let data = ["ratings.csv", "movies.csv"]
        .map(|name| SourceFile { name: name.into(), bytes: bytes(&format!("public/data/ml-latest-small/{name}")) });
    let mut session = Session::load(&model, &data, &burn::tensor::Device::flex(), "test").expect("the shipped model");
    session.limit_rows(64);
    let request = RunRequest {
        forget: ForgetSpec { users: Some(vec![42]), ..ForgetSpec::default() },
        params: [("batch".to_owned(), 8.0), ("augment_batch".to_owned(), 16.0)].into(),
        steps: Some(1000),
        ..RunRequest::default()
    };
    let mut host = Watching(Vec::with_capacity(200));
    pollster::block_on(session.run(&request, &mut host)).expect("the run ends");

    let at = |step: u32| host.0.iter().find(|(one, _)| *one == step).unwrap_or_else(|| panic!("step {step} was told")).1;
    let early: Vec<isize> = (500..=600).step_by(10).map(at).collect();
    let late: Vec<isize> = (900..=1000).step_by(10).map(at).collect();
    let most = |values: &[isize]| values.iter().copied().max().unwrap_or(0);
    println!("bytes held at steps 100, 500 to 600 at most, 900 to 1000 at most: {}, {}, {}", at(100), most(&early), most(&late));
    assert!(at(100) > 1 << 20, "the model alone is larger than that: is anything counted?");
    // A leak of a single number per step would exceed this.
    assert!(most(&late) - most(&early) < 400 * 4, "steps 500 to 600 hold {} bytes, steps 900 to 1000 {}", most(&early), most(&late));
}
