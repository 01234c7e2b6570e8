//! The attacks, one file each: source, parameters, cost, and a function from an attack context to a finding.

pub(super) mod drop;
pub(super) mod loss;
pub(super) mod paraphrase;
pub(super) mod reference;
pub(super) mod relearn;
pub(super) mod requantise;
pub(super) mod sequence;
pub(super) mod shadow;
pub(super) mod soft_prompt;
