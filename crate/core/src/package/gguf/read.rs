//! The directory of a GGUF file: metadata by key and tensors by name. Each tensor lies within the data and overlaps no other.

use super::refuse::fail;
use super::value::{List, Reader, Value};
use crate::data::sniff;
use crate::linear::BLOCK;
use crate::package::blocks::BlockType;
use crate::package::parts::MAX_PARTS;
use crate::package::stored::{Form, Stored};
use crate::{Error, Result};
use std::collections::BTreeMap;

/// Largest number of metadata entries or tensors; no model has more.
const MAX_ENTRIES: u64 = 1 << 16;
/// Largest length of a key or tensor name, bytes.
const MAX_NAME: usize = 1 << 10;
const MAX_ALIGNMENT: u64 = 1 << 16;
/// Number of parts of a split model, and the place of one of them, from 0.
const SPLIT_COUNT: &str = "split.count";
const SPLIT_PLACE: &str = "split.no";
/// Number of tensors of all parts together.
const SPLIT_TENSORS: &str = "split.tensors.count";

/// Types that are not read, with their numbers.
const OTHER_TYPES: [(u32, &str); 20] = [
    (9, "Q8_1"),
    (16, "IQ2_XXS"),
    (17, "IQ2_XS"),
    (18, "IQ3_XXS"),
    (19, "IQ1_S"),
    (21, "IQ3_S"),
    (22, "IQ2_S"),
    (23, "IQ4_XS"),
    (24, "I8"),
    (25, "I16"),
    (26, "I32"),
    (27, "I64"),
    (28, "F64"),
    (29, "IQ1_M"),
    (31, "Q4_0_4_4"),
    (32, "Q4_0_4_8"),
    (33, "Q4_0_8_8"),
    (34, "TQ1_0"),
    (35, "TQ2_0"),
    (39, "MXFP4"),
];

/// A tensor type, by its number in the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind(pub u32);

impl Kind {
    /// The form that keeps the values of this type exactly.
    ///
    /// # Errors
    /// If this program does not read the type; the error is the reason.
    pub fn form(self) -> Result<Form, String> {
        Ok(match self.0 {
            0 => Form::F32,
            1 => Form::F16,
            2 => Form::Q4,
            3 => Form::Q4Offset,
            8 => Form::Q8,
            30 => Form::Bf16,
            number if let Some(kind) = BlockType::numbered(number) => Form::Blocks(kind),
            other => {
                let name = OTHER_TYPES.iter().find(|(number, _)| *number == other).map_or("an unknown type", |(_, name)| name);
                return Err(format!(
                    "must be F32, F16, BF16, Q4_0 to Q8_0, Q2_K to Q8_K or IQ4_NL, got {name} (number {other}): take the same model as Q4_K_M, \
                     Q8_0 or F16"
                ));
            }
        })
    }

    /// The type that holds a form exactly.
    pub fn of(form: Form) -> Self {
        Self(match form {
            Form::F32 => 0,
            Form::F16 => 1,
            Form::Q4 => 2,
            Form::Q4Offset => 3,
            Form::Q8 => 8,
            Form::Bf16 => 30,
            Form::Blocks(kind) => kind.layout().number,
        })
    }
}

/// The smallest part of a row in the file: its number of values, and its size in bytes with its scale and offset.
pub(super) fn unit(form: Form) -> [usize; 2] {
    match form {
        Form::Q8 => [BLOCK, 2 + BLOCK],
        Form::Q4 => [BLOCK, 2 + BLOCK / 2],
        Form::Q4Offset => [BLOCK, 4 + BLOCK / 2],
        Form::F32 | Form::F16 | Form::Bf16 => [1, form.row_bytes(1)],
        Form::Blocks(kind) => [kind.layout().weights, kind.layout().bytes],
    }
}

/// A tensor of a GGUF file.
#[derive(Debug, Clone, Copy)]
pub struct TensorInfo<'a> {
    /// Form of the values.
    pub form: Form,
    /// Dimensions `[rows, cols]`, for a vector `[1, cols]`. The file lists them in reverse, the shortest stride first.
    pub dims: [usize; 2],
    /// Whether the file has it as a vector.
    pub is_vector: bool,
    bytes: &'a [u8],
}

