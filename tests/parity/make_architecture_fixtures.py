"""Computes reference logits and gradients of tiny random decoders of every architecture beside Llama and writes fixtures/architectures/ (see README.md).

Each model is saved twice with the same numbers, as a Hugging Face folder by transformers and as GGUF by the `gguf` package, with what llama.cpp's
converter changes: permuted query and key rows for `llama`, norms with 1 added for `gemma3`, Llama 3's scaling as the tensor `rope_freqs.weight`. The
reference is transformers in float32, on the folder as `from_pretrained` reads it. GGUF says nothing of the windows of Mistral and Qwen, so these have a
second reference without a window.
"""

import json
import math
import shutil
from pathlib import Path

import gguf
import numpy as np
import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, Gemma3TextConfig, LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config

FIXTURES = Path(__file__).parent / "fixtures"
HERE = FIXTURES / "architectures"
SEED = 20261130
# The vocabulary of text/tiny-hf, whose tokenizer these models share.
COMMON = dict(vocab_size=72, hidden_size=16, intermediate_size=24, num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=96,
              bos_token_id=1, eos_token_id=0, pad_token_id=None, attention_dropout=0.0)  # fmt: skip
LENGTHS = [1, 3, 14, 70]
BATCH = [3, 12]
RANK, ALPHA = 2, 6.0
ADAPTED = ["self_attn.q_proj", "self_attn.v_proj", "mlp.down_proj"]
LLAMA_3 = dict(rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=8192)


def rope(theta, **more):
    return {"rope_type": "default", "rope_theta": theta, **more}


# Every window is shorter than the longer prompts.
KINDS = {
    "qwen2": Qwen2Config(**COMMON, num_hidden_layers=3, tie_word_embeddings=True, rms_norm_eps=1e-6, rope_parameters=rope(1e6),
                         use_sliding_window=True, sliding_window=5, max_window_layers=1),
    "qwen3": Qwen3Config(**COMMON, num_hidden_layers=2, tie_word_embeddings=False, rms_norm_eps=1e-6, rope_parameters=rope(1e6), head_dim=12,
                         use_sliding_window=True, sliding_window=7, max_window_layers=1),
    "mistral": MistralConfig(**COMMON, num_hidden_layers=2, tie_word_embeddings=False, rms_norm_eps=1e-5, rope_parameters=rope(1e4), head_dim=10,
                             sliding_window=6),
    "llama3": LlamaConfig(**COMMON, num_hidden_layers=2, tie_word_embeddings=True, rms_norm_eps=1e-5, rope_parameters=LLAMA_3),
    "gemma3": Gemma3TextConfig(**COMMON, num_hidden_layers=7, head_dim=12, query_pre_attn_scalar=12, sliding_window=4, rms_norm_eps=1e-6,
                               rope_parameters={"full_attention": rope(1e6) | {"rope_type": "linear", "factor": 8.0},
                                                "sliding_attention": rope(1e4)}),
    # Scores divided by another number, and layers without a window in other places: GGUF cannot say either.
    "gemma3-hf": Gemma3TextConfig(**COMMON, num_hidden_layers=2, head_dim=12, query_pre_attn_scalar=20, sliding_window=4, rms_norm_eps=1e-6,
                                  layer_types=["full_attention", "sliding_attention"],
                                  rope_parameters={"full_attention": rope(1e6), "sliding_attention": rope(1e3)}),
}  # fmt: skip
ARCHES = {"qwen2": "qwen2", "qwen3": "qwen3", "mistral": "llama", "llama3": "llama", "gemma3": "gemma3"}
NAMES = {
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm", "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down", "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
}  # fmt: skip


