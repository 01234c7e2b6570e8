//! Work in units, of which each replica computes its share.

use super::Host;
use super::replica::Replica;
use crate::{Error, Result};

/// The values of `sizes.len()` units, one after another: `unit` computes one, `sizes[i]` values for unit i, and each replica computes its share of them.
///
/// # Errors
/// If a unit fails, or a replica was lost.
pub async fn in_shares(
    host: &mut dyn Host,
    sizes: &[usize],
    mut unit: impl AsyncFnMut(usize, &mut dyn Host) -> Result<Vec<f32>>,
) -> Result<Vec<f32>> {
    let replica = host.replica();
    // A single unit is not worth a message: every replica computes it.
    let alone = replica.of == 1 || sizes.len() < 2;
    let mut values = Vec::new();
    for i in if alone { 0..sizes.len() } else { replica.share(sizes.len()) } {
        values.extend(unit(i, host).await?);
    }
    if alone {
        return Ok(values);
    }
    let parts = host.exchange(values).await?;
    let expected = |rank: usize| sizes[Replica { rank, ..replica }.share(sizes.len())].iter().sum::<usize>();
    if parts.len() != replica.of || parts.iter().enumerate().any(|(rank, part)| part.len() != expected(rank)) {
        return Err(Error::ReplicaLost { reason: "what it sent belongs to something else".into() });
    }
    Ok(parts.concat())
}