impl TensorInfo<'_> {
    /// The tensor's contents; blocks of Q8_0, Q4_0 and Q4_1 are split into values, scales and offsets. New row i is the file's row `row(i)`.
    pub fn stored(&self, row: impl Fn(usize) -> usize) -> Stored {
        let ([rows, cols], form) = (self.dims, self.form);
        let mut stored = Stored { form, dims: self.dims, values: Vec::new(), scales: Vec::new(), offsets: Vec::new() };
        stored.values.reserve_exact(form.row_bytes(cols) * rows);
        let width = self.bytes.len() / rows.max(1);
        for i in 0..rows {
            let bytes = &self.bytes[row(i) * width..][..width];
            if !form.has_scales() {
                stored.values.extend_from_slice(bytes);
                continue;
            }
            let [_, n_bytes] = unit(form);
            for block in bytes.chunks_exact(n_bytes) {
                let (scale, rest) = block.split_at(2);
                let (offset, values) = rest.split_at(if form == Form::Q4Offset { 2 } else { 0 });
                stored.scales.extend_from_slice(scale);
                stored.offsets.extend_from_slice(offset);
                stored.values.extend_from_slice(values);
            }
        }
        stored
    }
}

/// A parsed GGUF file.
#[derive(Debug)]
pub struct Gguf<'a> {
    metadata: BTreeMap<&'a str, Value<'a>>,
    tensors: BTreeMap<&'a str, TensorInfo<'a>>,
}

