//! E2URec (arXiv 2403.03536): a forgetting teacher and a remembering teacher guide a student of which only the adapter is trained.
//!
//! o is the original and g the augmented model, o tuned further on the forget set. The forgetting teacher is `v_f = v_o − α ReLU(v_g − v_o)`. The
//! loss is first `KL(v_f ‖ u)` on forget rows alone, then `w (CE_r + KL(v_o ‖ u)) + (1 − w) KL(v_f ‖ u)`.

use super::common::{student, student_plan, student_spec, tuned};
use crate::Result;
use crate::train::optim::AdamWSpec;
use crate::unlearn::engine::calibrate::Alpha;
use crate::unlearn::engine::plan::{Plan, StudentPlan, Teacher, Term};
use crate::unlearn::engine::task::TaskSizes;
use crate::unlearn::engine::teachers::{AugmentSpec, LogitDifference, Overfit};
use crate::unlearn::method::{Family, LANGUAGE_MODEL, MethodEntry, Preset};
use crate::unlearn::param::{Choice, ParamEntry, Params};

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "e2urec",
    label: "E2URec",
    family: Family::Paper,
    citation: "Wang et al. 2024, arXiv 2403.03536",
    summary: "A student with a fresh LoRA adapter learns from two teachers: one that shows how the model would answer without the forgotten data, \
              and one that keeps every other answer as it was. The base model is never changed.",
    params: &[
        ParamEntry::float(
            "alpha",
            "α, strength of forgetting",
            "How far the forgetting teacher steps back from what the augmented model knows.",
            [0.0, 8.0, 0.05, 0.75],
        ),
        ParamEntry::choice(
            "alpha_auto",
            "Choice of α",
            "α as given, or such that the teacher's loss on the forgotten rows goes as far beyond the original's as expected, times the reach.",
            &[Choice { value: 0.0, label: "as given" }, Choice { value: 1.0, label: "from the expected loss" }],
            1.0,
        ),
        ParamEntry::float(
            "reach",
            "Reach of the teacher",
            "How many expected rises the teacher goes: a student follows it only part of the way, and its adapter is scaled back.",
            [0.5, 10.0, 0.1, 4.0],
        ),
        ParamEntry::choice(
            "difference",
            "Difference",
            "Whether the step back only lowers logits (the public code) or moves them both ways (the paper's text).",
            &[Choice { value: 0.0, label: "ReLU" }, Choice { value: 1.0, label: "plain" }],
            1.0,
        ),
        ParamEntry::float("w", "w, weight of remembering", "Share of the retain terms in the loss.", [0.0, 1.0, 0.05, 0.4]),
        ParamEntry::choice(
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
        student::ADAPTER,
        student::RANK,
        student::LORA_ALPHA,
        student::LR.default(1e-3),
        student::DECAY,
        student::BATCH,
        student::EPOCHS.default(3.0),
        student::MIN_STEPS.default(100.0),
        student::STOP,
        student::SCALE.default(3.0),
        student::EPS,
        student::WEIGHT_DECAY,
        student::DROPOUT,
        ParamEntry::float(
            "forget_first",
            "Forgetting first",
            "Share of the steps at the start that use the forgetting term alone.",
            [0.0, 1.0, 0.05, 0.4],
        ),
        ParamEntry::choice(
            "augment",
            "Augmented model",
            "Which numbers of the model that overfits the forget set are tuned.",
            &[
                Choice { value: 0.0, label: "adapter" },
                Choice { value: 1.0, label: "every weight" },
                Choice { value: 2.0, label: "embedding" },
            ],
            2.0,
        ),
        ParamEntry::float(
            "augment_lr",
            "Augmented model's learning rate",
            "AdamW's step size for the augmented model.",
            [1e-6, 0.1, 1e-5, 6e-3],
        ),
        ParamEntry::int("augment_batch", "Augmented model's batch", "Rows a step of the augmented model.", [1.0, 512.0, 128.0]),
        ParamEntry::float(
            "augment_epochs",
            "Augmented model's epochs",
            "Its passes over the forget set: it must come to know it by heart.",
            [0.1, 200.0, 0.5, 2.0],
        ),
    ],
    presets: &[
        Preset {
            id: "tuned",
            label: "Tuned for this model",
            note: "α and the adapter’s scale are found for each request, so that the forgotten rows are answered as expected of a model that never saw \
                   them (cross-fitted answers of the package). Where nothing is expected, α is 0.75 and the adapter stays as trained.",
            params: &[],
        },
        Preset {
            id: "published",
            label: "As published",
            note: "The public code's settings (α 2, ReLU, w 0.6, rank 16 on query and value with dropout, constant rate, every weight of the augmented \
                   model tuned). On so small a model it hardly forgets.",
            params: &[
                ("alpha", 2.0),
                ("alpha_auto", 0.0),
                ("scale", 0.0),
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
                ("eps", 1e-8),
                ("weight_decay", 0.01),
                ("dropout", 0.05),
                ("augment", 1.0),
                ("augment_lr", 5e-5),
                ("augment_batch", 16.0),
                ("min_steps", 1.0),
                ("augment_epochs", 2.0),
            ],
        },
        Preset {
            id: LANGUAGE_MODEL,
            label: "Language model",
            note: "Adapters on the linear layers and small batches, as a model of a hundred million weights needs. Not tuned.",
            params: &[
                ("targets", 1.0),
                ("rank", 8.0),
                ("lora_alpha", 16.0),
                ("lr", 1e-3),
                ("epochs", 1.5),
                ("batch", 8.0),
                ("min_steps", 16.0),
                ("augment", 0.0),
                ("augment_lr", 2e-3),
                ("augment_batch", 8.0),
            ],
        },
        Preset {
            id: "fixed",
            label: "Not calibrated",
            note: "One α for every request and the adapter as trained, chosen on two other forget sets with a fifth of the people each. \
                   One person alone is over-forgotten.",
            params: FIXED,
        },
        Preset {
            id: "no_forget",
            label: "Without forgetting",
            note: "The paper's ablation without L_FGT: not calibrated, and nothing pulls the forget rows away.",
            params: &[FIXED[0], FIXED[1], FIXED[2], FIXED[3], FIXED[4], ("terms", 1.0)],
        },
        Preset {
            id: "no_remember",
            label: "Without remembering",
            note: "The paper's ablation without L_REM: not calibrated, and nothing holds the other answers.",
            params: &[FIXED[0], FIXED[1], FIXED[2], FIXED[3], FIXED[4], ("terms", 2.0)],
        },
    ],
    plan,
};

