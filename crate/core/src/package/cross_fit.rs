//! Cross-fitted answers of a package: for every training row, what a model answers that was trained like Original but without this row's person, and
//! what one answers that was trained without the row.

use super::bytes::{parse, serialise};
use crate::{Error, Result};
use safetensors::tensor::Dtype;

/// File of the cross-fitted answers.
pub const CROSS_FIT: &str = "crossfit.safetensors";

/// Answers are kept as log odds between ±MOST in steps of 1/16: a rounding error of at most 1/32, or 0.008 in p.
const MOST: f64 = 7.9375;
const STEPS: f64 = 16.0;

/// Cross-fitted answers to all training rows, as log (p(Yes) / p(No)).
#[derive(Debug, Clone, PartialEq)]
pub struct CrossFit {
    /// By models that never saw the row's person.
    pub by_person: Vec<f64>,
    /// By models that never saw the row, but the person's other rows; `None` if only people were left out.
    pub by_row: Option<Vec<f64>>,
}

impl CrossFit {
    /// Writes the answers, rounded to eight bits: I8 `by_person` and, if there are any, `by_row`, each `[rows]`, in sixteenths.
    ///
    /// # Errors
    /// If the two do not have the same number of rows.
    pub fn write(&self) -> Result<Vec<u8>> {
        if let Some(by_row) = self.by_row.as_ref().filter(|by_row| by_row.len() != self.by_person.len()) {
            return Err(Error::package(CROSS_FIT, format!("{} and {} rows", self.by_person.len(), by_row.len())));
        }
        let part = |name: &str, answers: &[f64]| {
            let byte = |odds: &f64| ((odds.clamp(-MOST, MOST) * STEPS).round() as i8).to_le_bytes()[0];
            (name.to_owned(), Dtype::I8, vec![answers.len()], answers.iter().map(byte).collect())
        };
        let by_row = self.by_row.iter().map(|by_row| part("by_row", by_row));
        serialise(&std::iter::once(part("by_person", &self.by_person)).chain(by_row).collect::<Vec<_>>())
    }

    /// Reads the answers to `n_rows` training rows.
    ///
    /// # Errors
    /// If the file is damaged or of another number of rows.
    pub fn read(bytes: &[u8], n_rows: usize) -> Result<Self> {
        let tensors = parse(CROSS_FIT, bytes)?;
        let answers = |name: &str| -> Result<Vec<f64>> {
            let view = tensors.tensor(name).map_err(|_| Error::package(CROSS_FIT, format!("tensor `{name}` is missing")))?;
            if view.dtype() != Dtype::I8 || view.shape() != [n_rows] {
                let found = format!("{:?} {:?}", view.dtype(), view.shape());
                return Err(Error::package(CROSS_FIT, format!("tensor `{name}` must be I8 [{n_rows}], got {found}")));
            }
            Ok(view.data().iter().map(|byte| f64::from(i8::from_le_bytes([*byte])) / STEPS).collect())
        };
        let by_row = if tensors.names().contains(&"by_row") { Some(answers("by_row")?) } else { None };
        Ok(Self { by_person: answers("by_person")?, by_row })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_within_the_rounding() {
        let answers: Vec<f64> = (0..50).map(|k| -5.0 + 0.213 * f64::from(k)).collect();
        let written = CrossFit { by_person: answers.clone(), by_row: Some(answers.iter().map(|odds| -odds).collect()) };
        let bytes = written.write().unwrap();
        let read = CrossFit::read(&bytes, 50).unwrap();
        let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1.0 / 32.0);
        assert!(near(&written.by_person, &read.by_person) && near(written.by_row.as_ref().unwrap(), read.by_row.as_ref().unwrap()));
        let alone = CrossFit { by_person: read.by_person.clone(), by_row: None };
        assert_eq!(CrossFit::read(&alone.write().unwrap(), 50).unwrap(), alone);
        assert_eq!(CrossFit::read(&read.write().unwrap(), 50).unwrap(), read, "rounded once");
        assert!(CrossFit::read(&bytes, 49).unwrap_err().to_string().contains("must be I8 [49]"));
        let far = CrossFit { by_person: vec![-30.0], by_row: Some(vec![30.0]) };
        let read = CrossFit::read(&far.write().unwrap(), 1).unwrap();
        assert_eq!((read.by_person[0], read.by_row), (-7.9375, Some(vec![7.9375])));
    }
}
