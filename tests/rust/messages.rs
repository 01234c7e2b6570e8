//! Runs every committed message of the fuzz target `message` on the stable toolchain, and tests the parts of a package that come later. It belongs to
//! crate/web, which defines the messages.

#[path = "../fuzz/src/message.rs"]
mod message;

use crate::answer::answer;
use crate::protocol::{Command, Reply};
use burn::tensor::Device;
use std::path::Path;
use unlearn_core::data::ForgetSpec;
use unlearn_core::data::interaction::SourceFile;
use unlearn_core::host::event::Event;
use unlearn_core::host::{Files, Host, LocalFuture};
use unlearn_core::package::cross_fit::{CROSS_FIT, CrossFit};
use unlearn_core::package::sha256;
use unlearn_core::report::{Expectation, RunRequest};
use unlearn_core::session::Session;
use unlearn_core::{Error, Result};

/// A person of the shipped data who liked some films and not others.
const PERSON: u32 = 414;

/// A host to which nothing is told.
struct Deaf;

impl Host for Deaf {
    fn now_ms(&self) -> f64 {
        0.0
    }

    fn event(&mut self, _: Event) {}

    fn breathe(&mut self) -> LocalFuture<'_, Result<()>> {
        Box::pin(async { Ok(()) })
    }

    fn peak_bytes(&self) -> Option<u64> {
        None
    }
}

/// What the page is told to expect of a request, or why nothing.
fn expected(session: &mut Session, forget: ForgetSpec) -> std::result::Result<Expectation, String> {
    let request = RunRequest { forget, ..Default::default() };
    let reply = pollster::block_on(answer(session, Command::Select { request }, &mut Deaf)).expect("it can be chosen");
    let Reply::Selection { expected, expected_missing, .. } = reply else { panic!("a selection is due") };
    expected.ok_or_else(|| expected_missing.expect("it is said why nothing is expected"))
}

#[test]
fn cross_fitted_answers_come_later_and_the_page_is_told_what_they_expect() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |path: &str| std::fs::read(root.join(path)).expect("it is shipped");
    let model = ["manifest.json", "model.safetensors", "tokenizer.json"]
        .map(|name| (name.to_owned(), read(&format!("models/nano-ml-latest-small/{name}"))));
    let data = ["ratings.csv", "movies.csv"]
        .map(|name| SourceFile { name: name.into(), bytes: read(&format!("public/data/ml-latest-small/{name}")) });
    let mut session = Session::load(&Files::from(model), &data, &Device::flex(), "test").expect("the package loads");
    let person = || ForgetSpec { users: Some(vec![PERSON]), ..Default::default() };
    assert_eq!(expected(&mut session, person()).unwrap_err(), "the model has no cross-fitted answers");

    // Whoever never saw a row says Yes and No alike.
    let even = vec![0.0; session.split.train.len()];
    let bytes = CrossFit { by_person: even.clone(), by_row: Some(even) }.write().expect("both have as many rows");
    session.manifest.files.insert(CROSS_FIT.into(), sha256(&bytes));
    let add = |session: &mut Session, bytes: Vec<u8>| pollster::block_on(answer(session, Command::AddCrossFit { bytes }, &mut Deaf));
    let Err(Error::Package { .. }) = add(&mut session, bytes[1..].to_vec()) else { panic!("a damaged file is refused") };
    assert!(matches!(add(&mut session, bytes), Ok(Reply::Done)));

    let of_person = expected(&mut session, person()).expect("a person is answered by models that never saw them");
    assert!((of_person.logloss - 2.0f64.ln()).abs() < 1e-12 && of_person.auc == Some(0.5), "{of_person:?}");
    let genre = ForgetSpec { genre: Some("Horror".into()), ..Default::default() };
    assert!(expected(&mut session, genre).unwrap_err().contains("for an item or a genre"));
}

#[test]
fn every_message_is_answered_or_refused() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/corpus/message");
    let mut n_inputs = 0;
    for entry in std::fs::read_dir(folder).expect("the corpus is committed") {
        let path = entry.expect("it can be listed").path();
        eprintln!("{}", path.display());
        message::run(&std::fs::read(path).expect("it can be read"));
        n_inputs += 1;
    }
    assert!(n_inputs > 0);
}
