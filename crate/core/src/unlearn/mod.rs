//! Unlearning: the table of methods, and the engine that carries out a method's plan.
//!
//! `engine` names no method; `methods` has one file per method, and nothing in `engine` imports from it.

pub mod engine;
pub mod method;
mod methods;
pub mod param;

pub use engine::recommender::Recommender;
pub use method::{Family, MethodEntry, Preset};
pub use param::{Choice, ParamEntry, ParamKind, Params};

/// All methods: first those of the E2URec paper's tables, then the others by family.
pub const METHODS: &[MethodEntry] = &[
    methods::e2urec::ENTRY,
    methods::retrain::ENTRY,
    methods::sisa::ENTRY,
    methods::rec_eraser::ENTRY,
    methods::neg_grad::ENTRY,
    methods::bad_t::ENTRY,
    methods::ascent::ENTRY,
    methods::grad_diff::ENTRY,
    methods::wga::ENTRY,
    methods::sat_imp::ENTRY,
    methods::flipped::ENTRY,
    methods::llmu::ENTRY,
    methods::npo::ENTRY,
    methods::sim_npo::ENTRY,
    methods::sam::ENTRY,
    methods::lau::ENTRY,
    methods::seul::ENTRY,
    methods::whp::ENTRY,
    methods::kga::ENTRY,
    methods::leave_one_out::ENTRY,
    methods::cross_fitted::ENTRY,
    methods::undial::ENTRY,
    methods::quark::ENTRY,
    methods::f_learning::ENTRY,
    methods::eul::ENTRY,
    methods::pcgu::ENTRY,
    methods::mechanistic::ENTRY,
    methods::scif::ENTRY,
    methods::rmu::ENTRY,
    methods::depn::ENTRY,
    methods::u_can::ENTRY,
    methods::fair::ENTRY,
    methods::apa::ENTRY,
];

/// The entry of the method with this id.
///
/// # Errors
/// If no method has this id.
pub fn method(id: &str) -> crate::Result<&'static MethodEntry> {
    METHODS.iter().find(|entry| entry.id == id).ok_or_else(|| {
        let known: Vec<_> = METHODS.iter().map(|entry| entry.id).collect();
        crate::Error::setting("method", format!("must be one of {}", known.join(", ")), id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::task::TaskSizes;

    #[test]
    fn defaults_and_presets_of_every_method_are_in_range() {
        let sizes = TaskSizes::of_one_length(1000, 4000);
        for entry in METHODS {
            for preset in entry.presets {
                let given = preset.params.iter().map(|(id, value)| ((*id).to_owned(), *value)).collect();
                let params = entry.resolve(&given).unwrap();
                let plan = (entry.plan)(&params, &sizes).unwrap();
                assert!(plan.stages(&sizes).iter().any(|(_, n, cost)| f64::from(*n) * cost > 0.0), "{} {}", entry.id, preset.id);
            }
            assert!(METHODS.is_sorted_by_key(|entry| entry.family as u8), "one group a family");
            assert_eq!(entry.presets[0].id, "tuned", "{}: the recommended preset comes first", entry.id);
            assert!(METHODS.iter().filter(|other| other.id == entry.id).count() == 1);
        }
        let unknown = Params::from([("beta".to_owned(), 1.0)]);
        assert!(METHODS[0].resolve(&unknown).unwrap_err().to_string().contains("got `beta`"));
    }
}
