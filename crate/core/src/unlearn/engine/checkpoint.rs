//! The checkpoint of a student's run: adapter, AdamW moments and soft targets, from which an interrupted run resumes.
//!
//! Everything else follows from the request and its seed: the same rows are drawn in the same order. Numbers are stored at the precision they have
//! in memory, so on a CPU a resumed run ends with the same bits as an uninterrupted one (tested).

use super::soft_targets::{RowTarget, ShapedTerm, SoftTargets};
use crate::host::Files;
use crate::model::{Model, Network, Trainable};
use crate::package::file;
use crate::package::weights::{Part, floats, le_bytes, parse, serialise_with};
use crate::tensor::read;
use crate::train::optim::{Moments, Optimiser};
use crate::{Error, Result};
use burn::tensor::{Tensor, TensorData};
use safetensors::tensor::{Dtype, SafeTensors};
use std::collections::HashMap;

/// Name of the file with the soft targets, written once per run.
pub const TARGETS: &str = "targets.safetensors";
/// Name of the file with adapter and moments, written at every checkpoint.
pub const STUDENT: &str = "student.safetensors";

/// Names of both files.
pub const FILES: [&str; 2] = [TARGETS, STUDENT];

const RUN: &str = "run";
const STEP: &str = "step";
const SPENT: &str = "spent_ms";
const TIME: &str = "time";
const ALPHA: &str = "alpha";

/// A checkpoint whose files were opened and found to belong to this run.
pub struct Saved<'a> {
    student: SafeTensors<'a>,
    targets: SafeTensors<'a>,
    /// α of the forgetting teacher, if it was found and not given.
    alpha: Option<f64>,
    /// Optimiser steps already done.
    pub step: u32,
    /// Time already spent by the run, excluding evaluation and pauses, ms.
    pub spent_ms: f64,
    times: Vec<usize>,
}

impl<'a> Saved<'a> {
    /// Opens the checkpoint files of the run identified by `run`.
    ///
    /// # Errors
    /// If a file is missing, damaged, or belongs to another run.
    pub fn open(files: &'a Files, run: &str) -> Result<Self> {
        let (student, about) = opened(files, STUDENT, run)?;
        let (targets, of_targets) = opened(files, TARGETS, run)?;
        let alpha = of_targets.get(ALPHA).and_then(|alpha| alpha.parse().ok());
        let number = |key: &str| about.get(key).ok_or_else(|| damaged(STUDENT, format!("has no `{key}`")));
        let wrong = |key: &str| damaged(STUDENT, format!("`{key}` is not a number"));
        let times = number(TIME)?.split(',').map(|time| time.parse().map_err(|_| wrong(TIME))).collect::<Result<_>>()?;
        let (step, spent_ms) = (number(STEP)?.parse().map_err(|_| wrong(STEP))?, number(SPENT)?.parse().map_err(|_| wrong(SPENT))?);
        Ok(Self { student, targets, alpha, step, spent_ms, times })
    }

    /// The stored soft targets: a table of `n_rows` training rows, `width` head logits each.
    ///
    /// # Errors
    /// If the file lacks a tensor, or one has another shape.
    pub(super) fn targets(&self, n_rows: usize, width: usize) -> Result<SoftTargets> {
        let doubles = |name: &str, n: usize| -> Result<Vec<f64>> {
            let bytes = tensor(&self.targets, TARGETS, name, Dtype::F64, n)?;
            Ok(bytes.as_chunks::<8>().0.iter().map(|b| f64::from_le_bytes(*b)).collect())
        };
        let n = self.targets.tensor("row").map_err(|_| damaged(TARGETS, "has no `row`"))?.shape().iter().product();
        let ints = |name: &str| -> Result<Vec<u32>> {
            let bytes = tensor(&self.targets, TARGETS, name, Dtype::U32, n)?;
            Ok(bytes.as_chunks::<4>().0.iter().map(|b| u32::from_le_bytes(*b)).collect())
        };
        let (rows, taught) = (ints("row")?, ints("taught")?);
        let (soft, teacher) = (doubles("soft", n * width)?, doubles("teacher", n * width)?);
        let (entropy, weight) = (doubles("entropy", n)?, doubles("weight", n)?);
        let has_shaped = self.targets.tensor("bent").is_ok();
        let shaped = if has_shaped { Some((doubles("bent", n * width)?, doubles("offset", n)?)) } else { None };
        let mut targets = SoftTargets::new(n_rows);
        targets.alpha = self.alpha;
        for (at, row) in rows.iter().enumerate() {
            let of = |values: &[f64]| values[at * width..(at + 1) * width].to_vec();
            let slot = targets.rows.get_mut(*row as usize).ok_or_else(|| damaged(TARGETS, format!("names row {row} of {n_rows}")))?;
            let teacher = (taught[at] != 0).then(|| of(&teacher));
            let shaped = match &shaped {
                Some((targets, offsets)) if !offsets[at].is_nan() => Some(ShapedTerm { target: of(targets), offset: offsets[at] }),
                _ => None,
            };
            *slot = Some(RowTarget { soft: of(&soft), entropy: entropy[at], weight: weight[at], teacher, shaped });
        }
        Ok(targets)
    }

