//! Attacks on a model that is to have forgotten: what an attacker could still get out of it, beside what Original and Retrain give.
//!
//! Adding one: write its file with an `ENTRY` and a function from a [`Scene`] to a [`Finding`], add the entry to [`ATTACKS`] and the function to
//! `attack::carry_out`. Every attack is also made on Retrain where there is one: what works on a model that never saw the rows is no sign of memory.

mod drop;
mod entry;
mod judge;
mod loss;
mod membership;
mod merge;
mod paraphrase;
mod reference;
mod relearn;
pub mod report;
mod requantise;
pub mod roc;
pub mod scene;
mod sequence;
mod shadow;
mod soft_prompt;
mod tune;

pub use entry::{AttackEntry, Extent};
pub use judge::judge;
pub use report::{AttackReport, AttackRequest, Finding, Verdict};
pub use scene::Scene;

use crate::train::host::Host;
use crate::unlearn::Params;
use crate::{Error, Result};
use scene::Clock;

/// Every attack, those that only look before those that change the model.
pub const ATTACKS: &[AttackEntry] = &[
    loss::ENTRY,
    reference::ENTRY,
    shadow::ENTRY,
    relearn::ENTRY,
    requantise::ENTRY,
    drop::ENTRY,
    paraphrase::ENTRY,
    soft_prompt::ENTRY,
    sequence::ENTRY,
];

/// The entry of an attack.
///
/// # Errors
/// If there is no attack of that id.
pub fn attack(id: &str) -> Result<&'static AttackEntry> {
    ATTACKS.iter().find(|entry| entry.id == id).ok_or_else(|| {
        let known: Vec<_> = ATTACKS.iter().map(|entry| entry.id).collect();
        Error::setting("attack", format!("must be one of {}", known.join(", ")), id)
    })
}

/// Makes one attack; `params` are resolved.
pub(crate) async fn carry_out<H: Host>(
    entry: &AttackEntry,
    scene: &Scene<'_>,
    params: &Params,
    clock: &mut Clock,
    host: &mut H,
) -> Result<Finding> {
    match entry.id {
        "loss" => loss::run(scene, clock, host).await,
        "reference" => reference::run(scene, clock, host).await,
        "shadow" => shadow::run(scene, params, clock, host).await,
        "relearn" => relearn::run(scene, params, clock, host).await,
        "requantise" => requantise::run(scene, clock, host).await,
        "drop" => drop::run(scene, clock, host).await,
        "paraphrase" => paraphrase::run(scene, clock, host).await,
        "prompt" => soft_prompt::run(scene, params, clock, host).await,
        _ => sequence::run(scene, params, clock, host).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
