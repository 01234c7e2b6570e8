//! The forgetting report, to be filed: what was requested, on which data, how, with which result, and what it does not guarantee. It contains
//! hashes instead of data, and is sealed by its own hash.

mod page;

use crate::attack::report::Finding;
use crate::data::ForgetSpec;
use crate::package::sha256;
use crate::report::{MethodFigures, Report};
use crate::unlearn::method;
use crate::{Error, Result};
pub use page::html;
use serde::Serialize;
use serde_json::{Map, Value};

/// The `kind` field of a record.
pub const KIND: &str = "unlearn-lab forgetting report";
const VERSION: u32 = 1;
const SEAL: &str = "sha256";

/// The limits that every record states.
const LIMITS: [&str; 7] = [
    "The weights of the original model are not changed: whoever drops the adapter has the original back. To hand on a model that has forgotten, merge the adapter and delete the original.",
    "Approximate unlearning is measured, not proven: the figures compare the result with a model that never saw the data (Retrain) where there is one, else with an estimate of what one would answer (cross-fitted), or with the loss on people never seen. Only exact methods (Retrain, SISA and its kin) never contain the forgotten rows.",
    "A run that calibrates itself is fitted to that estimate: how near it comes shows that the fit worked, not that the estimate is right.",
    "Histories are kept: a rating that is forgotten may still stand in the history of another row that stays, and a person's own history stands in their own prompt whenever the model is asked about them.",
    "Attacks that were run are listed with their figures. Attacks that were not run may find more.",
    "Copies of the data, of the original model and of earlier adapters outside this device are not reached.",
    "The seal shows that the record was not changed by accident; it does not show who made it.",
];

/// The hash of a file.
#[derive(Debug, Clone, Serialize)]
pub struct FileHash {
    /// Name of the file.
    pub name: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Its sha256.
    pub sha256: String,
}

/// Hashes of what a run worked on: they identify the data without revealing them.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Hashes of the dataset's files.
    pub data: Vec<FileHash>,
    /// Sha256 of the model package's manifest, which has the hashes of its files.
    pub manifest_sha256: String,
    /// Sha256 of the forget rows as lines `user,item,rating,time`.
    pub forget_sha256: String,
    /// Sha256 of the retain rows, likewise.
    pub retain_sha256: String,
    /// Number of users with a forget row.
    pub people: u32,
}

/// The record of a run. `evidence` identifies its data and model, `findings` are those of attacks on its result, and `made` is the record's time
/// (ISO 8601, by the caller's clock).
///
/// # Errors
/// If the report is not of a run.
pub fn record(report: &Report, evidence: &Evidence, findings: &[Finding], made: &str) -> Result<Value> {
    let missing = |what: &str| Error::setting("report", format!("must be that of a finished run: it has no {what}"), "none");
    let request = report.request.as_ref().ok_or_else(|| missing("request"))?;
    let after = report.methods.last().ok_or_else(|| missing("figures"))?;
    let before = report.methods.iter().find(|figures| figures.id == "original").ok_or_else(|| missing("figures of the original"))?;
    let retrain = report.methods.iter().find(|figures| figures.id == "retrain" && !std::ptr::eq(*figures, after));
    let entry = method(&request.method)?;
    let asked = serde_json::to_vec(&request.forget).map_err(Error::json("the request"))?;
    let mut told = serde_json::json!({
        "kind": KIND,
        "version": VERSION,
        "made": made,
        "software": { "name": "Unlearn Lab", "version": env!("CARGO_PKG_VERSION") },
        "device": report.device,
        "model": { "name": report.model, "manifest_sha256": evidence.manifest_sha256 },
        "data": { "name": report.dataset, "hash": report.data, "not_those_of_the_model": report.data_mismatch, "files": evidence.data },
        "asked": {
            "what": kind(&request.forget),
            "request_sha256": sha256(&asked),
            "people": evidence.people,
            "rows": report.sizes.forget,
            "rows_sha256": evidence.forget_sha256,
            "rows_kept": report.sizes.retain,
            "rows_kept_sha256": evidence.retain_sha256,
        },
        "method": {
            "id": entry.id, "label": entry.label, "citation": entry.citation, "params": after.params, "seed": request.seed, "steps": after.steps,
            "seconds": after.seconds, "trainable_params": after.trainable_params,
        },
        "figures": { "before": figures(before), "after": figures(after), "retrain": retrain.map(figures) },
        "gap_closed": report.gap_closed,
        "floor": report.floor,
        "proxy": report.proxy,
        "expected": report.expected,
        "expected_missing": report.expected_missing,
        "calibration": report.calibration,
        "attacks": findings.iter().map(attack).collect::<Vec<_>>(),
        "adapter_sha256": report.adapter_sha256,
        "limits": LIMITS,
    });
    let seal = seal(&told)?;
    told[SEAL] = seal.into();
    Ok(told)
}

