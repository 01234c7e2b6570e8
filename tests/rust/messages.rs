//! Runs every committed message of the fuzz target `message` on the stable toolchain. It belongs to crate/web, which defines the messages.

#[path = "../fuzz/src/message.rs"]
mod message;

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
