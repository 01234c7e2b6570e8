//! RecEraser (arXiv 2201.06820): SISA for recommenders. Similar people share a shard, shards are balanced, and a learned attention weighs the shards'
//! answers. The public code of E2URec divides people contiguously and averages.

use super::plan::{Plan, Setting, ShardPlan};
use super::shards::Division;
use super::sisa::{EPOCHS, SHARDS};
use super::{Choice, Family, MethodEntry, ParamEntry, Params, Preset};
use crate::Result;

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "receraser",
    label: "RecEraser",
    family: Family::Paper,
    citation: "Chen et al. 2022, arXiv 2201.06820",
    summary: "Shards of people with similar taste, equally large, with a model each; whose answers are averaged or weighed by a small learned \
              attention. Only touched shards are trained again.",
    params: &[
        SHARDS,
        EPOCHS,
        ParamEntry::choice(
            "division",
            "Division",
            "Whether similar people share a shard (the paper), or people are cut in the order of their numbers (the public code).",
            &[Choice { value: 0.0, label: "similar people, balanced" }, Choice { value: 1.0, label: "contiguous people" }],
            0.0,
        ),
        ParamEntry::choice(
            "aggregation",
            "Aggregation",
            "How the shards' answers become one.",
            &[Choice { value: 0.0, label: "mean" }, Choice { value: 1.0, label: "learned attention" }],
            0.0,
        ),
    ],
    presets: &[
        Preset {
            id: "tuned",
            label: "Tuned for this model",
            note: "Two shards of similar people, answers averaged: the best validation AUC of eight settings.",
            params: &[],
        },
        Preset {
            id: "published",
            label: "As in the public code",
            note: "Four contiguous shards of people, answers averaged.",
            params: &[("shards", 4.0), ("division", 1.0)],
        },
        Preset {
            id: "paper",
            label: "As in the paper",
            note: "Four balanced shards of similar people with a learned attention.",
            params: &[("shards", 4.0), ("aggregation", 1.0)],
        },
    ],
    plan,
};

fn plan(p: &Params, _: &Setting) -> Result<Plan> {
    let division = if p["division"] == 0.0 { Division::Similar } else { Division::Contiguous };
    Ok(Plan::Shards(ShardPlan {
        n_shards: p["shards"] as usize,
        division,
        attention: p["aggregation"] == 1.0,
        fairness: None,
        epochs: p["epochs"] as u32,
    }))
}
