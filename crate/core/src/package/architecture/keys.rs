//! The key map of a decoder: the names of its tensors, sizes and settings in published files, as plain data.

use super::slot::{Kind, Rows, Slot, Spare};
use crate::model::{DecoderSpec, Variant};
use crate::{Error, Result};

/// The description of a Llama-family decoder in files. An entry similar to another one states `..OTHER` and the differences.
#[derive(Debug)]
pub struct DecoderKeys {
    /// The variant that computes it.
    pub variant: Variant,
    /// `model_type` in `config.json`.
    pub model_type: &'static str,
    /// `architectures` in `config.json`, for other programs that read our files.
    pub class: &'static str,
    /// `general.architecture` in GGUF, which is also the prefix of its metadata keys.
    pub gguf: &'static str,
    /// Tensors before the blocks, in the order of a forward pass.
    pub before: &'static [TensorKeys],
    /// Tensors of every block; `{i}` in their names stands for the block's number.
    pub block: &'static [TensorKeys],
    /// Tensors after the blocks.
    pub after: &'static [TensorKeys],
    /// The projections with a bias. Its name ends with `.bias` instead of `.weight`.
    pub biases: &'static [Part],
    /// Whether GGUF orders the rows of query and key such that neighbours are rotated together.
    pub gguf_turns_neighbours: bool,
    /// Whether GGUF has Llama 3's scaling of the rotary embedding as a tensor, `rope_freqs.weight`.
    pub gguf_rope_freqs: bool,
    /// What GGUF adds to the weights of norms: Gemma's files hold the gain, 1 + weight.
    pub gguf_gain_offset: f32,
    /// Whether the width of a head may differ from hidden size / heads.
    pub own_head_dim: bool,
    /// Which layers have a window.
    pub windows: Windows,
    /// Key in `config.json` of the number whose root divides the scores, with its default; absent where it is the width of a head.
    pub scalar: Option<(&'static str, f64)>,
    /// The sizes of the shape, in the order in which they are written to GGUF.
    pub sizes: &'static [SizeKeys],
    /// Key of RMSNorm's ε, in `config.json` and in GGUF.
    pub eps: [&'static str; 2],
    /// Key of the rotary embedding's θ, in `config.json` and in GGUF.
    pub theta: [&'static str; 2],
    /// θ in a `config.json` that does not state it; a GGUF file without it means 10,000.
    pub default_theta: f64,
    /// Key in `config.json` of whether the output layer is tied to the embedding table. GGUF omits a tied output layer instead.
    pub tied: &'static str,
    /// Whether it is tied in a `config.json` that does not say.
    pub tied_by_default: bool,
    /// Settings of `config.json` that change what the model computes, with the only supported value. They may be absent when read; all are written.
    pub config_fixed: &'static [(&'static str, Fixed)],
    /// The same for GGUF, with the values that have no effect. None is written.
    pub gguf_fixed: &'static [(&'static str, &'static [&'static str])],
    /// Endings of further tensors that a Hugging Face folder may contain but nothing reads.
    pub spare: &'static [&'static str],
}

/// Which layers of an architecture may have a window, and how files say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Windows {
    /// None.
    Never,
    /// All, if there is a window. GGUF cannot say it.
    All,
    /// The upper ones, if a flag is set. GGUF cannot say it.
    Flagged,
    /// All but every sixth, with a rotary embedding of their own.
    Pattern,
}

/// Of [`Windows::Pattern`], every layer of this number is without a window.
pub const PATTERN: usize = 6;

/// The role of a decoder's tensor, from which its dimensions follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The embedding table, with a row for every token.
    Embedding,
    /// A norm over the hidden size.
    Norm,
    /// A norm over each head, before the rotation.
    HeadNorm,
    /// Query projection.
    Query,
    /// Key projection.
    Key,
    /// Value projection.
    Value,
    /// Output projection, from the heads back to the hidden size.
    Output,
    /// A projection from the hidden size to the MLP's width: gate or up.
    MlpIn,
    /// The down projection, from the MLP's width back to the hidden size.
    MlpOut,
    /// The output layer; absent if it is tied to the embedding table.
    Head,
}