    /// Restores the stored adapter and moments into a fresh student and its optimiser.
    ///
    /// # Errors
    /// If the file lacks a tensor, or one has another shape.
    pub(super) fn restore(&self, model: &mut Model, optimiser: &mut Optimiser) -> Result<()> {
        let device = model.device();
        let mut moments = Vec::new();
        let mut outcome = Ok(());
        let mut idx = 0;
        model.each_param(Trainable::Adapter, &mut |name, param| {
            let dims = param.dims();
            let numbers = |prefix: &str| -> Result<Tensor<2>> {
                let bytes = tensor(&self.student, STUDENT, &format!("{prefix}{name}"), Dtype::F32, dims[0] * dims[1])?;
                Ok(Tensor::from_data(TensorData::new(floats(bytes), dims), &device))
            };
            let time = self.times.get(idx).copied().unwrap_or(0);
            let both = || Ok((numbers("")?, if time > 0 { Some((numbers("first.")?, numbers("second.")?)) } else { None }));
            match both() {
                Ok((value, moved)) => {
                    *param = value.autodiff().require_grad();
                    moments.push(moved.map(|(first, second)| Moments { first, second, time }));
                }
                Err(error) if outcome.is_ok() => outcome = Err(error),
                Err(_) => {}
            }
            idx += 1;
        });
        outcome?;
        optimiser.restore(moments);
        Ok(())
    }
}

/// Contents of [`STUDENT`] after `step` steps.
///
/// # Errors
/// If the device fails.
pub(super) async fn student_file(run: &str, step: u32, spent_ms: f64, model: &Model, optimiser: &Optimiser) -> Result<Vec<u8>> {
    let mut numbers = Vec::new();
    let mut moments = optimiser.moments().into_iter();
    let mut times = Vec::new();
    model.frozen().each_param(Trainable::Adapter, &mut |name, param| {
        numbers.push((name.to_owned(), param.clone()));
        let moved = moments.next().flatten();
        times.push(moved.as_ref().map_or(0, |moved| moved.time).to_string());
        if let Some(Moments { first, second, .. }) = moved {
            numbers.push((format!("first.{name}"), first));
            numbers.push((format!("second.{name}"), second));
        }
    });
    let mut parts: Vec<Part> = Vec::new();
    for (name, values) in numbers {
        let dims = values.dims();
        parts.push((name, Dtype::F32, dims.to_vec(), le_bytes(&read(values).await?)));
    }
    let about = [(RUN, run.to_owned()), (STEP, step.to_string()), (SPENT, spent_ms.to_string()), (TIME, times.join(","))];
    serialise_with(&parts, about.map(|(key, value)| (key.to_owned(), value)).into())
}

