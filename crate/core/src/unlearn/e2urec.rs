//! E2URec (arXiv 2403.03536): a forgetting and a remembering teacher guide a student of which only the adapter moves.
//!
//! With o the original and g the augmented model (o tuned further on the forget set), the forgetting teacher is `v_f = v_o − α ReLU(v_g − v_o)`;
//! the loss is `KL(v_f ‖ u)` on forget rows alone at first, then `w (CE_r + KL(v_o ‖ u)) + (1 − w) KL(v_f ‖ u)`.
//! Every term is a cross entropy with a fixed soft target, so the targets are computed once and a step is one forward and one backward pass.

use super::run::{Outcome, Sets, StudentSpec, Targeted, student};
use super::teachers::{AugmentSpec, Difference, augment, distributions, forgetting_teacher, one_hot};
use super::{Choice, MethodEntry, ParamEntry, ParamKind, Preset};
use crate::data::batch::Dealer;
use crate::linear::LoraSpec;
use crate::linear::random::SeedRng;
use crate::model::{Decoder, Targets};
use crate::train::event::Phase;
use crate::train::host::Host;
use crate::train::infer::answer_logits;
use crate::train::progress::Progress;
use crate::{Error, Result};
use rand::SeedableRng;
use std::collections::BTreeMap;

const fn float(id: &'static str, label: &'static str, help: &'static str, [min, max, step, default]: [f64; 4]) -> ParamEntry {
    ParamEntry { id, label, help, kind: ParamKind::Float, min, max, step, default, choices: &[] }
}

const fn int(id: &'static str, label: &'static str, help: &'static str, [min, max, default]: [f64; 3]) -> ParamEntry {
    ParamEntry { id, label, help, kind: ParamKind::Int, min, max, step: 1.0, default, choices: &[] }
}

const fn choice(id: &'static str, label: &'static str, help: &'static str, choices: &'static [Choice], default: f64) -> ParamEntry {
    ParamEntry { id, label, help, kind: ParamKind::Choice, min: 0.0, max: choices.len() as f64 - 1.0, step: 1.0, default, choices }
}

const TARGETS: &[Choice] = &[
    Choice { value: 0.0, label: "query and value" },
    Choice { value: 1.0, label: "all linear layers" },
    Choice { value: 2.0, label: "linear layers and item embedding" },
    Choice { value: 3.0, label: "item embedding" },
];

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "e2urec",
    label: "E2URec",
    citation: "Wang et al. 2024, arXiv 2403.03536",
    summary: "A student with a fresh LoRA adapter learns from two teachers: one that shows how the model would answer without the forgotten data, \
              and one that keeps every other answer as it was. The base model is never changed.",
    params: &[
        float(
            "alpha",
            "α, strength of forgetting",
            "How far the forgetting teacher steps back from what the augmented model knows.",
            [0.0, 8.0, 0.05, 0.4],
        ),
        choice(
            "difference",
            "Difference",
            "Whether the step back only lowers logits (the public code) or moves them both ways (the paper's text).",
            &[Choice { value: 0.0, label: "ReLU" }, Choice { value: 1.0, label: "plain" }],
            1.0,
        ),
        float("w", "w, weight of remembering", "Share of the retain terms in the loss.", [0.0, 1.0, 0.05, 0.4]),
        choice(
            "terms",
            "Terms",
            "The whole loss, or one of the paper's two ablations.",
            &[
                Choice { value: 0.0, label: "both teachers" },
                Choice { value: 1.0, label: "without forgetting" },
                Choice { value: 2.0, label: "without remembering" },
            ],
            0.0,
        ),
        choice("targets", "Adapter on", "Which layers the student's adapter reaches.", TARGETS, 2.0),
        int("rank", "LoRA rank", "Rank of the student's adapter.", [1.0, 64.0, 4.0]),
        float("lora_alpha", "LoRA alpha", "The adapter's product is scaled by alpha / rank.", [0.5, 128.0, 0.5, 8.0]),
        float("lr", "Learning rate", "AdamW's step size for the student.", [1e-6, 0.1, 1e-4, 3e-3]),
        choice(
            "decay",
            "Learning-rate schedule",
            "Constant (the public code), or falling to zero over the run.",
            &[Choice { value: 0.0, label: "constant" }, Choice { value: 1.0, label: "cosine to zero" }],
            1.0,
        ),
        int("batch", "Batch", "Forget rows a step; as many retain rows come beside them.", [1.0, 256.0, 32.0]),
        float("epochs", "Epochs", "Passes of the student over the forget set.", [0.1, 100.0, 0.5, 1.5]),
        int(
            "min_steps",
            "At least so many steps",
            "A floor for small forget sets, for the student and for the augmented model.",
            [1.0, 10000.0, 40.0],
        ),
        float(
            "forget_first",
            "Forgetting first",
            "Share of the steps at the start that use the forgetting term alone.",
            [0.0, 1.0, 0.05, 0.4],
        ),
        choice(
            "augment",
            "Augmented model",
            "Whether the model that overfits the forget set is tuned through an adapter or in every weight.",
            &[Choice { value: 0.0, label: "adapter" }, Choice { value: 1.0, label: "every weight" }],
            1.0,
        ),
        float("augment_lr", "Augmented model's learning rate", "AdamW's step size for the augmented model.", [1e-6, 0.1, 1e-5, 1.5e-3]),
        int("augment_batch", "Augmented model's batch", "Rows a step of the augmented model.", [1.0, 512.0, 128.0]),
        float(
            "augment_epochs",
            "Augmented model's epochs",
            "Its passes over the forget set: it must come to know it by heart.",
            [0.1, 200.0, 0.5, 5.0],
        ),
    ],
    presets: &[
        Preset {
            id: "tuned",
            label: "Tuned for this model",
            note: "Chosen on two other forget sets, each with a Retrain of its own.",
            params: &[],
        },
        Preset {
            id: "published",
            label: "As published",
            note: "The public code's settings (α 2, ReLU, w 0.6, rank 16 on query and value, constant rate). On so small a model it hardly forgets.",
            params: &[
                ("alpha", 2.0),
                ("difference", 0.0),
                ("w", 0.6),
                ("targets", 0.0),
                ("rank", 16.0),
                ("lora_alpha", 32.0),
                ("lr", 1e-3),
                ("decay", 0.0),
                ("batch", 16.0),
                ("epochs", 2.0),
                ("forget_first", 0.5),
                ("augment", 0.0),
                ("augment_lr", 1e-3),
                ("augment_batch", 16.0),
                ("min_steps", 1.0),
                ("augment_epochs", 2.0),
            ],
        },
    ],
};

