"""Computes reference results for T5 with transformers and PEFT and writes fixtures/t5/ (see README.md).

Two tiny random models, the original (ReLU, tied) and v1.1 (gated GELU, untied), as Hugging Face folders with the same Unigram tokenizer; logits of the
decoder's first step for prompts of different lengths; adapters on query and value of all three attentions, with the gradient of one batch.
"""

import json
import shutil
from pathlib import Path

import peft
import tokenizers
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors
from transformers import T5Config, T5ForConditionalGeneration
from transformers.models.t5.modeling_t5 import T5Attention

HERE = Path(__file__).parent / "fixtures" / "t5"
SEED = 20261123
SHAPE = dict(
    vocab_size=48, d_model=32, d_kv=16, d_ff=32, num_layers=2, num_decoder_layers=2, num_heads=4, relative_attention_num_buckets=32,
    relative_attention_max_distance=128, layer_norm_epsilon=1e-6, dropout_rate=0.0, initializer_factor=1.0,
)
KINDS = {
    "original": dict(feed_forward_proj="relu", tie_word_embeddings=True),
    "v1_1": dict(feed_forward_proj="gated-gelu", tie_word_embeddings=False),
}
# What the folder holds; the models have these very numbers.
STORED = {"original": torch.float16, "v1_1": torch.bfloat16}
LENGTHS = [1, 2, 9, 40, 70, 150]
BATCH, SEQ = 3, 23
TARGETS = ["q", "v"]
RANK, ALPHA = 2, 6.0


def tokenizer():
    """SentencePiece's kind, as T5 has it: white space merged and marked, words by their likeliest pieces, `</s>` at the end."""
    words = ["▁No", "▁Yes", "▁the", "▁user", "▁movie", "▁stars", "▁like"]
    letters = list("▁abcdefghijklmnopqrstuvwxyz01234567")
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)] + [(w, -2.0 - i / 8) for i, w in enumerate(words)] + [(c, -6.0 - i / 16) for i, c in enumerate(letters)]
    out = tokenizers.Tokenizer(models.Unigram(pieces, unk_id=2, byte_fallback=False))
    out.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(tokenizers.Regex(" {2,}"), " ")])
    out.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    out.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always", split=True)
    out.add_special_tokens(["<pad>", "</s>", "<unk>"])
    out.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 1)])
    assert out.get_vocab_size() < SHAPE["vocab_size"], "as published, the table has more rows than the tokenizer has tokens"
    return out


