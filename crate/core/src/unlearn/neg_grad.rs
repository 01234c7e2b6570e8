//! NegGrad, as the E2URec paper compares with it: descend on the retain rows, ascend on the forget rows, `CE_r − w · CE_f`.
//!
//! Ascent has no floor: too much of it turns the answers round, which marks the forgotten rows as surely as remembering them.

use super::entry::LANGUAGE_MODEL;
use super::plan::{Plan, Setting, StudentPlan, Teacher, Term, student, student_spec};
use super::{MethodEntry, ParamEntry, Params, Preset};
use crate::Result;

/// The method's entry.
pub const ENTRY: MethodEntry = MethodEntry {
    id: "neggrad",
    label: "NegGrad",
    citation: "Golatkar et al. 2020, arXiv 1911.04933; as in arXiv 2403.03536",
    summary: "The loss on the forgotten rows is pushed up while the loss on the others is kept down. Simple and quick, but nothing says when to stop.",
    params: &[
        ParamEntry::float("w", "w, weight of ascent", "How much the forget rows' loss is pushed up.", [0.0, 5.0, 0.05, 0.7]),
        student::ADAPTER,
        student::RANK,
        student::LORA_ALPHA,
        student::LR,
        student::DECAY,
        student::BATCH,
        student::EPOCHS,
        student::MIN_STEPS,
        student::STOP.default(1.0),
    ],
    presets: &[
        Preset {
            id: "tuned",
            label: "Tuned for this model",
            note: "Chosen among eight settings on another forget set with a Retrain of its own.",
            params: &[],
        },
        Preset {
            id: "published",
            label: "As published",
            note: "The public code's settings: w 0.2, rank 16 on query and value, constant rate.",
            params: super::PUBLISHED_STUDENT,
        },
        Preset {
            id: LANGUAGE_MODEL,
            label: "Language model",
            note: "An adapter on the linear layers and small batches, as a model of a hundred million weights needs. Not tuned.",
            params: super::LANGUAGE_MODEL_STUDENT,
        },
    ],
    plan,
};

fn plan(p: &Params, setting: &Setting) -> Result<Plan> {
    Ok(Plan::Student(StudentPlan {
        student: student_spec(p, setting)?,
        batch: p["batch"] as usize,
        forget: vec![Term { teacher: Teacher::Truth, weight: -p["w"] }],
        retain: vec![Term { teacher: Teacher::Truth, weight: 1.0 }],
        forget_first: 0.0,
        stop: p["stop"] == 1.0,
    }))
}