/// A longer run is a slip of the keyboard; its schedule alone would fill the memory.
const MAX_STEPS: u32 = 100_000;

/// The method's settings, typed.
struct E2URec {
    alpha: f64,
    difference: Difference,
    w: f64,
    forgets: bool,
    remembers: bool,
    forget_first: f64,
    batch: usize,
    augment: AugmentSpec,
    student: StudentSpec,
}

/// Steps of the student for `n_forget` rows.
pub fn n_steps(params: &BTreeMap<String, f64>, n_forget: usize) -> u32 {
    ((params["epochs"] * n_forget as f64 / params["batch"]).ceil().max(params["min_steps"])) as u32
}

/// The method's stages for a progress bar: `(phase, units, cost of a unit in forward passes of a row)`.
///
/// # Errors
/// If a setting is out of range.
pub fn stages(params: &BTreeMap<String, f64>, n_forget: usize, n_retain: usize, steps: Option<u32>) -> Result<[(Phase, u32, f64); 3]> {
    let spec = E2URec::new(params, n_forget, steps)?;
    let rows = |batch: usize| batch.min(n_forget) as f64;
    let n_steps = f64::from(spec.student.n_steps);
    let asked = if spec.remembers { (n_steps * rows(spec.batch)).min(n_retain as f64) } else { 0.0 };
    // A trained row costs about two forward passes more than an answered one.
    Ok([
        (Phase::Augment, if spec.forgets { spec.augment.steps } else { 0 }, 3.0 * rows(spec.augment.batch)),
        (Phase::Teachers, asked as u32 + if spec.forgets { n_forget as u32 } else { 0 }, 1.0),
        (Phase::Student, spec.student.n_steps, 3.0 * 2.0 * rows(spec.batch)),
    ])
}

impl E2URec {
    fn new(p: &BTreeMap<String, f64>, n_forget: usize, steps: Option<u32>) -> Result<Self> {
        let targets = match p["targets"] as u32 {
            0 => Targets::QueryValue,
            1 => Targets::Linear,
            2 => Targets::LinearEmbedding,
            _ => Targets::Embedding,
        };
        let lora = LoraSpec { rank: p["rank"] as usize, alpha: p["lora_alpha"] };
        let n_steps = steps.unwrap_or_else(|| n_steps(p, n_forget));
        if !(1..=MAX_STEPS).contains(&n_steps) {
            return Err(Error::setting("steps", format!("must be between 1 and {MAX_STEPS}"), n_steps));
        }
        let batch = p["batch"] as usize;
        Ok(Self {
            alpha: p["alpha"],
            difference: if p["difference"] == 0.0 { Difference::Relu } else { Difference::Plain },
            w: p["w"],
            forgets: p["terms"] != 1.0,
            remembers: p["terms"] != 2.0,
            forget_first: p["forget_first"],
            batch,
            augment: AugmentSpec {
                adapter: (p["augment"] == 0.0).then_some((lora, targets)),
                lr: p["augment_lr"],
                steps: (p["augment_epochs"] * n_forget as f64 / p["augment_batch"]).ceil().max(p["min_steps"]) as u32,
                batch: p["augment_batch"] as usize,
            },
            student: StudentSpec { lora, targets, lr: p["lr"], cosine: p["decay"] == 1.0, n_steps },
        })
    }