/// The record as pretty-printed JSON with a final line break.
///
/// # Errors
/// If it cannot be serialised, which cannot happen, since its keys are strings.
pub fn json(record: &Value) -> Result<String> {
    serde_json::to_string_pretty(record).map(|text| text + "\n").map_err(Error::json("the forgetting report"))
}

/// Checks that a record was not changed since it was sealed.
///
/// # Errors
/// If it is not a record, or it was changed.
pub fn verify(record: &Value) -> Result<()> {
    if record.get("kind").and_then(Value::as_str) != Some(KIND) {
        return Err(Error::setting("record", format!("must be of the kind `{KIND}`"), record.get("kind").unwrap_or(&Value::Null)));
    }
    let told = record.get(SEAL).and_then(Value::as_str).unwrap_or_default();
    let found = seal(record)?;
    if told == found { Ok(()) } else { Err(Error::setting("record", format!("must have the hash {found}: it was changed"), told)) }
}

/// Sha256 of the record without its seal: keys in alphabetical order, no white space.
fn seal(record: &Value) -> Result<String> {
    let mut open: Map<String, Value> = record.as_object().cloned().unwrap_or_default();
    open.remove(SEAL);
    Ok(sha256(&serde_json::to_vec(&open).map_err(Error::json("the forgetting report"))?))
}

/// The kind of the forget set and its number of entries; ids and names stay out of the record.
fn kind(spec: &ForgetSpec) -> String {
    let of = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    match spec {
        ForgetSpec { users: Some(users), .. } => format!("all training rows of {}", of(users.len(), "user")),
        ForgetSpec { items: Some(items), .. } => format!("all training rows about {}", of(items.len(), "item")),
        ForgetSpec { genre: Some(_), .. } => "all training rows about items of one genre".into(),
        ForgetSpec { interest: Some(_), .. } => "all training rows of one user about items of one genre".into(),
        ForgetSpec { words: Some(words), .. } => {
            format!("all training rows about items with one of {} in title or genre", of(words.len(), "word"))
        }
        ForgetSpec { interactions: Some(pairs), .. } => of(pairs.len(), "single interaction"),
        ForgetSpec { percent: Some(percent), .. } => format!("all training rows of {percent} % of the users"),
        ForgetSpec { core: Some(percent), .. } => format!("all training rows of the {percent} % of the users who rated most"),
        ForgetSpec { edge: Some(percent), .. } => format!("all training rows of the {percent} % of the users who rated least"),
        ForgetSpec { any: Some(any), .. } => format!("{} at once", of(any.len(), "request")),
        _ => "the standard set: all training rows of 20 % of the users".into(),
    }
}

/// An attack's finding without its chart, whose samples are data.
fn attack(finding: &Finding) -> Value {
    serde_json::json!({ "id": finding.id, "label": finding.label, "sentence": finding.sentence, "params": finding.params, "seconds": finding.seconds })
}

