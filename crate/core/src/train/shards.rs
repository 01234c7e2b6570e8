//! A step's gradient in shards: the rows of a batch are cut into a fixed number of parts, every part's gradient is computed by one replica, and all are
//! added in a fixed order. So one replica and several get the same bits.

use super::gradient::GradOutput;
use super::packed::{Format, pack};
use super::sum::{Sum, and};
use crate::Result;
use crate::host::Host;
use crate::host::replica::Replica;
use crate::model::{Network, Trainable};
use std::ops::Range;

/// Number of shards of a batch: so many replicas can share a step. A GPU takes all rows at once.
const SHARDS: usize = if cfg!(feature = "gpu") { 1 } else { 4 };

/// The shards of a batch.
pub fn all() -> impl Iterator<Item = Shard> {
    (0..SHARDS).map(|idx| Shard { idx, of: SHARDS })
}

/// A shard's place among all shards of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Shard {
    idx: usize,
    of: usize,
}

impl Shard {
    /// This shard's part of some rows.
    pub fn rows(self, rows: &[u32]) -> &[u32] {
        &rows[self.idx * rows.len() / self.of..(self.idx + 1) * rows.len() / self.of]
    }
}

/// The sum over a batch's shards; `None` if no shard has rows. `shard` computes one of them, and gives `None` for one without rows.
///
/// # Errors
/// If the device fails, or a replica was lost.
pub async fn sum<M: Network>(
    model: &mut M,
    what: Trainable,
    host: &mut dyn Host,
    shard: impl Fn(&M, Shard) -> Option<GradOutput>,
) -> Result<Option<Sum>> {
    let (replica, device, of) = (host.replica(), model.device(), SHARDS);
    let mut nodes = Vec::new();
    for idx in replica.share(of) {
        let mut model_of_shard = model.clone();
        model_of_shard.each_linear(&mut |_, linear| linear.dropout = linear.dropout.of_part(idx));
        let output = shard(&model_of_shard, Shard { idx, of });
        nodes.push((idx..idx + 1, output.map(|output| taken(model, what, output))));
    }
    let mut nodes = joined(nodes);
    if replica.of > 1 {
        let mut part = Vec::new();
        for (_, sum) in &nodes {
            pack(sum.as_ref(), &mut part).await?;
        }
        let mut shapes = Vec::new();
        model.each_param(what, &mut |_, param| shapes.push(param.dims()));
        let format = Format { width: model.head_vocab_size(), shapes, device };
        let parts = host.exchange(part).await?;
        let of_all = parts.iter().enumerate().map(|(rank, part)| {
            let places = joined(Replica { rank, ..replica }.share(of).map(|idx| (idx..idx + 1, None)).collect());
            format.unpack(part, places.len()).map(|sums| places.into_iter().map(|(place, _)| place).zip(sums).collect())
        });
        nodes = joined(of_all.collect::<Result<Vec<Vec<_>>>>()?.concat());
    }
    Ok(nodes.into_iter().map(|(_, sum)| sum).reduce(and).flatten())
}

/// The sums of some shards, which follow one another.
type Node = (Range<usize>, Option<Sum>);

/// The nodes with every pair of shards, an even one and the next, as one node: whoever has both can add them before they are sent.
fn joined(nodes: Vec<Node>) -> Vec<Node> {
    let mut joined: Vec<Node> = Vec::new();
    for (place, sum) in nodes {
        match joined.last_mut().filter(|(last, _)| last.len() == 1 && last.start.is_multiple_of(2) && place.len() == 1) {
            Some((last, first)) => {
                last.end = place.end;
                *first = and(first.take(), sum);
            }
            None => joined.push((place, sum)),
        }
    }
    joined
}

/// A shard's output with the gradients of the parameters `what`, in their order.
fn taken(model: &mut impl Network, what: Trainable, GradOutput { logits, loss, mut grads }: GradOutput) -> Sum {
    let mut taken = Vec::new();
    model.each_param(what, &mut |_, param| taken.push(grads.take(param)));
    Sum { logits, loss, grads: taken }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Tensor, TensorData};
    use std::iter;

    fn leaf(idx: usize, grads: Vec<Option<f32>>) -> Node {
        let device = Device::flex();
        let row = |value: f32| Tensor::<2>::from_data(TensorData::new(vec![value], [1, 1]), &device);
        let grads = grads.into_iter().map(|value| value.map(row)).collect();
        (idx..idx + 1, Some(Sum { logits: row(idx as f32), loss: Tensor::from_data([idx as f32], &device), grads }))
    }

    fn value(x: &Tensor<2>) -> f32 {
        x.to_data().try_to_vec::<f32>().unwrap()[0]
    }

    #[test]
    fn the_order_of_additions_does_not_depend_on_who_has_what() {
        // In single precision these sums depend on their order: 1e8 + 1 is 1e8.
        let values = [1e8, 1.0, -1e8, 1.0];
        let tree = (values[0] + values[1]) + (values[2] + values[3]);
        let sum = |cuts: &[Range<usize>]| {
            let parts = cuts.iter().flat_map(|cut| joined(cut.clone().map(|idx| leaf(idx, vec![Some(values[idx]), None])).collect()));
            let all = joined(parts.collect()).into_iter().map(|(_, sum)| sum).reduce(and).flatten().unwrap();
            assert!(all.grads[1].is_none());
            assert_eq!(all.logits.to_data().try_to_vec::<f32>().unwrap(), [0.0, 1.0, 2.0, 3.0]);
            value(all.grads[0].as_ref().unwrap())
        };
        for ends in [&[4][..], &[2, 4], &[1, 2, 4], &[1, 2, 3, 4], &[3, 4]] {
            let cuts: Vec<Range<usize>> = iter::once(&0).chain(ends).zip(ends).map(|(start, end)| *start..*end).collect();
            assert_eq!(sum(&cuts).to_bits(), f32::to_bits(tree), "{cuts:?}");
        }
    }

    #[test]
    fn every_row_is_in_one_shard() {
        for n in 0..11 {
            let rows: Vec<u32> = (0..n).collect();
            let all: Vec<u32> = (0..SHARDS).flat_map(|idx| Shard { idx, of: SHARDS }.rows(&rows).to_vec()).collect();
            assert_eq!(all, rows);
        }
    }
}
