//! Attacks on a model after unlearning: what an attacker can still extract, compared with Original and Retrain.
//!
//! An attack is an entry of [`ATTACKS`] and a file of `attacks`. Each is also carried out on Retrain if there is one: what works on a model that
//! never saw the rows is no evidence of memory.

mod attacks;
pub mod clock;
pub mod context;
pub mod entry;
pub mod judge;
mod membership;
mod merge;
pub mod report;
pub mod roc;
mod tune;

pub use clock::Clock;
pub use context::AttackContext;
pub use entry::{AttackEntry, Extent};
pub use judge::judge;
pub use report::{AttackReport, AttackRequest, Finding, Verdict};

use crate::{Error, Result};

/// All attacks: first those that only observe, then those that change the model.
pub const ATTACKS: &[AttackEntry] = &[
    attacks::loss::ENTRY,
    attacks::reference::ENTRY,
    attacks::shadow::ENTRY,
    attacks::relearn::ENTRY,
    attacks::requantise::ENTRY,
    attacks::drop::ENTRY,
    attacks::paraphrase::ENTRY,
    attacks::soft_prompt::ENTRY,
    attacks::sequence::ENTRY,
];

/// The entry of the attack with this id.
///
/// # Errors
/// If no attack has this id.
pub fn attack(id: &str) -> Result<&'static AttackEntry> {
    ATTACKS.iter().find(|entry| entry.id == id).ok_or_else(|| {
        let known: Vec<_> = ATTACKS.iter().map(|entry| entry.id).collect();
        Error::setting("attack", format!("must be one of {}", known.join(", ")), id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unlearn::Params;

    #[test]
    fn defaults_of_every_attack_are_in_range_and_cost_something() {
        let extent = Extent { n_forget: 500, n_unseen: 500, n_test: 500, n_models: 3, run: 1000.0 };
        for entry in ATTACKS {
            for language_model in [false, true] {
                let params = entry.resolve(&Params::new(), language_model).expect("defaults are in range");
                assert!((entry.passes)(&params, &extent) > 0.0, "{}", entry.id);
            }
            assert_eq!(ATTACKS.iter().filter(|other| other.id == entry.id).count(), 1);
        }
        assert!(attack("guess").expect_err("no such attack").to_string().contains("got `guess`"));
        let given = Params::from([("shadows".to_owned(), 0.0)]);
        assert!(attack("shadow").and_then(|entry| entry.resolve(&given, false)).expect_err("too few").to_string().contains("between"));
        let unknown = Params::from([("depth".to_owned(), 0.0)]);
        assert!(attack("drop").and_then(|entry| entry.resolve(&unknown, false)).expect_err("unknown").to_string().contains("depth"));
    }
}
