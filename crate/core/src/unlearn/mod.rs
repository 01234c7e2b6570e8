//! Unlearning methods. Adding one: write its file with an `ENTRY` whose `plan` says what to do, and add it to [`METHODS`].

mod bad_t;
pub mod checkpoint;
mod e2urec;
pub mod ensemble;
mod entry;
mod neg_grad;
pub mod plan;
mod rec_eraser;
mod retrain;
pub mod run;
pub mod shards;
mod sisa;
pub mod student;
pub mod teachers;
pub mod terms;

pub use ensemble::Recommender;
pub use entry::{Choice, MethodEntry, ParamEntry, ParamKind, Params, Preset};

/// Every method, in the order of the paper's tables.
pub const METHODS: &[MethodEntry] = &[e2urec::ENTRY, retrain::ENTRY, sisa::ENTRY, rec_eraser::ENTRY, neg_grad::ENTRY, bad_t::ENTRY];

/// Settings of a student on a language model: an adapter on the linear layers and small batches, since a step costs seconds. Not tuned.
const LANGUAGE_MODEL_STUDENT: &[(&str, f64)] =
    &[("targets", 1.0), ("rank", 8.0), ("lora_alpha", 16.0), ("lr", 1e-3), ("batch", 8.0), ("min_steps", 16.0)];

/// The public code's student: rank 16 on query and value, AdamW at a constant 1e-3, batches of 16, two passes over the forget set.
const PUBLISHED_STUDENT: &[(&str, f64)] = &[
    ("w", 0.2),
    ("targets", 0.0),
    ("rank", 16.0),
    ("lora_alpha", 32.0),
    ("lr", 1e-3),
    ("decay", 0.0),
    ("batch", 16.0),
    ("epochs", 2.0),
    ("min_steps", 1.0),
    ("stop", 0.0),
];

/// The entry of a method.
///
/// # Errors
/// If there is no method of that id.
pub fn method(id: &str) -> crate::Result<&'static MethodEntry> {
    METHODS.iter().find(|entry| entry.id == id).ok_or_else(|| {
        let known: Vec<_> = METHODS.iter().map(|entry| entry.id).collect();
        crate::Error::setting("method", format!("must be one of {}", known.join(", ")), id)
    })
}

#[cfg(test)]
mod tests {
    use super::plan::Setting;
    use super::*;

    #[test]
    fn defaults_and_presets_of_every_method_are_in_range() {
        let setting = Setting { n_forget: 1000, n_retain: 4000, steps: None, epochs: 1 };
        for entry in METHODS {
            for preset in entry.presets {
                let given = preset.params.iter().map(|(id, value)| ((*id).to_owned(), *value)).collect();
                let params = entry.resolve(&given).unwrap();
                let plan = (entry.plan)(&params, &setting).unwrap();
                assert!(plan.stages(&setting).iter().any(|(_, n, cost)| f64::from(*n) * cost > 0.0), "{} {}", entry.id, preset.id);
            }
            assert_eq!(entry.presets[0].id, "tuned", "{}: the recommended preset comes first", entry.id);
            assert!(METHODS.iter().filter(|other| other.id == entry.id).count() == 1);
        }
        let unknown = Params::from([("beta".to_owned(), 1.0)]);
        assert!(METHODS[0].resolve(&unknown).unwrap_err().to_string().contains("got `beta`"));
    }
}