/// The names of a tensor, without their endings.
#[derive(Debug)]
pub struct TensorKeys {
    /// Role of the tensor.
    pub part: Part,
    /// Name in Hugging Face files.
    pub hf: &'static str,
    /// Name in GGUF.
    pub gguf: &'static str,
}

/// A size in a decoder's shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Number of tokens. For GGUF it is the length of the token list.
    Vocab,
    /// Longest prompt.
    Positions,
    /// Hidden size d.
    Hidden,
    /// Number of blocks.
    Layers,
    /// Width of the MLP.
    Intermediate,
    /// Number of query heads.
    Heads,
    /// Number of key and value heads; equal to that of query heads if absent.
    KvHeads,
    /// Width of one head; hidden size / heads if absent.
    HeadDim,
}

/// The names of a size.
#[derive(Debug)]
pub struct SizeKeys {
    /// The size.
    pub size: Size,
    /// Key in `config.json`.
    pub config: &'static str,
    /// Key in GGUF, after the architecture's prefix.
    pub gguf: &'static str,
}

/// The only supported value of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fixed {
    /// A boolean.
    Flag(bool),
    /// A string.
    Text(&'static str),
    /// Nothing.
    Null,
}

impl DecoderKeys {
    /// All tensors of a decoder of this shape, in the order of a forward pass; a bias follows its weight.
    pub fn slots(&self, spec: &DecoderSpec) -> Vec<Slot> {
        let mut slots = Vec::new();
        let mut add = |keys: &[TensorKeys], block: usize| {
            for tensor in keys.iter().filter(|tensor| tensor.part != Part::Head || !spec.tie_word_embeddings) {
                let named = |name: &str, ending: &str| format!("{}.{ending}", name.replace("{i}", &block.to_string()));
                let (dims, rows) = (tensor.part.dims(spec), self.rows(tensor.part, spec));
                let slot = |ending: &str, dims: [usize; 2], kind: Kind| Slot {
                    name: named(tensor.hf, ending),
                    gguf: Some(named(tensor.gguf, ending)),
                    dims,
                    kind,
                    rows,
                };
                slots.push(slot("weight", dims, tensor.part.kind()));
                if self.biases.contains(&tensor.part) {
                    slots.push(slot("bias", [1, dims[0]], Kind::Bias));
                }
            }
        };
        add(self.before, 0);
        (0..spec.num_hidden_layers).for_each(|i| add(self.block, i));
        add(self.after, 0);
        slots
    }

    fn rows(&self, part: Part, spec: &DecoderSpec) -> Rows {
        match part {
            Part::Embedding | Part::Head => Rows::Tokens,
            Part::Query if self.gguf_turns_neighbours => Rows::RotaryHeads(spec.num_attention_heads),
            Part::Key if self.gguf_turns_neighbours => Rows::RotaryHeads(spec.num_key_value_heads),
            _ => Rows::Plain,
        }
    }

    /// The head width for the spec, given that of a file: `None` if it equals hidden size / heads or the architecture has no independent head width.
    pub fn head_dim(&self, told: Option<usize>, hidden_size: usize, heads: usize) -> Option<usize> {
        told.filter(|dim| self.own_head_dim && dim.checked_mul(heads) != Some(hidden_size))
    }