def randomise(model, generator):
    """Weights that make every part matter, in bfloat16, which both files hold exactly."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator)
            if name.endswith("norm.weight"):
                p.copy_(noise * 0.3 + (0.0 if model.config.model_type.startswith("gemma") else 1.0))
            elif name.endswith(".bias"):
                p.copy_(noise * 0.5)
            elif "embed" in name:
                p.copy_(noise * 0.7)
            else:
                p.copy_(noise * p.shape[1] ** -0.5 * 1.5)
            p.copy_(p.bfloat16().float())


def gguf_name(name):
    if name.startswith("model.layers."):
        _, _, i, rest = name.split(".", 3)
        part, ending = rest.rsplit(".", 1)
        return i, part, ending
    return None, name.rsplit(".", 1)[0], "weight"


def permute(rows, heads):
    """llama.cpp's converter: neighbours are rotated together."""
    flat = rows.reshape(rows.shape[0], -1)
    out = flat.reshape(heads, 2, flat.shape[0] // heads // 2, flat.shape[1]).swapaxes(1, 2).reshape(flat.shape)
    return out.reshape(rows.shape)


def rope_freqs(config, dim):
    scaling, out = config.rope_parameters, []
    low = scaling["original_max_position_embeddings"] / scaling["low_freq_factor"]
    high = scaling["original_max_position_embeddings"] / scaling["high_freq_factor"]
    for frequency in 1.0 / (scaling["rope_theta"] ** (torch.arange(0, dim, 2, dtype=torch.float32) / dim)):
        length = 2 * math.pi / frequency
        if length < high:
            out.append(1.0)
        elif length > low:
            out.append(scaling["factor"])
        else:
            smooth = (scaling["original_max_position_embeddings"] / length - scaling["low_freq_factor"]) / (
                scaling["high_freq_factor"] - scaling["low_freq_factor"]
            )
            out.append(float(1 / ((1 - smooth) / scaling["factor"] + smooth)))
    assert len(set(out)) > 2, "all three ranges must be there"
    return np.array(out, np.float32)


def write_gguf(kind, model):
    config, arch = model.config, ARCHES[kind]
    dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer = gguf.GGUFWriter(HERE / f"{kind}.gguf", arch)
    writer.add_name(kind)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    full = config.rope_parameters.get("full_attention", config.rope_parameters)
    writer.add_rope_freq_base(full["rope_theta"])
    if arch == "llama":
        writer.add_rope_dimension_count(dim)
    if dim * config.num_attention_heads != config.hidden_size:
        writer.add_key_length(dim)
        writer.add_value_length(dim)
    if arch == "gemma3":
        writer.add_sliding_window(config.sliding_window)
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(full["factor"])
    tokenizer = json.loads((FIXTURES / "text" / "tiny-hf" / "tokenizer.json").read_text())
    special = {token["content"] for token in tokenizer["added_tokens"]}
    tokens = sorted(tokenizer["model"]["vocab"], key=tokenizer["model"]["vocab"].get)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token in special else 1 for token in tokens])
    writer.add_token_merges([" ".join(pair) for pair in tokenizer["model"]["merges"]])
    writer.add_eos_token_id(0)
    writer.add_bos_token_id(1)
    names = NAMES | ({"post_attention_layernorm": "post_attention_norm"} if arch == "gemma3" else {})
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        block, part, ending = gguf_name(name)
        values = tensor.float().numpy()
        if arch == "llama" and part.endswith(("q_proj", "k_proj")):
            values = permute(values, config.num_attention_heads if part.endswith("q_proj") else config.num_key_value_heads)
        if arch == "gemma3" and name.endswith("norm.weight"):
            values = values + 1
        stem = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}.get(part) or f"blk.{block}.{names[part]}"
        # As in published files: vectors in float32, matrices smaller.
        if values.ndim == 1:
            writer.add_tensor(f"{stem}.{ending}", values)
        else:
            writer.add_tensor(f"{stem}.{ending}", gguf.quants.quantize(values, gguf.GGMLQuantizationType.BF16), raw_dtype=gguf.GGMLQuantizationType.BF16)
    if kind == "llama3":
        writer.add_tensor("rope_freqs.weight", rope_freqs(config, dim))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@torch.no_grad()