    /// Rows of every step, dealt before the teachers are asked: only rows that will be used cost them a pass.
    fn deal(&self, sets: &Sets<'_>, rng: &mut SeedRng) -> Vec<(Vec<u32>, Vec<u32>)> {
        let mut forget = Dealer::new(sets.encoded, sets.forget.iter().copied());
        let mut retain = Dealer::new(sets.encoded, sets.retain.iter().copied());
        let alone = (f64::from(self.student.n_steps) * self.forget_first) as usize;
        let mut queue = Vec::new();
        (0..self.student.n_steps as usize)
            .map(|step| {
                if queue.is_empty() {
                    queue = forget.epoch(self.batch, rng);
                }
                let f = queue.pop().unwrap_or_default();
                let seq = f.first().map_or(0, |row| sets.encoded.row(*row).len());
                // Without the forgetting term there is nothing to do alone.
                let r = if self.remembers && (step >= alone || !self.forgets) { retain.draw(seq, f.len(), rng) } else { Vec::new() };
                (if self.forgets { f } else { Vec::new() }, r)
            })
            .filter(|(f, r)| !f.is_empty() || !r.is_empty())
            .collect()
    }
}

/// Runs E2URec.
///
/// # Errors
/// If a setting is out of range, the device fails or the host cancels.
#[expect(clippy::too_many_arguments, reason = "the lab is its one caller: model, data, settings, and the world around it")]
pub async fn run<H: Host>(
    original: &Decoder,
    sets: &Sets<'_>,
    params: &BTreeMap<String, f64>,
    steps: Option<u32>,
    seed: u32,
    host: &mut H,
    progress: &mut Progress,
    watch: impl AsyncFnMut(&Decoder, u32, bool, &mut H) -> Result<()>,
) -> Result<Outcome> {
    let mut spec = E2URec::new(params, sets.forget.len(), steps)?;
    let mut rng = SeedRng::seed_from_u64(u64::from(seed));
    let schedule = spec.deal(sets, &mut rng);
    spec.student.n_steps = schedule.len() as u32;
    if schedule.is_empty() {
        return Err(Error::setting("terms", "without forgetting there must be retain rows as long as a forget row", "none"));
    }
    let mut retained: Vec<u32> = schedule.iter().flat_map(|(_, r)| r.iter().copied()).collect();
    retained.sort_unstable();
    retained.dedup();
    let (n_f, n_r) = (sets.forget.len() as u32, retained.len() as u32);
    let n_cached = n_r + if spec.forgets { n_f } else { 0 };
    progress.expect(Phase::Teachers, n_cached);
    let width = original.spec.head_vocab_size;

    let mut targets = Targeted::new(sets.encoded.len());
    let mut done = 0;
    if spec.forgets {
        let v_g = augment(original, sets.encoded, sets.forget, &spec.augment, &mut rng, progress, host).await?;
        let v_o =
            answer_logits(original, sets.encoded, sets.forget, host, |h, n| progress.at(Phase::Teachers, n as u32, n_cached, h)).await?;
        done = n_f;
        for ((row, o), g) in sets.forget.iter().zip(v_o.chunks_exact(width)).zip(v_g.chunks_exact(width)) {
            targets.forget(*row, crate::metric::softmax(&forgetting_teacher(o, g, spec.alpha, spec.difference)));
        }
    }
    let logits =
        answer_logits(original, sets.encoded, &retained, host, |h, n| progress.at(Phase::Teachers, done + n as u32, n_cached, h)).await?;
    for (row, target) in retained.iter().zip(distributions(&logits, width)) {
        targets.retain(*row, target, one_hot(sets.encoded.labels[*row as usize], width));
    }
    let weight = |forget_alone: bool| if forget_alone { (1.0, 0.0) } else { (1.0 - spec.w, spec.w) };
    student(original, sets, &spec.student, &schedule, &targets, weight, &mut rng, progress, host, watch).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_and_presets_are_in_range() {
        for preset in ENTRY.presets {
            let given = preset.params.iter().map(|(id, value)| ((*id).to_owned(), *value)).collect();
            let params = ENTRY.resolve(&given).unwrap();
            assert!(E2URec::new(&params, 1000, None).is_ok());
        }
        let unknown = BTreeMap::from([("beta".to_owned(), 1.0)]);
        assert!(ENTRY.resolve(&unknown).unwrap_err().to_string().contains("got `beta`"));
    }
}
