//! SISA (sharded, isolated, sliced, aggregated training; arXiv 1912.03817): one model per shard of the rows, and the mean of their answers. To
//! forget a row, only its shard is trained again. Exact, but every model is trained on a part of the data only.

use super::common::{EPOCHS, SHARDS};
use crate::Result;
use crate::unlearn::engine::plan::Plan;
use crate::unlearn::engine::recommender::Mean;
use crate::unlearn::engine::shards::{Partition, ShardPlan};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::method::{Family, MethodEntry, Preset};
use crate::unlearn::param::{Choice, ParamEntry, Params};
use std::sync::Arc;

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

fn plan(p: &Params, _: &TaskSizes) -> Result<Plan> {
    let partition = if p["division"] == 0.0 { Partition::Rows } else { Partition::Users };
    Ok(Plan::Shards(ShardPlan { n_shards: p["shards"] as usize, partition, join: Arc::new(Mean), epochs: p["epochs"] as u32 }))
}