/// Contents of [`TARGETS`] for a run.
///
/// # Errors
/// If a row's width differs from the others'.
pub(super) fn targets_file(run: &str, targets: &SoftTargets) -> Result<Vec<u8>> {
    let (mut rows, mut taught) = (Vec::new(), Vec::new());
    let (mut soft, mut teacher, mut entropy, mut weight) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut shaped, mut offset) = (Vec::new(), Vec::new());
    let put = |into: &mut Vec<u8>, values: &[f64]| into.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    for (row, target) in targets.rows.iter().enumerate().filter_map(|(row, target)| Some((row as u32, target.as_ref()?))) {
        rows.extend(row.to_le_bytes());
        taught.extend(u32::from(target.teacher.is_some()).to_le_bytes());
        put(&mut soft, &target.soft);
        put(&mut teacher, target.teacher.as_deref().unwrap_or(&vec![0.0; target.soft.len()]));
        put(&mut entropy, &[target.entropy]);
        put(&mut weight, &[target.weight]);
        let none = || (vec![0.0; target.soft.len()], f64::NAN); // a row without a shaped term has no offset
        let (target_of_row, offset_of_row) = target.shaped.as_ref().map_or_else(none, |shaped| (shaped.target.clone(), shaped.offset));
        put(&mut shaped, &target_of_row);
        put(&mut offset, &[offset_of_row]);
    }
    let part = |name: &str, dtype: Dtype, bytes: Vec<u8>| (name.to_owned(), dtype, vec![bytes.len() * 8 / dtype.bitsize()], bytes);
    let mut parts = vec![
        part("row", Dtype::U32, rows),
        part("taught", Dtype::U32, taught),
        part("soft", Dtype::F64, soft),
        part("teacher", Dtype::F64, teacher),
        part("entropy", Dtype::F64, entropy),
        part("weight", Dtype::F64, weight),
    ];
    if targets.rows.iter().flatten().any(|row| row.shaped.is_some()) {
        parts.extend([part("bent", Dtype::F64, shaped), part("offset", Dtype::F64, offset)]);
    }
    let alpha = targets.alpha.map(|alpha| (ALPHA.to_owned(), alpha.to_string()));
    serialise_with(&parts, [(RUN.to_owned(), run.to_owned())].into_iter().chain(alpha).collect())
}

fn opened<'a>(files: &'a Files, name: &str, run: &str) -> Result<(SafeTensors<'a>, HashMap<String, String>)> {
    let bytes = file(files, name).map_err(|_| damaged(name, "is missing"))?;
    let tensors = parse(name, bytes).map_err(|error| damaged(name, error.to_string()))?;
    let (_, about) = SafeTensors::read_metadata(bytes).map_err(|error| damaged(name, error.to_string()))?;
    let about = about.metadata().clone().unwrap_or_default();
    match about.get(RUN) {
        Some(found) if found == run => Ok((tensors, about)),
        _ => Err(damaged(name, "is of another run: its request, its data or its model is not this one")),
    }
}

fn tensor<'t>(tensors: &'t SafeTensors<'_>, file: &str, name: &str, dtype: Dtype, n: usize) -> Result<&'t [u8]> {
    let view = tensors.tensor(name).map_err(|_| damaged(file, format!("has no `{name}`")))?;
    let found = view.shape().iter().product::<usize>();
    if view.dtype() != dtype || found != n {
        return Err(damaged(file, format!("`{name}` must be {n} × {dtype:?}, got {found} × {:?}", view.dtype())));
    }
    Ok(view.data())
}

fn damaged(file: &str, reason: impl Into<String>) -> Error {
    Error::Checkpoint { file: file.to_owned(), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_come_back_as_they_were() {
        let mut targets = SoftTargets::new(9);
        for row in [1, 4, 5, 8, 7] {
            targets.add(row, 0.4, vec![0.1 + f64::from(row), 0.3, 1.0 / 3.0], row.is_multiple_of(2));
        }
        targets.add(5, -0.5, vec![0.0, 1.0, 0.0], true);
        targets.add_shaped(4, 2.0, ShapedTerm { target: vec![0.25, 0.25, 0.5], offset: -1.5 }, false);
        let files = Files::from([
            (TARGETS.to_owned(), targets_file("a run", &targets).unwrap()),
            (STUDENT.to_owned(), {
                let about =
                    [(RUN, "a run"), (STEP, "3"), (SPENT, "1.5"), (TIME, "")].map(|(key, value)| (key.to_owned(), value.to_owned()));
                serialise_with(&[], about.into()).unwrap()
            }),
        ]);
        assert!(Saved::open(&files, "a run").is_err(), "no times are no numbers");
        let (tensors, _) = opened(&files, TARGETS, "a run").unwrap();
        let saved =
            Saved { student: parse("", &files[STUDENT]).unwrap(), targets: tensors, alpha: None, step: 3, spent_ms: 1.5, times: vec![] };
        let found = saved.targets(9, 3).unwrap();
        for (found, expected) in found.rows.iter().zip(&targets.rows) {
            let shaped = |row: &RowTarget| row.shaped.as_ref().map(|shaped| (shaped.target.clone(), shaped.offset));
            let numbers = |row: &Option<RowTarget>| {
                row.as_ref().map(|row| (row.soft.clone(), row.entropy, row.weight, row.teacher.clone(), shaped(row)))
            };
            assert_eq!(numbers(found), numbers(expected));
        }
        assert!(saved.targets(8, 3).is_err(), "a row beyond the data");
        assert!(saved.targets(9, 2).is_err(), "another width");
    }
}