def randomise(model, generator):
    """Norms that are not 1, an output layer of its own, scores that are not all alike."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("layer_norm.weight"):
                parameter.copy_(1 + 0.2 * torch.randn(parameter.shape, generator=generator))
            elif "relative_attention_bias" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=generator))
            elif name != "shared.weight" and name != "lm_head.weight":
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * parameter.shape[1] ** -0.5)
        model.shared.weight.copy_(torch.randn(model.shared.weight.shape, generator=generator))
    return model


def build(kind, generator):
    config = T5Config(**SHAPE, **KINDS[kind], pad_token_id=0, eos_token_id=1, decoder_start_token_id=0)
    model = randomise(T5ForConditionalGeneration(config).float().eval(), generator)
    if not KINDS[kind]["tie_word_embeddings"]:
        model.lm_head.weight = torch.nn.Parameter(torch.randn(model.shared.weight.shape, generator=generator))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.to(STORED[kind]))
    return model


def save(kind, model):
    """A folder with the names and settings of the published checkpoints."""
    folder = HERE / kind
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    spare = {"encoder.embed_tokens.weight", "decoder.embed_tokens.weight"} | ({"lm_head.weight"} if KINDS[kind]["tie_word_embeddings"] else set())
    weights = {name: tensor.to(STORED[kind]).contiguous() for name, tensor in model.state_dict().items() if name not in spare}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = {"architectures": ["T5ForConditionalGeneration"], "model_type": "t5", "is_encoder_decoder": True, "license": "mit", **SHAPE, **KINDS[kind]}
    config |= {"pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0}
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def first_step(model, ids):
    start = torch.zeros((len(ids), 1), dtype=torch.long)
    return model(input_ids=torch.as_tensor(ids), decoder_input_ids=start).logits[:, 0]


def make(kind, tensors, about):
    generator = torch.Generator().manual_seed(SEED + len(kind))
    model = build(kind, generator)
    folder = save(kind, model)
    again = T5ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    probe = torch.randint(3, SHAPE["vocab_size"], (1, 80), generator=generator)
    with torch.no_grad():
        difference = float((first_step(model, probe) - first_step(again, probe)).abs().max())
    assert difference < 1e-5, f"{kind}: the folder answers otherwise, by {difference}"
    prompts = [torch.randint(3, SHAPE["vocab_size"], (1, n), generator=generator) for n in LENGTHS]
    about["prompts"] = [prompt[0].tolist() for prompt in prompts]
    with torch.no_grad():
        for i, prompt in enumerate(prompts):
            tensors[f"{kind}.logits.{i}"] = first_step(model, prompt)[0]

    # LoRA on query and value of all three attentions; B is not zero, so that every gradient is.
    adapted = get_peft_model(model, LoraConfig(task_type="SEQ_2_SEQ_LM", r=RANK, lora_alpha=ALPHA, target_modules=TARGETS, lora_dropout=0.0))
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.2)
    adapted.save_pretrained(HERE / f"{kind}-adapter")
    (HERE / f"{kind}-adapter" / "README.md").unlink(missing_ok=True)
    settings = json.loads((HERE / f"{kind}-adapter" / "adapter_config.json").read_text())
    kept = {name: settings[name] for name in ["peft_type", "task_type", "r", "lora_alpha", "lora_dropout", "bias", "fan_in_fan_out"]}
    settings = {**kept, "base_model_name_or_path": kind, "inference_mode": True, "target_modules": sorted(TARGETS)}
    (HERE / f"{kind}-adapter" / "adapter_config.json").write_text(json.dumps(settings, indent=1) + "\n")
    with torch.no_grad():
        for i, prompt in enumerate(prompts):
            tensors[f"{kind}.adapter.logits.{i}"] = first_step(adapted, prompt)[0]
    batch = torch.randint(3, SHAPE["vocab_size"], (BATCH, SEQ), generator=generator)
    soft = torch.softmax(2 * torch.randn((BATCH, SHAPE["vocab_size"]), generator=generator), 1)
    loss = -(soft * torch.log_softmax(first_step(adapted, batch), 1)).sum()
    loss.backward()
    about["batch"], about["loss"] = batch.tolist(), float(loss.detach())
    tensors[f"{kind}.soft"] = soft
    for name, parameter in adapted.named_parameters():
        if "lora_" in name:
            tensors[f"{kind}.grad.{name.removeprefix('base_model.model.').replace('.default', '')}"] = parameter.grad.clone()

    # An adapter that Unlearn Lab wrote (README.md says how), read by PEFT onto a fresh base.
    ours = HERE / f"our-{kind}-adapter"
    if ours.is_dir():
        base = T5ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        loaded = PeftModel.from_pretrained(base, ours).eval()
        with torch.no_grad():
            for i, prompt in enumerate(prompts):
                tensors[f"{kind}.our_adapter.logits.{i}"] = first_step(loaded, prompt)[0]


def main():
    torch.set_num_threads(1)
    HERE.mkdir(parents=True, exist_ok=True)
    versions = {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__, "tokenizers": tokenizers.__version__}
    tensors, about = {}, {"made_with": versions, "lengths": LENGTHS}
    for kind in KINDS:
        make(kind, tensors, about.setdefault(kind, {}))
    distances = torch.arange(-300, 301)
    about["buckets"] = {"from": -300, "ids": T5Attention._relative_position_bucket(distances).tolist()}
    out = tokenizer()
    texts = ["the user like the movie", "No", "  Yes,\n\nNo   stars 4 ", "movies: thé end"]
    about["texts"] = [{"text": text, "ids": out.encode(text).ids} for text in texts]
    save_file({name: tensor.float().contiguous() for name, tensor in tensors.items()}, HERE / "t5.safetensors")
    (HERE / "t5.json").write_text(json.dumps(about, ensure_ascii=False) + "\n")
    for path in sorted(HERE.rglob("*")):
        if path.is_file():
            print(path.relative_to(HERE), path.stat().st_size)


if __name__ == "__main__":
    main()
