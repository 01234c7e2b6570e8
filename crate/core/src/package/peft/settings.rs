//! `adapter_config.json`: which settings are computed, which change nothing, and which are refused.

use super::names::in_config;
use super::pattern::{Entries, Pattern};
use crate::Result;
use crate::package::parse_json;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What a setting means here.
enum Rule {
    /// It is computed, below or by the weights' own checks.
    Computed,
    /// It changes nothing: it matters while the adapter trains, or for the modules that have factors, which the weights tell.
    Free,
    /// It changes the numbers in a way that is not computed, so it must be null, false or empty.
    Off(&'static str),
}

/// Every setting that PEFT writes for LoRA (0.21). One that is not here is refused if it is on.
const KNOWN: [(&str, Rule); 44] = [
    ("peft_type", Rule::Computed),
    ("base_model_name_or_path", Rule::Computed),
    ("r", Rule::Computed),
    ("lora_alpha", Rule::Computed),
    ("use_rslora", Rule::Computed),
    ("rank_pattern", Rule::Computed),
    ("alpha_pattern", Rule::Computed),
    ("use_dora", Rule::Computed),
    ("modules_to_save", Rule::Computed),
    ("trainable_token_indices", Rule::Computed),
    ("init_lora_weights", Rule::Computed),
    ("bias", Rule::Computed),
    ("target_modules", Rule::Free),
    ("exclude_modules", Rule::Free),
    ("layers_to_transform", Rule::Free),
    ("layers_pattern", Rule::Free),
    ("task_type", Rule::Free),
    ("auto_mapping", Rule::Free),
    ("peft_version", Rule::Free),
    ("revision", Rule::Free),
    ("inference_mode", Rule::Free),
    ("lora_dropout", Rule::Free),
    ("runtime_config", Rule::Free),
    ("megatron_core", Rule::Free),
    // Numbers for ways to begin and for methods that are refused by a setting of their own.
    ("qalora_group_size", Rule::Free),
    ("loftq_config", Rule::Free),
    ("eva_config", Rule::Free),
    ("corda_config", Rule::Free),
    ("lora_ga_config", Rule::Free),
    ("enable_lora", Rule::Off("layers that are adapted in part are not computed")),
    ("merge_weights", Rule::Off("an old setting of layers that are adapted in part")),
    ("fan_in_fan_out", Rule::Off("the factors stand the other way round")),
    ("lora_bias", Rule::Off("the layers of this model have no bias that could be added to")),
    ("ensure_weight_tying", Rule::Off("an adapter that two tied layers share is not computed")),
    ("target_parameters", Rule::Off("factors of parameters outside linear layers are not computed")),
    ("layer_replication", Rule::Off("the model would have other layers than its base")),
    ("megatron_config", Rule::Off("layers that are split over devices are not computed")),
    ("alora_invocation_tokens", Rule::Off("an adapter that begins at a token (aLoRA) is not computed")),
    ("use_qalora", Rule::Off("QALoRA pools its inputs, which is not computed")),
    ("use_bdlora", Rule::Off("BD-LoRA's factors are block-diagonal, which is not computed")),
    ("arrow_config", Rule::Off("Arrow chooses among several adapters, which is not computed")),
    ("kasa_config", Rule::Off("KaSA changes the base and its factors have a diagonal between them")),
    ("velora_config", Rule::Off("VeLoRA is not computed")),
    ("monteclora_config", Rule::Off("MonteCLoRA is not computed")),
];

#[derive(Deserialize)]
struct Config {
    base_model_name_or_path: Option<String>,
    r: usize,
    lora_alpha: f64,
    use_rslora: Option<bool>,
    use_dora: Option<bool>,
    rank_pattern: Option<Entries>,
    alpha_pattern: Option<Entries>,
    bias: Option<String>,
    #[serde(default)]
    init_lora_weights: Value,
    #[serde(default)]
    trainable_token_indices: Value,
}

/// The settings that matter.
#[derive(Debug)]
pub(super) struct Settings {
    rank: usize,
    alpha: f64,
    rslora: bool,
    rank_pattern: Pattern,
    alpha_pattern: Pattern,
    /// Whether each row of a merged weight has a length of its own.
    pub dora: bool,
    /// What the settings call the base.
    pub base: Option<String>,
    tokens: Value,
}

impl Settings {
    /// Reads and checks the settings.
    ///
    /// # Errors
    /// If the file is damaged, or a setting is on that is not computed or not known; the message names it.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let all: Map<String, Value> = parse_json(super::names::CONFIG, bytes)?;
        if let Some(kind) = all.get("peft_type").filter(|kind| !kind.is_null() && *kind != "LORA") {
            return Err(in_config(format!("peft_type must be LORA, got {kind}: other kinds of adapter are not computed")));
        }
        for (name, value) in &all {
            match KNOWN.iter().find(|(known, _)| known == name).map(|(_, rule)| rule) {
                Some(Rule::Computed | Rule::Free) => {}
                Some(Rule::Off(why)) if !is_off(value) => {
                    return Err(in_config(format!("{name} must be off, got {}: {why}", short(value))));
                }
                None if !is_off(value) => {
                    return Err(in_config(format!(
                        "{name} is not a setting that is known here, got {}: it may change the numbers",
                        short(value)
                    )));
                }
                Some(Rule::Off(_)) | None => {}
            }
        }
        // From the bytes once more, since the order of the patterns decides.
        let config: Config = parse_json(super::names::CONFIG, bytes)?;
        if config.r == 0 {
            return Err(in_config("r must be at least 1, got 0"));
        }
        if let Some(bias) = config.bias.as_deref().filter(|bias| !["none", "all", "lora_only"].contains(bias)) {
            return Err(in_config(format!("bias must be none, all or lora_only, got {}", bias.escape_debug())));
        }
        starts_at_the_base(&config.init_lora_weights)?;
        Ok(Self {
            rank: config.r,
            alpha: config.lora_alpha,
            rslora: config.use_rslora == Some(true),
            rank_pattern: Pattern::new("rank_pattern", config.rank_pattern)?,
            alpha_pattern: Pattern::new("alpha_pattern", config.alpha_pattern)?,
            dora: config.use_dora == Some(true),
            base: config.base_model_name_or_path.filter(|name| !name.trim().is_empty()),
            tokens: config.trainable_token_indices,
        })
    }