def logits(model, prompt):
    return model(input_ids=torch.tensor([prompt])).logits[0, [0, len(prompt) // 2, len(prompt) - 1]]


def gradients(kind, model, batch, soft, generator, tensors, about):
    """The gradient of a soft cross entropy at the last position in every factor of an adapter y + s (x A) B."""
    s, factors, hooks = ALPHA / RANK, {}, []
    for name, module in model.named_modules():
        if not name.endswith(tuple(ADAPTED)):
            continue
        a = (torch.randn(RANK, module.in_features, generator=generator) * 0.3).requires_grad_()
        b = (torch.randn(module.out_features, RANK, generator=generator) * 0.3).requires_grad_()
        factors |= {f"{name}.lora_A.weight": a, f"{name}.lora_B.weight": b}
        hooks.append(module.register_forward_hook(lambda _, x, y, a=a, b=b: y + s * (x[0] @ a.T @ b.T)))
    last = model(input_ids=torch.tensor(batch)).logits[:, -1]
    loss = -(soft * last.log_softmax(-1)).sum(-1).mean()
    loss.backward()
    for hook in hooks:
        hook.remove()
    about["loss"] = loss.item()
    tensors[f"{kind}.adapted"] = last.detach()
    for name, factor in factors.items():
        tensors[f"{kind}.factor.{name}"] = factor.detach()
        tensors[f"{kind}.grad.{name}"] = factor.grad


def unlike(kind, model, prompt):
    """What the architecture has must show in the answers, else the fixture could not fail."""
    kept, found = logits(model, prompt), {}
    if kind != "llama3":
        without = without_window(kind, model)
        found["window"] = (logits(without, prompt) - kept).abs().max().item()
    if kind == "llama3":
        plain = from_folder(kind, rope_parameters=rope(500000.0))
        found["scaling"] = (logits(plain, prompt) - kept).abs().max().item()
    if kind == "gemma3":
        plain = from_folder(kind, rope_parameters={"full_attention": rope(1e6), "sliding_attention": rope(1e4)})
        found["scaling"] = (logits(plain, prompt) - kept).abs().max().item()
        plain = from_folder(kind, query_pre_attn_scalar=256)
        found["scalar"] = (logits(plain, prompt) - kept).abs().max().item()
    assert all(value > 1e-2 for value in found.values()), (kind, found)
    return found


def from_folder(kind, **changed):
    config = transformers.AutoConfig.from_pretrained(HERE / kind)
    for key, value in changed.items():
        setattr(config, key, value)
    return AutoModelForCausalLM.from_pretrained(HERE / kind, config=config, dtype=torch.float32, attn_implementation="eager").eval()


def without_window(kind, model):
    if kind.startswith("gemma3"):
        return from_folder(kind, sliding_window=4096)
    return from_folder(kind, sliding_window=None, layer_types=["full_attention"] * model.config.num_hidden_layers)


def main():
    torch.set_num_threads(1)
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir(parents=True)
    rng = np.random.default_rng(SEED)
    prompts = [rng.integers(0, COMMON["vocab_size"], n).tolist() for n in LENGTHS]
    batch = rng.integers(0, COMMON["vocab_size"], BATCH).tolist()
    soft = torch.tensor(rng.dirichlet(np.ones(COMMON["vocab_size"]), BATCH[0]), dtype=torch.float32)
    about = {"made_with": {"torch": torch.__version__, "transformers": transformers.__version__}, "prompts": prompts, "batch": batch,
             "alpha": ALPHA, "rank": RANK, "kinds": {}}  # fmt: skip
    tensors = {"soft": soft}
    for at, (kind, config) in enumerate(KINDS.items()):
        generator = torch.Generator().manual_seed(SEED + at)
        config._attn_implementation = "eager"
        model = AutoModelForCausalLM.from_config(config).float()
        randomise(model, generator)
        model.bfloat16().save_pretrained(HERE / kind)
        (HERE / kind / "generation_config.json").unlink(missing_ok=True)
        model = from_folder(kind)
        about["kinds"][kind] = {"differs_without": unlike(kind, model, prompts[-1])}
        for i, prompt in enumerate(prompts):
            tensors[f"{kind}.hf.{i}"] = logits(model, prompt)
        if kind in ARCHES:
            write_gguf(kind, model)
            told = model if kind in ("gemma3", "llama3") else without_window(kind, model)
            for i, prompt in enumerate(prompts):
                tensors[f"{kind}.gguf.{i}"] = logits(told, prompt)
        gradients(kind, model, batch, soft, generator, tensors, about["kinds"][kind])
        print(kind, about["kinds"][kind], {path.name: path.stat().st_size for path in (HERE / kind).iterdir()})
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, HERE / "architectures.safetensors")
    (HERE / "architectures.json").write_text(json.dumps(about, indent=1) + "\n")
    print((HERE / "architectures.safetensors").stat().st_size)


if __name__ == "__main__":
    main()
