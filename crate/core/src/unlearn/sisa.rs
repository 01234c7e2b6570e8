//! SISA (sharded, isolated, sliced, aggregated training; arXiv 1912.03817): one model a shard of the rows, their answers averaged; to forget a row, only
//! its shard is trained again. Exact, but every model knows a part of the data alone.

use super::plan::{Plan, Setting, ShardPlan};
use super::shards::Division;
use super::{Choice, Family, MethodEntry, ParamEntry, Params, Preset};
use crate::Result;

/// How many shards.
pub(super) const SHARDS: ParamEntry =
    ParamEntry::int("shards", "Shards", "Models, each over its own part of the training rows.", [2.0, 8.0, 2.0]);
/// Passes of a shard.
pub(super) const EPOCHS: ParamEntry = ParamEntry::int("epochs", "Epochs", "Passes of every shard over its rows.", [1.0, 20.0, 1.0]);

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "sisa",
    label: "SISA",
    family: Family::Paper,
    citation: "Bourtoule et al. 2021, arXiv 1912.03817",
    summary: "The training rows are dealt to shards with a model each, whose answers are averaged. Only shards that held a forgotten row are trained again: \
              exact, and cheap where few rows go.",
    params: &[
        SHARDS,
        EPOCHS,
        ParamEntry::choice(
            "division",
            "Division",
            "Whether rows are dealt one by one (the public code), or a person's rows stay together, so that forgetting a person touches one shard.",
            &[Choice { value: 0.0, label: "by row" }, Choice { value: 1.0, label: "by person" }],
            0.0,
        ),
    ],
    presets: &[
        Preset {
            id: "tuned",
            label: "Tuned for this model",
            note: "Two shards of rows, one pass: the best validation AUC of eight settings.",
            params: &[],
        },
        Preset { id: "published", label: "As published", note: "Four random shards of rows.", params: &[("shards", 4.0)] },
        Preset {
            id: "by_person",
            label: "By person",
            note: "Four shards of people: forgetting one person touches one shard.",
            params: &[("shards", 4.0), ("division", 1.0)],
        },
    ],
    plan,
};

fn plan(p: &Params, _: &Setting) -> Result<Plan> {
    let division = if p["division"] == 0.0 { Division::Rows } else { Division::Users };
    Ok(Plan::Shards(ShardPlan { n_shards: p["shards"] as usize, division, attention: false, fairness: None, epochs: p["epochs"] as u32 }))
}
