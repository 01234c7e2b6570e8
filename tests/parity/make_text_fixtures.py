"""Computes reference logits of published checkpoints with transformers and writes fixtures/text/ (see README.md).

Usage: make_text_fixtures.py [SMOLLM2.gguf]

Without an argument only the tiny random model is made: a Hugging Face folder in two parts, a GGUF file with every supported type, and a
PEFT adapter. This script unpacks the GGUF's blocks with its own code, not with the library that wrote them.
"""

import json
import shutil
import sys
from pathlib import Path

import gguf
import numpy as np
import peft
import tokenizers
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

HERE = Path(__file__).parent / "fixtures" / "text"
SEED = 20261122
STRIDE = 64
PROMPTS = [
    "<|im_start|>user\nThe user watched: 'Alien (1979)' 5 stars, 'Heat (1995)' 2 stars. Will the user like 'Aliens (1986)'? "
    "You should ONLY tell me yes or no.<|im_end|>\n<|im_start|>assistant\n",
    "The capital of France is",
    "Once upon a time, in 1234, there wasn't a café — only 57 goats.\n\n  They'd",
]
TINY = dict(
    vocab_size=72, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1, intermediate_size=64,
    rms_norm_eps=1e-5, max_position_embeddings=64, attention_bias=False, mlp_bias=False,
)
THETA = 20000.0
TARGETS = ["down_proj", "o_proj", "q_proj", "v_proj"]
KINDS = gguf.GGMLQuantizationType
LAYER_KINDS = [
    dict(attn_q=KINDS.Q4_0, attn_k=KINDS.Q4_1, attn_v=KINDS.Q8_0, attn_output=KINDS.F16, ffn_gate=KINDS.Q4_0, ffn_up=KINDS.Q4_1, ffn_down=KINDS.Q8_0),
    dict(attn_q=KINDS.Q4_1, attn_k=KINDS.Q8_0, attn_v=KINDS.F32, attn_output=KINDS.Q4_0, ffn_gate=KINDS.BF16, ffn_up=KINDS.F32, ffn_down=KINDS.Q4_1),
]
GGUF_NAMES = dict(
    attn_q="self_attn.q_proj", attn_k="self_attn.k_proj", attn_v="self_attn.v_proj", attn_output="self_attn.o_proj",
    ffn_gate="mlp.gate_proj", ffn_up="mlp.up_proj", ffn_down="mlp.down_proj", attn_norm="input_layernorm", ffn_norm="post_attention_layernorm",
)


def dequantise(raw, kind, shape):
    """The numbers of a tensor's bytes, by the format's definition."""
    raw = np.frombuffer(raw, np.uint8)
    if kind == KINDS.F32:
        return raw.view(np.float32).reshape(shape).copy()
    if kind == KINDS.F16:
        return raw.view(np.float16).astype(np.float32).reshape(shape)
    if kind == KINDS.BF16:
        return (raw.view(np.uint16).astype(np.uint32) << 16).view(np.float32).reshape(shape)
    size = {KINDS.Q8_0: 34, KINDS.Q4_0: 18, KINDS.Q4_1: 20}[kind]
    block = raw.reshape(-1, size)
    scale = block[:, :2].copy().view(np.float16).astype(np.float32)
    if kind == KINDS.Q8_0:
        return (block[:, 2:].view(np.int8) * scale).astype(np.float32).reshape(shape)
    start = 2 if kind == KINDS.Q4_0 else 4
    n = np.concatenate([block[:, start:] & 15, block[:, start:] >> 4], axis=1).astype(np.float32)
    if kind == KINDS.Q4_0:
        return ((n - 8) * scale).reshape(shape)
    return (n * scale + block[:, 2:4].copy().view(np.float16).astype(np.float32)).reshape(shape)


def permute(weight, heads):
    """Rows of a rotary projection in GGUF's order: what llama.cpp's converter does."""
    rows, cols = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, cols).swapaxes(1, 2).reshape(rows, cols)


