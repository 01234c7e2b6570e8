//! The first rows of a table as they are read, with what each column is taken for.

use super::columns::{named, of_ratings};
use super::look::{LookColumn, LookRow};
use super::role::Role;
use super::sample::Sample;
use crate::data::interaction::SourceFile;
use crate::data::read_spec::{ColumnSpec, ReadSpec};

/// Rows that are shown.
const ROWS: usize = 20;
/// Characters of a field that are shown.
const CHARACTERS: usize = 80;

/// The beginning of a table of ratings.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The file.
    pub file: String,
    /// Its columns.
    pub columns: Vec<LookColumn>,
    /// Its first rows.
    pub rows: Vec<LookRow>,
    /// How it is read, as far as its first rows tell.
    pub spec: ReadSpec,
    /// How the characters are written.
    pub encoding: &'static str,
}

impl Preview {
    /// The beginning of a file; `None` if it is no table.
    pub fn of(file: &SourceFile, spec: &ReadSpec) -> Option<Self> {
        let sample = Sample::of(file, spec).ok().flatten()?;
        let columns = spec.columns.or_else(|| of_ratings(&sample));
        Some(Self::with(file, &sample, columns.as_ref(), spec))
    }

    /// The beginning of a table whose columns are known, if they could be found out.
    pub(super) fn with(file: &SourceFile, sample: &Sample, columns: Option<&ColumnSpec>, spec: &ReadSpec) -> Self {
        let others = named(sample);
        let role = |column: usize| {
            let roles = [Role::User, Role::Item, Role::Rating, Role::Time, Role::Title];
            let Some(columns) = columns else { return others[column] };
            let chosen = columns.named().into_iter().zip(roles).find(|((_, at), _)| *at == Some(column as u32));
            chosen.map(|(_, role)| role)
        };
        let name = |column: usize| {
            let names = sample.header.as_ref().and_then(|names| names.get(column)).filter(|name| !name.is_empty());
            names.map_or_else(|| format!("column {}", column + 1), |name| cut(name))
        };
        let row = |(line, fields): &(u64, Vec<String>)| LookRow {
            line: u32::try_from(*line).unwrap_or(u32::MAX),
            cells: fields.iter().map(|field| cut(field)).collect(),
        };
        Self {
            file: file.name.clone(),
            columns: (0..sample.n_columns).map(|column| LookColumn { name: name(column), role: role(column) }).collect(),
            rows: sample.rows.iter().take(ROWS).map(row).collect(),
            spec: ReadSpec {
                separator: Some(sample.separator),
                header: Some(sample.header.is_some()),
                columns: columns.copied(),
                ..spec.clone()
            },
            encoding: sample.encoding,
        }
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= CHARACTERS { text.to_owned() } else { text.chars().take(CHARACTERS - 1).chain(['…']).collect() }
}