    /// Checks that this architecture's files can express a shape that is valid in itself.
    ///
    /// # Errors
    /// If the shape has what the architecture has not: an independent head width, windows in these layers, a divisor of its own for the scores.
    pub fn check(&self, spec: &DecoderSpec) -> Result<()> {
        let (dim, attention) = (spec.head_dim(), &spec.attention);
        if !self.own_head_dim && dim.checked_mul(spec.num_attention_heads) != Some(spec.hidden_size) {
            let usual = spec.hidden_size / spec.num_attention_heads;
            let must = format!("must be hidden_size / num_attention_heads, {usual}, in {}", self.model_type);
            return Err(Error::setting("head_dim", must, dim));
        }
        if let (None, Some(scalar)) = (self.scalar, attention.query_pre_attn_scalar) {
            return Err(Error::setting("query_pre_attn_scalar", format!("must be absent in {}", self.model_type), scalar));
        }
        let Some(sliding) = &attention.sliding else { return Ok(()) };
        let is_expressed = match self.windows {
            Windows::Never => false,
            Windows::All => sliding.theta.is_none() && sliding.layers.len() == spec.num_hidden_layers,
            Windows::Flagged => sliding.theta.is_none(),
            Windows::Pattern => sliding.theta.is_some(),
        };
        let told = || format!("{} in layers {:?}", sliding.window, sliding.layers);
        if is_expressed {
            Ok(())
        } else {
            Err(Error::setting("sliding_window", format!("must be one that {} has", self.model_type), told()))
        }
    }

    /// What an unknown tensor in a Hugging Face folder is, if it may be there. Old converters wrote the rotary tables, and wrote a tied output layer
    /// twice.
    pub fn spare(&self, spec: &DecoderSpec, name: &str) -> Option<Spare> {
        if self.spare.iter().any(|ending| name.ends_with(ending)) {
            return Some(Spare::Unread);
        }
        let is_head = |tensor: &TensorKeys| tensor.part == Part::Head && name.strip_suffix(".weight") == Some(tensor.hf);
        let table = self.before.iter().find(|tensor| tensor.part == Part::Embedding)?;
        (spec.tie_word_embeddings && self.after.iter().any(is_head)).then(|| Spare::Copy(format!("{}.weight", table.hf)))
    }

    /// The names of a size.
    pub fn size(&self, size: Size) -> &SizeKeys {
        self.sizes.iter().find(|keys| keys.size == size).expect("every entry of the table names every size (tested)")
    }

    /// A full metadata key of GGUF.
    pub fn metadata(&self, key: &str) -> String {
        format!("{}.{key}", self.gguf)
    }
}

impl Part {
    fn dims(self, spec: &DecoderSpec) -> [usize; 2] {
        let (d, ff, dim) = (spec.hidden_size, spec.intermediate_size, spec.head_dim());
        let (q, kv) = (spec.num_attention_heads * dim, spec.num_key_value_heads * dim);
        match self {
            Self::Embedding => [spec.vocab_size, d],
            Self::Norm => [1, d],
            Self::HeadNorm => [1, dim],
            Self::Query => [q, d],
            Self::Key | Self::Value => [kv, d],
            Self::Output => [d, q],
            Self::MlpIn => [ff, d],
            Self::MlpOut => [d, ff],
            Self::Head => [spec.head_vocab_size, d],
        }
    }

    fn kind(self) -> Kind {
        if matches!(self, Self::Norm | Self::HeadNorm) { Kind::Gain } else { Kind::Weight }
    }
}

impl Size {
    /// All sizes, for a check of the table.
    #[cfg(test)]
    pub const ALL: [Self; 8] =
        [Self::Vocab, Self::Positions, Self::Hidden, Self::Layers, Self::Intermediate, Self::Heads, Self::KvHeads, Self::HeadDim];

    /// The value of this size in a shape.
    pub fn of(self, spec: &DecoderSpec) -> usize {
        match self {
            Self::Vocab => spec.vocab_size,
            Self::Positions => spec.max_position_embeddings,
            Self::Hidden => spec.hidden_size,
            Self::Layers => spec.num_hidden_layers,
            Self::Intermediate => spec.intermediate_size,
            Self::Heads => spec.num_attention_heads,
            Self::KvHeads => spec.num_key_value_heads,
            Self::HeadDim => spec.head_dim(),
        }
    }
}