def unpermute(weight, heads):
    rows, cols = weight.shape
    return weight.reshape(heads, rows // heads // 2, 2, cols).swapaxes(1, 2).reshape(rows, cols)


def heads_of(name, config):
    return {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}.get(name)


def llama(config, theta, tied, state):
    config = LlamaConfig(**config, tie_word_embeddings=tied, rope_parameters={"rope_type": "default", "rope_theta": theta}, attn_implementation="eager")
    model = LlamaForCausalLM(config).float().eval()
    missing, unexpected = model.load_state_dict({k: torch.tensor(np.asarray(v)) for k, v in state.items()}, strict=False)
    assert not unexpected and all(name == "lm_head.weight" and tied for name in missing), (missing, unexpected)
    model.tie_weights()
    return model


def byte_level(vocab, merges, special):
    """SmolLM2's tokenizer from its lists: digits one by one, then GPT-2's cut, then merges."""
    out = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=vocab, merges=merges))
    out.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
        [tokenizers.pre_tokenizers.Digits(individual_digits=True), tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]
    )
    out.decoder = tokenizers.decoders.ByteLevel()
    out.add_special_tokens([tokenizers.AddedToken(token, special=True, normalized=False) for token in special])
    return out


@torch.no_grad()
def answers(model, ids, n_new, stride):
    """Logits at the first, a middle and the last position for every `stride`-th token, and the greedy continuation."""
    logits = model(input_ids=torch.tensor([ids])).logits[0]
    positions = [0, len(ids) // 2, len(ids) - 1]
    text, margin = list(ids), float("inf")
    for _ in range(n_new):
        last = model(input_ids=torch.tensor([text])).logits[0, -1]
        best = last.topk(2).values
        margin = min(margin, float(best[0] - best[1]))
        text.append(int(last.argmax()))
    return positions, logits[positions][:, ::stride].contiguous(), text[len(ids):], margin


def record(model, prompts, n_new, stride, tensors, about, prefix=""):
    for i, ids in enumerate(prompts):
        positions, logits, greedy, margin = answers(model, ids, n_new, stride)
        tensors[f"{prefix}logits.{i}"] = logits
        about.append({"ids": ids, "positions": positions, "greedy": greedy, "smallest_margin": margin if n_new else None})


def tiny_tokenizer():
    # Bytes as GPT-2 shows them: Ċ is a newline, Ġ a space.
    letters = ["Ċ", "Ġ"] + [chr(c) for c in range(ord("a"), ord("z") + 1)] + [str(d) for d in range(10)] + list("NY.,?:'")
    merges = [("N", "o"), ("Y", "e"), ("Ye", "s"), ("Ġ", "N"), ("ĠN", "o"), ("Ġ", "t"), ("h", "e"), ("Ġt", "he"), ("Ġ", "a"), ("i", "n")]
    special = ["<|end|>", "<|begin|>", "<|unknown|>"]
    tokens = special + letters + ["".join(pair) for pair in merges]
    tokens += [f"<|spare{i}|>" for i in range(TINY["vocab_size"] - len(tokens))]
    special += [token for token in tokens if token.startswith("<|spare")]
    return tokens, merges, special


def make_tiny():
    rng = np.random.default_rng(SEED)
    torch.manual_seed(SEED)
    config, d, ff = TINY, TINY["hidden_size"], TINY["intermediate_size"]
    dim = d // config["num_attention_heads"]
    shapes = dict(attn_q=(d, d), attn_k=(dim * config["num_key_value_heads"], d), attn_v=(dim * config["num_key_value_heads"], d), attn_output=(d, d),
                  ffn_gate=(ff, d), ffn_up=(ff, d), ffn_down=(d, ff), attn_norm=(d,), ffn_norm=(d,))  # fmt: skip
    state = {"model.embed_tokens.weight": rng.normal(size=(config["vocab_size"], d)), "model.norm.weight": rng.normal(1, 0.2, d)}
    for i in range(config["num_hidden_layers"]):
        for name, shape in shapes.items():
            weight = rng.normal(1, 0.2, shape) if len(shape) == 1 else rng.normal(size=shape) * shape[1] ** -0.5
            state[f"model.layers.{i}.{GGUF_NAMES[name]}.weight"] = weight
    state = {name: weight.astype(np.float32) for name, weight in state.items()}
    tokens, merges, special = tiny_tokenizer()
    tokenizer = byte_level({token: i for i, token in enumerate(tokens)}, merges, special)
    texts = ["<|begin|>the answer is No or Yes?", "in 1984, a Yes:\n\n no.", "No"]
    prompts = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    tensors, about = {}, {"texts": texts, "made_with": versions(), "theta": THETA}

    # GGUF, tied. What the file holds is read back by our own code for the reference.
    writer = gguf.GGUFWriter(HERE / "tiny.gguf", "llama")
    writer.add_name("tiny")
    writer.add_license("mit")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(d)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(ff)
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_rope_dimension_count(dim)
    writer.add_rope_freq_base(THETA)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token in special else 1 for token in tokens])
    writer.add_token_merges([" ".join(pair) for pair in merges])
    writer.add_eos_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_unk_token_id(2)
    held = {}

    def put(name, weight, kind, published):
        heads = heads_of(name.split(".")[-2], config)
        rows = permute(weight, heads) if heads else weight
        raw = gguf.quants.quantize(rows, kind)
        # numpy's own types carry the shape; for blocks the writer wants the bytes and the type.
        writer.add_tensor(name, raw, raw_dtype=None if kind in (KINDS.F32, KINDS.F16) else kind)
        back = dequantise(raw.tobytes(), kind, rows.shape)
        held[published] = unpermute(back, heads) if heads else back

    put("token_embd.weight", state["model.embed_tokens.weight"], KINDS.Q8_0, "model.embed_tokens.weight")
    put("output_norm.weight", state["model.norm.weight"], KINDS.F32, "model.norm.weight")
    for i, kinds in enumerate(LAYER_KINDS):
        for name in shapes:
            published = f"model.layers.{i}.{GGUF_NAMES[name]}.weight"
            put(f"blk.{i}.{name}.weight", state[published], kinds.get(name, KINDS.F32), published)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    about["gguf"] = []
    record(llama(config, THETA, True, held), prompts, 8, 1, tensors, about["gguf"], "gguf.")

    # A Hugging Face folder, output layer of its own, in two parts with all three types.
    folder = HERE / "tiny-hf"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    state["lm_head.weight"] = (rng.normal(size=(config["vocab_size"], d)) * d**-0.5).astype(np.float32)
    parts, index = [{}, {}], {}
    for name, weight in state.items():
        part = int("layers.1." in name or "lm_head" in name)
        weight = torch.tensor(weight)
        weight = weight.to(torch.float16 if "lm_head" in name else torch.bfloat16 if "mlp" in name else torch.float32)
        parts[part][name] = weight
        index[name] = f"model-{part + 1:05}-of-00002.safetensors"
        state[name] = weight.float().numpy()
    for i, part in enumerate(parts):
        save_file(part, folder / f"model-{i + 1:05}-of-00002.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}, indent=1) + "\n")
    settings = {**config, "architectures": ["LlamaForCausalLM"], "model_type": "llama", "rope_theta": THETA, "rope_scaling": None, "hidden_act": "silu",
                "tie_word_embeddings": False, "bos_token_id": 1, "eos_token_id": [0], "dtype": "float32"}  # fmt: skip
    (folder / "config.json").write_text(json.dumps(settings, indent=1) + "\n")
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    # What transformers itself reads from that folder must be what we ask of our reader.
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    assert all(torch.equal(tensor, torch.tensor(state[name])) for name, tensor in model.state_dict().items())
    about["hf"] = []
    record(model, prompts, 8, 1, tensors, about["hf"], "hf.")

    # An adapter that PEFT made.
    adapted = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, lora_dropout=0.0, bias="none", task_type="CAUSAL_LM",
                             target_modules=TARGETS)).eval()  # fmt: skip
    with torch.no_grad():
        for name, tensor in adapted.named_parameters():
            if "lora" in name:
                tensor.normal_(0.0, 0.2)
    shutil.rmtree(HERE / "tiny-adapter", ignore_errors=True)
    adapted.save_pretrained(HERE / "tiny-adapter")
    (HERE / "tiny-adapter" / "README.md").unlink(missing_ok=True)
    settings = HERE / "tiny-adapter" / "adapter_config.json"
    settings.write_text(json.dumps({**json.loads(settings.read_text()), "base_model_name_or_path": "tiny-hf", "target_modules": sorted(TARGETS)}, indent=1) + "\n")
    about["adapter"] = []
    record(adapted, prompts, 0, 1, tensors, about["adapter"], "adapter.")

    # An adapter that Unlearn Lab wrote (README.md says how), read by PEFT onto a fresh base.
    ours = HERE / "our-adapter"
    if ours.is_dir():
        base = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        record(PeftModel.from_pretrained(base, ours).eval(), prompts, 0, 1, tensors, about.setdefault("our_adapter", []), "our_adapter.")
    write("tiny", tensors, about)