    /// The rank of a module's factors; 0 for a pattern's value that is no rank.
    pub fn rank(&self, module: &str) -> usize {
        self.rank_pattern.of(module).map_or(self.rank, |rank| rank as usize)
    }

    /// The scale of a module's product: `alpha / r`, with rsLoRA `alpha / √r` (arXiv 2312.03732).
    pub fn scale(&self, module: &str) -> f64 {
        let (rank, alpha) = (self.rank(module) as f64, self.alpha_pattern.of(module).unwrap_or(self.alpha));
        if self.rslora { alpha / rank.sqrt() } else { alpha / rank }
    }

    /// The rows of the table `module` that were trained on their own. `is_embedding` says whether it is the input embedding, which a plain list means.
    pub fn tokens(&self, module: &str, is_embedding: bool) -> Option<Vec<u64>> {
        let list = match &self.tokens {
            list @ Value::Array(_) if is_embedding => list,
            Value::Object(by_name) => {
                by_name.iter().find(|(name, _)| module == *name || module.ends_with(&format!(".{name}"))).map(|(_, list)| list)?
            }
            _ => return None,
        };
        list.as_array()?.iter().map(Value::as_u64).collect()
    }
}

/// Checks that the factors belong to the base as published. Some ways to begin take a part out of the base and put it into the factors.
fn starts_at_the_base(init: &Value) -> Result<()> {
    let name = match init {
        Value::Null | Value::Bool(_) => return Ok(()),
        Value::String(name) => name.to_lowercase(),
        other => return Err(in_config(format!("init_lora_weights must be true, false or a name, got {}", short(other)))),
    };
    if ["gaussian", "eva", "orthogonal", "mica"].contains(&name.as_str()) {
        return Ok(());
    }
    let changes = ["pissa", "olora", "corda", "loftq", "lora_ga"].iter().any(|way| name.starts_with(way));
    let why = if changes {
        "it changes the base before it trains, so the factors do not fit the published one; save the adapter in PEFT with \
         path_initial_model_for_weight_conversion"
    } else {
        "this way to begin is not known here and may change the base"
    };
    Err(in_config(format!("init_lora_weights must be true, false, gaussian, eva, orthogonal or mica, got {}: {why}", name.escape_debug())))
}

