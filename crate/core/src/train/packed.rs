//! What a replica computed of a step, as plain numbers: answer logits, loss and gradients, as they travel to the other replicas.
//!
//! Of a large table, such as an embedding, only the rows that a gradient reaches are sent: a batch has a few hundred of ten thousand items.

use super::sum::Sum;
use crate::tensor::read;
use crate::{Error, Result};
use burn::tensor::{Device, Tensor, TensorData};

/// Parameters with at least so many rows are sent by rows.
const TABLE_ROWS: usize = 256;
/// How a gradient follows: not at all, whole, or by rows.
const NONE: f32 = 0.0;
const WHOLE: f32 = 1.0;
const BY_ROWS: f32 = 2.0;

/// Appends a sum, or that there is none, to `part`: number of logits (0: no sum), loss, logits; then of every parameter a mark and its numbers.
///
/// # Errors
/// If the device fails or a number is not finite.
pub async fn pack(sum: Option<&Sum>, part: &mut Vec<f32>) -> Result<()> {
    let Some(sum) = sum else {
        part.push(0.0);
        return Ok(());
    };
    let logits = read(sum.logits.clone()).await?;
    part.push(logits.len() as f32);
    part.extend(read(sum.loss.clone()).await?);
    part.extend(logits);
    for grad in &sum.grads {
        let Some(grad) = grad else {
            part.push(NONE);
            continue;
        };
        let [n_rows, width] = grad.dims();
        let values = read(grad.clone()).await?;
        if n_rows < TABLE_ROWS {
            part.push(WHOLE);
            part.extend(values);
            continue;
        }
        let reached: Vec<usize> = (0..n_rows).filter(|row| values[row * width..(row + 1) * width].iter().any(|x| *x != 0.0)).collect();
        part.extend([BY_ROWS, reached.len() as f32]);
        for row in reached {
            part.push(row as f32); // exact below 2²⁴ rows
            part.extend(&values[row * width..(row + 1) * width]);
        }
    }
    Ok(())
}

/// What is needed to read sums.
pub struct Format {
    /// Answer logits of a row.
    pub width: usize,
    /// Shapes of the parameters.
    pub shapes: Vec<[usize; 2]>,
    /// Where the tensors go.
    pub device: Device,
}

impl Format {
    /// The `n` sums of a part.
    ///
    /// # Errors
    /// If the part is anything else.
    pub fn unpack(&self, part: &[f32], n: usize) -> Result<Vec<Option<Sum>>> {
        let mut rest = Rest(part);
        let sums = (0..n).map(|_| self.next(&mut rest)).collect::<Option<_>>();
        sums.filter(|_| rest.0.is_empty()).ok_or_else(|| Error::ReplicaLost { reason: "what it sent belongs to something else".into() })
    }

    /// The next sum; `None` if the numbers are no sum.
    fn next(&self, rest: &mut Rest<'_>) -> Option<Option<Sum>> {
        let n_logits = rest.count()?;
        if n_logits == 0 {
            return Some(None);
        }
        let matrix = |values: Vec<f32>, shape: [usize; 2]| Tensor::<2>::from_data(TensorData::new(values, shape), &self.device);
        let loss = Tensor::from_data(TensorData::new(rest.take(1)?.to_vec(), [1]), &self.device);
        let logits = matrix(rest.take(n_logits)?.to_vec(), [n_logits.checked_div(self.width)?, self.width]);
        let mut grads = Vec::new();
        for [n_rows, width] in self.shapes.iter().copied() {
            let mark = rest.take(1)?[0];
            let values = if mark == WHOLE {
                rest.take(n_rows * width)?.to_vec()
            } else if mark == BY_ROWS {
                let mut values = vec![0.0; n_rows * width];
                for _ in 0..rest.count()? {
                    let row = rest.count()?;
                    values.get_mut(row * width..(row + 1) * width)?.copy_from_slice(rest.take(width)?);
                }
                values
            } else {
                grads.push(None);
                continue;
            };
            grads.push(Some(matrix(values, [n_rows, width])));
        }
        Some(Some(Sum { logits, loss, grads }))
    }
}

/// Numbers not read yet.
struct Rest<'a>(&'a [f32]);

impl<'a> Rest<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [f32]> {
        let (taken, rest) = self.0.split_at_checked(n)?;
        self.0 = rest;
        Some(taken)
    }

    fn count(&mut self) -> Option<usize> {
        Some(self.take(1)?[0] as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again() {
        let device = Device::flex();
        let shapes = vec![[2, 3], [TABLE_ROWS, 2], [1, 1]];
        let mut table = vec![0.0; TABLE_ROWS * 2];
        (table[6], table[509]) = (1.5, -2.0); // in rows 3 and 254
        let matrix = |values: Vec<f32>, shape: [usize; 2]| Tensor::<2>::from_data(TensorData::new(values, shape), &device);
        let sum = Sum {
            logits: matrix(vec![0.5, -0.5, 1.0, 2.0], [2, 2]),
            loss: Tensor::from_data([0.25], &device),
            grads: vec![Some(matrix(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [2, 3])), Some(matrix(table.clone(), [TABLE_ROWS, 2])), None],
        };
        let mut part = Vec::new();
        pollster::block_on(async {
            pack(Some(&sum), &mut part).await.unwrap();
            pack(None, &mut part).await.unwrap();
        });
        assert_eq!(part.len(), 2 + 4 + (1 + 6) + (2 + 2 * 3) + 1 + 1);
        let format = Format { width: 2, shapes, device: device.clone() };
        let values = |x: &Tensor<2>| x.to_data().try_to_vec::<f32>().unwrap();
        let read = format.unpack(&part, 2).unwrap();
        let (again, none) = (read[0].as_ref().unwrap(), &read[1]);
        assert!(none.is_none() && again.grads[2].is_none());
        assert_eq!((values(&again.logits), values(again.grads[1].as_ref().unwrap())), (values(&sum.logits), table));
        assert_eq!(values(again.grads[0].as_ref().unwrap()), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        for (part, n) in [(&part[..part.len() - 1], 2), (&part[..], 1), (&part[..5], 1), (&[][..], 1)] {
            assert!(matches!(format.unpack(part, n), Err(Error::ReplicaLost { .. })));
        }
    }
}