def make_smollm2(path):
    # transformers reads the file by its own code: a second opinion on blocks, row order and metadata.
    model = LlamaForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32, attn_implementation="eager").eval()
    reader = gguf.GGUFReader(path)
    config = dict(num_attention_heads=9, num_key_value_heads=3)
    state, worst = model.state_dict(), 0.0
    for tensor in reader.tensors:
        name = tensor.name.removesuffix(".weight").split(".")
        kind, shape = KINDS(tensor.tensor_type), tuple(int(n) for n in reversed(tensor.shape))
        own = dequantise(tensor.data.tobytes(), kind, shape)
        heads = heads_of(name[-1], config)
        own = unpermute(own, heads) if heads else own
        published = {"token_embd": "model.embed_tokens", "output_norm": "model.norm"}.get(name[0]) or f"model.layers.{name[1]}.{GGUF_NAMES[name[2]]}"
        worst = max(worst, float(np.abs(state[published + ".weight"].numpy() - own).max()))
    assert worst < 1e-6, worst
    fields = {key: reader.fields[f"tokenizer.ggml.{key}"].contents() for key in ("tokens", "merges", "token_type")}
    special = [token for token, kind in zip(fields["tokens"], fields["token_type"]) if kind == 3]
    tokenizer = byte_level({t: i for i, t in enumerate(fields["tokens"])}, [tuple(m.split(" ")) for m in fields["merges"]], special)
    tensors, about = {}, {"made_with": versions(), "prompts": PROMPTS, "stride": STRIDE, "largest_difference_of_weights": worst, "answers": []}
    record(model, [tokenizer.encode(text, add_special_tokens=False).ids for text in PROMPTS], 32, STRIDE, tensors, about["answers"])
    for answer in about["answers"]:
        print(repr(tokenizer.decode(answer["greedy"])), answer["smallest_margin"])
    write("smollm2", tensors, about)


def versions():
    return {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__, "tokenizers": tokenizers.__version__}


def write(stem, tensors, about):
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, HERE / f"{stem}.safetensors")
    (HERE / f"{stem}.json").write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n")
    print(f"{stem}.safetensors: {len(tensors)} tensors, {(HERE / f'{stem}.safetensors').stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    torch.set_num_threads(1)
    HERE.mkdir(parents=True, exist_ok=True)
    make_tiny()
    if len(sys.argv) > 1:
        make_smollm2(Path(sys.argv[1]))