/// The figures that a record contains.
fn figures(of: &MethodFigures) -> Value {
    serde_json::json!({
        "test_auc": of.test.auc, "test_acc": of.test.acc, "test_logloss": of.test.logloss,
        "forget_auc": of.forget.auc, "forget_logloss": of.forget.logloss, "forget_jsd_from_retrain": of.forget.jsd,
        "membership_auc": of.forget.mia_auc, "priv_leak": of.forget.priv_leak, "s_ma": of.forget.s_ma, "s_el": of.forget.s_el,
        "retain_auc": of.retain.auc, "neighbour_auc": of.neighbour.and_then(|quality| quality.auc),
        "fairness_gap": of.fairness.as_ref().map(|fairness| fairness.gap),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Calibration, Expectation, RunRequest};

    fn report() -> Report {
        let figures = |id: &str| MethodFigures { id: id.into(), ..Default::default() };
        Report {
            request: Some(RunRequest { forget: ForgetSpec { users: Some(vec![4711]), ..Default::default() }, ..Default::default() }),
            methods: vec![figures("original"), figures("e2urec")],
            ..Default::default()
        }
    }

    fn recorded(report: &Report) -> Result<Value> {
        record(report, &Evidence { people: 1, forget_sha256: "ab".into(), ..Default::default() }, &[], "2026-01-31T12:00:00Z")
    }

    #[test]
    fn sealed_and_without_the_data() {
        let made = recorded(&report()).unwrap();
        verify(&made).unwrap();
        let text = serde_json::to_string(&made).unwrap();
        assert!(!text.contains("4711") && text.contains("all training rows of 1 user"), "{text}");
        let read: Value = serde_json::from_str(&serde_json::to_string_pretty(&made).unwrap()).unwrap();
        verify(&read).unwrap(); // white space does not matter
        let mut changed = read;
        changed["asked"]["rows"] = 7.into();
        assert!(verify(&changed).unwrap_err().to_string().contains("was changed"));
        assert!(verify(&serde_json::json!({})).unwrap_err().to_string().contains("must be of the kind"));
        assert!(recorded(&Report::default()).unwrap_err().to_string().contains("no request"));
    }

    #[test]
    fn what_was_expected_and_how_it_was_calibrated_is_recorded_and_told() {
        let mut told = report();
        told.expected = Some(Expectation { logloss: 0.58411, auc: Some(0.75022), error: Some(0.01404) });
        told.calibration = Some(Calibration { alpha: Some(1.23456), scale: 0.45678, matched: "loss".into() });
        let made = recorded(&told).unwrap();
        assert_eq!((&made["expected"]["logloss"], &made["calibration"]["scale"]), (&0.58411.into(), &0.45678.into()));
        let page = html(&made);
        for part in [
            "Expected of a model that never saw them (cross-fitted)",
            "an estimate: log loss 0.5841 ± 0.0140, AUC 0.7502",
            "α 1.2346, adapter × 0.4568, so that the loss on the forgotten rows is as expected",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }

        (told.expected, told.calibration) = (None, Some(Calibration { scale: 1.0, ..Default::default() }));
        told.expected_missing = Some("the model has no cross-fitted answers".into());
        let made = recorded(&told).unwrap();
        assert!(made["expected"].is_null() && made["expected_missing"] == "the model has no cross-fitted answers");
        let page = html(&made);
        assert!(
            page.contains("not known: the model has no cross-fitted answers") && page.contains("not calibrated: nothing was expected"),
            "{page}"
        );

        told.calibration = None;
        assert!(html(&recorded(&told).unwrap()).contains("as the settings have it"));
    }

    #[test]
    fn a_page_shows_what_it_is_given_as_text() {
        let mut told = report();
        told.device = "<script>".into();
        let page = html(&recorded(&told).unwrap());
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script>"));
        assert!(page.contains("not proven") && page.contains("No attack was run"));
    }
}