impl<'a> Gguf<'a> {
    /// Parses the directory of a file.
    ///
    /// # Errors
    /// If it is not a GGUF file of version 2 or 3, or its contents are inconsistent.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        Self::parse_if(bytes, |_| Ok(()))
    }

    /// Parses a file, asking `check` about the metadata first: a model of another kind is told before a tensor of a type that is not read.
    ///
    /// # Errors
    /// As [`Self::parse`], or that of `check`.
    pub fn parse_if(bytes: &'a [u8], check: impl FnOnce(&Self) -> Result<()>) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        if reader.take(4).ok() != Some(b"GGUF") {
            return Err(fail(sniff::told(bytes).unwrap_or("does not begin with `GGUF`: it is no GGUF file")));
        }
        let version = reader.u32()?;
        if !matches!(version, 2 | 3) {
            let hint = if matches!(version.swap_bytes(), 2 | 3) {
                ": the file is big-endian, for another kind of computer; take the little-endian one, which nearly all are"
            } else {
                ": convert the model with a newer llama.cpp"
            };
            return Err(fail(format!("version must be 2 or 3, got {version}{hint}")));
        }
        let (n_tensors, n_metadata) = (reader.u64()?, reader.u64()?);
        for (what, n) in [("tensors", n_tensors), ("metadata entries", n_metadata)] {
            if n > MAX_ENTRIES {
                return Err(fail(format!("may have at most {MAX_ENTRIES} {what}, got {n}")));
            }
        }
        let mut metadata = BTreeMap::new();
        for _ in 0..n_metadata {
            let key = name(&mut reader)?;
            let kind = reader.u32()?;
            if metadata.insert(key, reader.value(kind, 0)?).is_some() {
                return Err(fail(format!("has the key `{key}` twice")));
            }
        }
        let alignment = match metadata.get("general.alignment") {
            None => 32,
            Some(Value::Int(n)) => u64::try_from(*n).unwrap_or(0),
            Some(_) => 0,
        };
        if !alignment.is_power_of_two() || !(8..=MAX_ALIGNMENT).contains(&alignment) {
            return Err(fail(format!("general.alignment must be a power of two from 8 to {MAX_ALIGNMENT}, got {alignment}")));
        }
        let known = Self { metadata, tensors: BTreeMap::new() };
        check(&known)?;
        let declared = (0..n_tensors).map(|_| Declared::read(&mut reader, alignment)).collect::<Result<Vec<_>>>()?;
        let start = (reader.pos() as u64).next_multiple_of(alignment) as usize;
        let data = bytes.get(start..).unwrap_or_default();
        let tensors = placed(&declared, data)?;
        Ok(Self { tensors, ..known })
    }

    /// Joins the parts of a split model. The first has the metadata of the model.
    ///
    /// # Errors
    /// If a part is missing or belongs to another model, or a tensor is missing or in two parts.
    pub fn join(parts: Vec<Self>) -> Result<Self> {
        let number = |part: &Self, key: &str| part.int(key).map(|n| n.unwrap_or(0) as usize);
        let mut by_place = BTreeMap::new();
        let mut count = 1;
        let n_files = parts.len();
        for part in parts {
            let of = number(&part, SPLIT_COUNT)?.max(1);
            if !by_place.is_empty() && of != count || of > MAX_PARTS {
                return Err(fail(format!(
                    "the parts of a split model must agree on their number, up to {MAX_PARTS}, got {count} and {of}"
                )));
            }
            count = of;
            let at = number(&part, SPLIT_PLACE)?;
            if at >= count || by_place.insert(at, part).is_some() {
                return Err(fail(format!("part {} of {count} is there twice or is none of them", at + 1)));
            }
        }
        let missing: Vec<String> = (0..count).filter(|at| !by_place.contains_key(at)).map(|at| (at + 1).to_string()).collect();
        if !missing.is_empty() {
            return Err(fail(format!(
                "is split into {count} parts, of which {} {} missing ({n_files} of {count} given): put all parts into one folder",
                missing.join(", "),
                if missing.len() == 1 { "is" } else { "are" }
            )));
        }
        let mut parts = by_place.into_values();
        let mut whole = parts.next().ok_or_else(|| fail("has no part"))?;
        for part in parts {
            for (name, info) in part.tensors {
                if whole.tensors.insert(name, info).is_some() {
                    return Err(fail(format!("has the tensor `{name}` in two parts")));
                }
            }
        }
        let n_tensors = whole.int(SPLIT_TENSORS)?.filter(|n| *n as usize != whole.tensors.len());
        if let Some(n) = n_tensors {
            let found = whole.tensors.len();
            return Err(fail(format!("`{SPLIT_TENSORS}` says {n} tensors, the parts have {found}: they are not the parts of one model")));
        }
        Ok(whole)
    }

    /// The metadata value of a key.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.metadata.get(key)
    }

    /// All metadata, sorted by key.
    pub fn metadata(&self) -> impl Iterator<Item = (&'a str, &Value<'a>)> {
        self.metadata.iter().map(|(key, value)| (*key, value))
    }

    /// All tensors, sorted by name.
    pub fn tensors(&self) -> impl Iterator<Item = (&'a str, &TensorInfo<'a>)> {
        self.tensors.iter().map(|(name, info)| (*name, info))
    }

    /// The tensor of this name.
    pub fn tensor(&self, name: &str) -> Option<&TensorInfo<'a>> {
        self.tensors.get(name)
    }

    /// A string that may be absent.
    ///
    /// # Errors
    /// If the value is present but not a string.
    pub fn text(&self, key: &str) -> Result<Option<&'a str>> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(key, "a text", other)),
        }
    }

    /// An unsigned 32-bit integer that may be absent.
    ///
    /// # Errors
    /// If the value is present but not such an integer.
    pub fn int(&self, key: &str) -> Result<Option<u32>> {
        match self.get(key) {
            None => Ok(None),
            Some(value @ Value::Int(n)) => Ok(Some(u32::try_from(*n).map_err(|_| wrong(key, "an integer from 0 to 2^32 - 1", value))?)),
            Some(other) => Err(wrong(key, "an integer", other)),
        }
    }

    /// A number that may be absent.
    ///
    /// # Errors
    /// If the value is present but not a number.
    pub fn float(&self, key: &str) -> Result<Option<f64>> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Float(x)) => Ok(Some(*x)),
            Some(other) => Err(wrong(key, "a number", other)),
        }
    }

    /// A boolean that may be absent.
    ///
    /// # Errors
    /// If the value is present but not a boolean.
    pub fn flag(&self, key: &str) -> Result<Option<bool>> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Bool(yes)) => Ok(Some(*yes)),
            Some(other) => Err(wrong(key, "a truth value", other)),
        }
    }

    /// A list that must be present.
    ///
    /// # Errors
    /// If there is no such list.
    pub fn list(&self, key: &str) -> Result<List<'a>> {
        match self.get(key) {
            Some(Value::List(list)) => Ok(*list),
            Some(other) => Err(wrong(key, "a list", other)),
            None => Err(fail(format!("has no `{key}`"))),
        }
    }
}

