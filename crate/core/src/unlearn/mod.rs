//! Unlearning methods. Adding one: write its file with an `ENTRY` whose `plan` says what to do, and add it to [`METHODS`].

mod ascent;
mod bad_t;
pub mod checkpoint;
pub mod curve;
mod depn;
mod e2urec;
pub mod ensemble;
mod entry;
mod eul;
mod f_learning;
mod fair;
pub mod fit;
mod flipped;
mod fuse;
mod grad_diff;
mod kga;
mod lau;
mod leave_one_out;
mod llmu;
#[cfg(test)]
mod losses;
mod mechanistic;
mod neg_grad;
mod npo;
mod pcgu;
pub mod plan;
mod presets;
mod quark;
mod rec_eraser;
mod retrain;
mod rmu;
pub mod run;
mod sam;
mod seul;
pub mod shards;
mod sim_npo;
mod sisa;
pub mod step;
pub mod student;
mod targets;
pub mod teachers;
pub mod terms;
mod whp;

pub use ensemble::Recommender;
pub use entry::{Choice, Family, MethodEntry, ParamEntry, ParamKind, Params, Preset};

/// Every method: those of the paper's tables first, then the others by kind.
pub const METHODS: &[MethodEntry] = &[
    e2urec::ENTRY,
    retrain::ENTRY,
    sisa::ENTRY,
    rec_eraser::ENTRY,
    neg_grad::ENTRY,
    bad_t::ENTRY,
    ascent::ENTRY,
    grad_diff::ENTRY,
    flipped::ENTRY,
    llmu::ENTRY,
    npo::ENTRY,
    sim_npo::ENTRY,
    sam::ENTRY,
    lau::ENTRY,
    seul::ENTRY,
    whp::ENTRY,
    kga::ENTRY,
    leave_one_out::ENTRY,
    quark::ENTRY,
    f_learning::ENTRY,
    eul::ENTRY,
    pcgu::ENTRY,
    mechanistic::ENTRY,
    rmu::ENTRY,
    depn::ENTRY,
    fair::ENTRY,
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
        let setting = Setting { n_forget: 1000, n_retain: 4000, steps: None, epochs: 1, n_blocks: 2, n_requests: 1 };
        for entry in METHODS {
            for preset in entry.presets {
                let given = preset.params.iter().map(|(id, value)| ((*id).to_owned(), *value)).collect();
                let params = entry.resolve(&given).unwrap();
                let plan = (entry.plan)(&params, &setting).unwrap();
                assert!(plan.stages(&setting).iter().any(|(_, n, cost)| f64::from(*n) * cost > 0.0), "{} {}", entry.id, preset.id);
            }
            assert!(METHODS.is_sorted_by_key(|entry| entry.family as u8), "one group a family");
            assert_eq!(entry.presets[0].id, "tuned", "{}: the recommended preset comes first", entry.id);
            assert!(METHODS.iter().filter(|other| other.id == entry.id).count() == 1);
        }
        let unknown = Params::from([("beta".to_owned(), 1.0)]);
        assert!(METHODS[0].resolve(&unknown).unwrap_err().to_string().contains("got `beta`"));
    }
}