/// Whether a value switches nothing on.
fn is_off(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

/// A value, shortened for a message.
fn short(value: &Value) -> String {
    value.to_string().chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(key: &str, value: Value) -> Result<Settings> {
        let mut all = json!({ "peft_type": "LORA", "r": 16, "lora_alpha": 16 });
        all[key] = value;
        Settings::read(all.to_string().as_bytes())
    }

    #[test]
    fn the_scale_by_hand() {
        assert_eq!(read("use_rslora", true.into()).unwrap().scale("a.q_proj"), 4.0);
        assert_eq!(read("use_rslora", false.into()).unwrap().scale("a.q_proj"), 1.0);
        assert_eq!(read("alpha_pattern", json!({ "q_proj": 8 })).unwrap().scale("a.q_proj"), 0.5);
        assert_eq!(read("rank_pattern", json!({ "q_proj": 4 })).unwrap().scale("a.q_proj"), 4.0);
        assert_eq!(read("rank_pattern", json!({ "q_proj": 4 })).unwrap().scale("a.v_proj"), 1.0);
    }

    #[test]
    fn what_is_not_computed_is_refused_by_its_name() {
        for (key, value) in [
            ("peft_type", json!("IA3")),
            ("fan_in_fan_out", json!(true)),
            ("lora_bias", json!(true)),
            ("ensure_weight_tying", json!(true)),
            ("target_parameters", json!(["mlp.experts"])),
            ("layer_replication", json!([[0, 1], [0, 1]])),
            ("megatron_config", json!({ "a": 1 })),
            ("alora_invocation_tokens", json!([1, 2])),
            ("use_qalora", json!(true)),
            ("use_bdlora", json!({ "a": 1 })),
            ("arrow_config", json!({ "a": 1 })),
            ("kasa_config", json!({ "a": 1 })),
            ("init_lora_weights", json!("pissa_niter_4")),
            ("init_lora_weights", json!("olora")),
            ("init_lora_weights", json!("loftq")),
            ("init_lora_weights", json!("corda")),
            ("init_lora_weights", json!("lora_ga")),
            ("init_lora_weights", json!("something")),
            ("bias", json!("some")),
            ("a_setting_of_tomorrow", json!(true)),
            ("a_setting_of_tomorrow", json!("on")),
            ("a_setting_of_tomorrow", json!(2)),
        ] {
            let told = read(key, value.clone()).expect_err(key).to_string();
            assert!(told.contains(&format!("adapter_config.json: {key}")), "{key} {value}: {told}");
        }
        for off in [json!(null), json!(false), json!(""), json!([]), json!({})] {
            assert!(read("a_setting_of_tomorrow", off.clone()).is_ok(), "{off}");
        }
        for init in [json!(true), json!(false), json!("gaussian"), json!("eva"), json!("orthogonal"), json!(null)] {
            assert!(read("init_lora_weights", init.clone()).is_ok(), "{init}");
        }
        for target in [json!("all-linear"), json!(r".*\.q_proj"), json!(["q_proj"]), json!(null)] {
            assert!(read("target_modules", target.clone()).is_ok(), "{target}");
        }
    }

    #[test]
    fn tokens_are_told_in_two_forms() {
        let list = read("trainable_token_indices", json!([3, 1])).unwrap();
        assert_eq!((list.tokens("model.embed_tokens", true), list.tokens("lm_head", false)), (Some(vec![3, 1]), None));
        let by_name = read("trainable_token_indices", json!({ "embed_tokens": [3], "lm_head": [2] })).unwrap();
        assert_eq!((by_name.tokens("model.embed_tokens", true), by_name.tokens("lm_head", false)), (Some(vec![3]), Some(vec![2])));
        assert_eq!(read("trainable_token_indices", json!([-1])).unwrap().tokens("model.embed_tokens", true), None);
    }
}