pub(super) fn wrong(key: &str, must: &str, got: &Value<'_>) -> Error {
    let mut shown = format!("{got:?}");
    if let Some((end, _)) = shown.char_indices().nth(60) {
        shown.truncate(end);
    }
    fail(format!("`{key}` must be {must}, got {shown}"))
}

fn name<'a>(reader: &mut Reader<'a>) -> Result<&'a str> {
    let (at, name) = (reader.pos(), reader.text()?);
    if name.is_empty() || name.len() > MAX_NAME {
        return Err(fail(format!("the name at byte {at} must have 1 to {MAX_NAME} bytes, got {}", name.len())));
    }
    Ok(name)
}

/// A tensor as declared by the directory.
struct Declared<'a> {
    name: &'a str,
    form: Form,
    dims: [usize; 2],
    is_vector: bool,
    offset: u64,
    n_bytes: u64,
}

impl<'a> Declared<'a> {
    fn read(reader: &mut Reader<'a>, alignment: u64) -> Result<Self> {
        let name = name(reader)?;
        let n_dims = reader.u32()?;
        if !(1..=4).contains(&n_dims) {
            return Err(fail(format!("tensor `{name}` must have 1 to 4 dimensions, got {n_dims}")));
        }
        let mut shape = [1u64; 4];
        for size in shape.iter_mut().take(n_dims as usize) {
            *size = reader.u64()?;
        }
        let form = Kind(reader.u32()?).form().map_err(|rule| fail(format!("tensor `{name}` {rule}")))?;
        let offset = reader.u64()?;
        let [cols, rows, others @ ..] = shape;
        let sizes = (usize::try_from(rows).ok()).zip(usize::try_from(cols).ok()).filter(|(rows, cols)| *rows > 0 && *cols > 0);
        let Some((n_rows, n_cols)) = sizes.filter(|_| others == [1, 1]) else {
            return Err(fail(format!("tensor `{name}` must be a vector or a matrix, got {:?}", &shape[..n_dims as usize])));
        };
        let [unit, unit_bytes] = unit(form).map(|n| n as u64);
        if !cols.is_multiple_of(unit) {
            return Err(fail(format!("tensor `{name}`: a block of {unit} must divide the row length, got {cols}")));
        }
        let n_bytes = (cols / unit).checked_mul(unit_bytes).and_then(|row| row.checked_mul(rows));
        let Some(n_bytes) = n_bytes else { return Err(fail(format!("tensor `{name}` has {rows} times {cols} values: too many"))) };
        if !offset.is_multiple_of(alignment) {
            return Err(fail(format!("tensor `{name}` must begin at a multiple of {alignment}, got {offset}")));
        }
        Ok(Self { name, form, dims: [n_rows, n_cols], is_vector: n_dims == 1, offset, n_bytes })
    }
}

/// The declared tensors with their bytes.
fn placed<'a>(declared: &[Declared<'a>], data: &'a [u8]) -> Result<BTreeMap<&'a str, TensorInfo<'a>>> {
    let mut by_place: Vec<_> = declared.iter().collect();
    by_place.sort_by_key(|tensor| tensor.offset);
    let mut tensors = BTreeMap::new();
    let (mut end, mut before) = (0, "");
    for Declared { name, form, dims, is_vector, offset, n_bytes } in by_place {
        if *offset < end {
            return Err(fail(format!("tensor `{name}` lies over tensor `{before}`")));
        }
        let range = offset.checked_add(*n_bytes).filter(|end| *end <= data.len() as u64);
        let Some(stop) = range else {
            return Err(fail(format!(
                "tensor `{name}` reaches over the end: {n_bytes} bytes at {offset} of {}; the file is cut short, download it again",
                data.len()
            )));
        };
        let info = TensorInfo { form: *form, dims: *dims, is_vector: *is_vector, bytes: &data[*offset as usize..stop as usize] };
        if tensors.insert(*name, info).is_some() {
            return Err(fail(format!("has the tensor `{name}` twice")));
        }
        (end, before) = (stop, name);
    }
    Ok(tensors)
}
