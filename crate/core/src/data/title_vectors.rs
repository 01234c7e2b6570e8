//! What a language model read in the items' titles: one vector for each item, fixed when the model of the data is trained.

use crate::{Error, Result};

/// Vectors by item. An item that is not among them has none, and is known by whatever else the model has.
#[derive(Debug, Clone, PartialEq)]
pub struct TitleVectors {
    ids: Vec<u32>,
    width: usize,
    values: Vec<f32>,
}

impl TitleVectors {
    /// `values` is `[ids, width]`, row by row.
    ///
    /// # Errors
    /// If the ids do not ascend, a size does not fit, or a value is not finite.
    pub fn new(ids: Vec<u32>, width: usize, values: Vec<f32>) -> Result<Self> {
        let fail = |rule: &str, got: String| Err(Error::setting("title vectors", rule, got));
        if width == 0 || values.len() != ids.len() * width {
            return fail("must have `width` values for every item", format!("{} values, {} items, width {width}", values.len(), ids.len()));
        }
        if let Some(pair) = ids.array_windows().find(|[a, b]| a >= b) {
            return fail("must be in ascending order of item", format!("{pair:?}"));
        }
        match values.iter().find(|value| !value.is_finite()) {
            Some(value) => fail("must be finite", value.to_string()),
            None => Ok(Self { ids, width, values }),
        }
    }

    /// Numbers in a vector.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The items that have a vector, ascending.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// All vectors `[ids, width]`.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// The vector of an item.
    pub fn of(&self, item: u32) -> Option<&[f32]> {
        let at = self.ids.binary_search(&item).ok()?;
        self.values.get(at * self.width..(at + 1) * self.width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_found_by_item() {
        let vectors = TitleVectors::new(vec![3, 8], 2, vec![1.0, 2.0, 3.0, 4.0]).unwrap();
        assert_eq!((vectors.of(8), vectors.of(4)), (Some(&[3.0f32, 4.0][..]), None));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let error = |ids: &[u32], width, values: &[f32]| TitleVectors::new(ids.to_vec(), width, values.to_vec()).unwrap_err().to_string();
        assert!(error(&[8, 3], 1, &[1.0, 2.0]).contains("ascending"));
        assert!(error(&[3, 8], 2, &[1.0, 2.0]).contains("2 values, 2 items, width 2"));
        assert!(error(&[3], 1, &[f32::NAN]).contains("finite"));
    }
}