/// The settings without calibration.
const FIXED: &[(&str, f64)] = &[("alpha_auto", 0.0), ("scale", 0.0), ("lr", 3e-3), ("min_steps", 40.0), ("epochs", 1.5)];

/// α as given, or found from the expected loss.
fn alpha(p: &Params) -> Alpha {
    if p["alpha_auto"] == 0.0 { Alpha::Given(p["alpha"]) } else { Alpha::Expected { reach: p["reach"], otherwise: p["alpha"] } }
}

/// The plan for these parameters and sizes.
fn plan(p: &Params, sizes: &TaskSizes) -> Result<Plan> {
    let student = student_spec(p, sizes)?;
    let what = match p["augment"] as u32 {
        0 => Overfit::Adapter(student.lora, student.targets),
        1 => Overfit::Everything,
        _ => Overfit::Embedding,
    };
    let augment = tuned::spec(p, what, sizes);
    // The public code has one optimiser's settings for both of its models.
    let augment = AugmentSpec { adamw: AdamWSpec { weight_decay: p["weight_decay"], ..augment.adamw }, ..augment };
    let difference = if p["difference"] == 0.0 { LogitDifference::Relu } else { LogitDifference::Plain };
    let forgetting = Teacher::Forgetting { augment, alpha: alpha(p), difference, generic: false };
    let (forgets, remembers) = (p["terms"] != 1.0, p["terms"] != 2.0);
    // L = w (CE_r + KL_r) + (1 − w) KL_f; an ablation gives its only side weight 1.
    let w = if !forgets { 1.0 } else { p["w"] };
    let retain = [Teacher::Original, Teacher::Truth].map(|teacher| Term::new(teacher, w));
    let forget = Term::new(forgetting, if remembers { 1.0 - w } else { 1.0 });
    let forget = if forgets { vec![forget] } else { Vec::new() };
    let plan = student_plan(p, sizes, forget, if remembers { retain.to_vec() } else { Vec::new() })?;
    Ok(Plan::Student(StudentPlan { forget_first: p["forget_first"], ..plan }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_by_hand() {
        let sizes = TaskSizes::of_one_length(1000, 4000);
        let of = |preset: &[(&str, f64)]| {
            let given = preset.iter().map(|(id, value)| ((*id).to_owned(), *value)).collect();
            match plan(&ENTRY.resolve(&given).unwrap(), &sizes).unwrap() {
                Plan::Student(plan) => plan,
                other => panic!("{other:?}"),
            }
        };
        let weights = |terms: &[Term]| terms.iter().map(|term| (term.weight * 1000.0).round() / 1000.0).collect::<Vec<_>>();
        let published = of(ENTRY.presets[1].params);
        assert_eq!((weights(&published.forget), weights(&published.retain)), (vec![0.4], vec![0.6, 0.6]));
        assert_eq!((published.student.n_steps, published.tunings()[0].steps), (126, 126)); // two epochs of 62 batches of 16 and one of 8
        assert_eq!(of(&[("terms", 1.0)]).forget.len(), 0);
        let without = of(&[("terms", 2.0)]);
        assert_eq!((weights(&without.forget), without.retain.len()), (vec![1.0], 0));
    }
}
