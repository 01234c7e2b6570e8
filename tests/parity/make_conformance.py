"""Computes every case of the conformance page in PyTorch with 64-bit numbers and writes public/reference/conformance.json (see README.md).

Inputs are derived from their names as in crate/core/src/conformance/made.rs. For each tensor the file stores the count of its numbers, the largest, the root
mean square and about 32 of the numbers. The stride between those is odd, so that they come from all columns.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import transformers

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import torch_step  # noqa: E402

torch.set_default_dtype(torch.float64)
N, D_IN, D_OUT = 33, 64, 40
SPEC = torch_step.Spec(vocab=24, head_vocab=16, d=32, layers=2, heads=4, kv=2, ffn=48, max_seq=16)
ROWS, WIDTH, BATCH, SEQ = 5, 16, 3, 9


def numbers(name, n, scale):
    """`n` numbers in ±scale: FNV-1a of the name and an index, mixed by lowbias32; rounded to 32 bits as ours are."""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    x = (np.uint64(seed) + np.arange(n, dtype=np.uint64) * np.uint64(0x9E3779B9)) & np.uint64(0xFFFFFFFF)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x = ((x ^ (x >> np.uint64(shift))) * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
    x = x ^ (x >> np.uint64(16))
    return (((x >> np.uint64(8)).astype(np.float64) / 2**23 - 1.0) * scale).astype(np.float32)


def matrix(name, rows, cols, scale):
    return torch.tensor(numbers(name, rows * cols, scale).astype(np.float64)).view(rows, cols)


def leaf(name, rows, cols, scale):
    return matrix(name, rows, cols, scale).requires_grad_()


def weight(name, rows, cols):
    if name.endswith("norm.weight"):
        # The addition is one of 32 bits there.
        return torch.tensor((numbers(name, rows * cols, 0.3) + np.float32(1)).astype(np.float64)).view(rows, cols).requires_grad_()
    if name in ("model.embed_tokens.weight", "shared.weight") or "relative_attention_bias" in name:
        return leaf(name, rows, cols, 1.0)
    return leaf(name, rows, cols, 1.5 / math.sqrt(cols))


def ids(name, n, below):
    return torch.tensor(((numbers(name, n, 1.0).astype(np.float64) + 1) / 2 * below).astype(np.int64))


def quantised(rows, cols, q_max):
    """Blocks of 32 with one scale, in 32 bits, rounding halves away from zero as Rust does."""
    w = numbers("w", rows * cols, 1.0).reshape(-1, 32)
    scale = np.abs(w).max(1, keepdims=True) / np.float32(q_max)
    q = w / scale
    q = np.sign(q) * np.floor(np.abs(q) + np.float32(0.5))
    return torch.tensor((np.clip(q, -q_max, q_max) * scale).astype(np.float64)).view(rows, cols)


def with_gradients(y, leaves):
    out = {"y": y}
    (y * matrix("c", *y.shape, 1.0)).sum().backward()
    for name, tensor in leaves.items():
        out[f"d{name}"] = torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
    return out


def products():
    x, w = leaf("x", N, D_IN, 1.0), leaf("w", D_OUT, D_IN, 1.0)
    yield "matmul", with_gradients(x @ w.T, {"x": x, "w": w})
    x, w = leaf("x", N, D_IN, 1.0), leaf("w", D_OUT, D_IN, 1.0)
    yield "linear", with_gradients(F.linear(x, w), {"x": x, "w": w})
    x, w, a, b = leaf("x", N, D_IN, 1.0), matrix("w", D_OUT, D_IN, 1.0), leaf("a", 8, D_IN, 1.0), leaf("b", D_OUT, 8, 1.0)
    yield "lora", with_gradients(x @ w.T + 2 * (x @ a.T) @ b.T, {"x": x, "a": a, "b": b})
    for case, q_max in (("q8", 127), ("q4", 7)):
        x = leaf("x", N, D_IN, 1.0)
        yield case, with_gradients(x @ quantised(D_OUT, D_IN, q_max).T, {"x": x})
    values, n_blocks = (ids("q", D_OUT * D_IN, 16) - 8).view(-1, 32), D_OUT * D_IN // 32
    w = values * matrix("scales", n_blocks, 1, 0.2) + matrix("offsets", n_blocks, 1, 0.5)
    x = leaf("x", N, D_IN, 1.0)
    yield "q4_offsets", with_gradients(x @ w.view(D_OUT, D_IN).T, {"x": x})
    yield "q8_rows", {"y": quantised(D_OUT, D_IN, 127)[ids("ids", 13, D_OUT)]}


def pieces():
    table, code, basis = leaf("table", 24, 32, 1.0), leaf("code", 24, 4, 1.0), leaf("basis", 4, 32, 1.0)
    tokens = ids("ids", 37, 24)
    yield "embedding", with_gradients(table[tokens] + 2 * code[tokens] @ basis, {"table": table, "code": code, "basis": basis})
    x, gain = leaf("x", 33, 64, 2.0), leaf("gain", 1, 64, 1.0)
    yield "norm", with_gradients(F.rms_norm(x, (64,), gain[0], eps=1e-5), {"x": x, "gain": gain})
    x = leaf("x", 33, 32, 2.0)
    parts = {name: leaf(name, *dims, 0.3) for name, dims in (("gate", (48, 32)), ("up", (48, 32)), ("down", (32, 48)))}
    y = F.linear(F.silu(F.linear(x, parts["gate"])) * F.linear(x, parts["up"]), parts["down"])
    yield "gated", with_gradients(y, {"x": x, **parts})
    x = leaf("x", 10, 32, 1.0)
    heads = x.view(2, 5, 4, 8).transpose(1, 2)
    turned = decoder_of({}).rope(heads, torch.arange(2, 7).view(1, 1, 5))
    yield "rope", with_gradients(turned.transpose(1, 2).reshape(10, 32), {"x": x})


def decoder_weights():
    kv = SPEC.kv * SPEC.d // SPEC.heads
    shapes = {"self_attn.q_proj": (SPEC.d, SPEC.d), "self_attn.k_proj": (kv, SPEC.d), "self_attn.v_proj": (kv, SPEC.d), "self_attn.o_proj": (SPEC.d, SPEC.d)}
    shapes |= {"mlp.gate_proj": (SPEC.ffn, SPEC.d), "mlp.up_proj": (SPEC.ffn, SPEC.d), "mlp.down_proj": (SPEC.d, SPEC.ffn)}
    shapes |= {"input_layernorm": (1, SPEC.d), "post_attention_layernorm": (1, SPEC.d)}
    named = {f"model.layers.{i}.{name}.weight": dims for i in range(SPEC.layers) for name, dims in shapes.items()}
    named |= {"model.embed_tokens.weight": (SPEC.vocab, SPEC.d), "model.norm.weight": (1, SPEC.d), "lm_head.weight": (SPEC.head_vocab, SPEC.d)}
    return {name: weight(name, *dims) for name, dims in named.items()}


def decoder_of(weights, adapter=None):
    return torch_step.Decoder(SPEC, {"lm_head.weight": torch.zeros(1)} | weights, adapter, scale=2.0)


def attend(x, positions, weights, queries=None, past=None):
    """x `[batch, seq, d]` at `positions`; `queries` chooses the last so many of them; `past` `[1, n, d]` comes before every row."""
    model, name, dim = decoder_of(weights), "model.layers.0.self_attn", SPEC.d // SPEC.heads
    heads = lambda z, n: z.view(z.shape[0], -1, n, dim).transpose(1, 2)  # noqa: E731
    queries = queries or x.shape[1]
    seen = x if past is None else torch.cat([past.expand(len(x), -1, -1), x], 1)
    at = torch.arange(positions[0] - (0 if past is None else past.shape[1]), positions[1])
    q = model.rope(heads(model.linear(x[:, -queries:], f"{name}.q_proj"), SPEC.heads), at[-queries:].view(1, 1, -1))
    k = model.rope(heads(model.linear(seen, f"{name}.k_proj"), SPEC.kv), at.view(1, 1, -1))
    v = heads(model.linear(seen, f"{name}.v_proj"), SPEC.kv)
    k, v = (z.repeat_interleave(SPEC.heads // SPEC.kv, dim=1) for z in (k, v))
    mask = at[None, :] <= at[-queries:, None]
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return model.linear(y.transpose(1, 2).reshape(len(x), queries, SPEC.d), f"{name}.o_proj").reshape(-1, SPEC.d)


def attending():
    for case, queries in (("attention", None), ("attention_last", 1)):
        weights, x = decoder_weights(), leaf("x", 14, SPEC.d, 1.0)
        leaves = {"x": x} | {part: weights[f"model.layers.0.self_attn.{part}_proj.weight"] for part in "qkvo"}
        yield case, with_gradients(attend(x.view(2, 7, SPEC.d), (0, 7), weights, queries), leaves)
    past, x = matrix("past", 3, SPEC.d, 1.0), matrix("x", 8, SPEC.d, 1.0)
    yield "attention_past", {"y": attend(x.view(2, 4, SPEC.d), (3, 7), decoder_weights(), past=past[None])}


def learning():
    logits = leaf("logits", ROWS, WIDTH, 3.0)
    loss = F.cross_entropy(logits, torch.tensor([4 + row % 2 for row in range(ROWS)]))
    loss.backward()
    yield "cross_entropy", {"y": loss, "dlogits": logits.grad}
    logits, teacher = leaf("logits", ROWS, WIDTH, 3.0), matrix("teacher", ROWS, WIDTH, 3.0)
    loss = F.kl_div(logits.log_softmax(-1), teacher.log_softmax(-1), reduction="batchmean", log_target=True)
    loss.backward()
    yield "kl", {"y": loss, "dlogits": logits.grad}

    weights = decoder_weights()
    shown = ["model.layers.0.self_attn.q_proj.weight", "model.layers.0.input_layernorm.weight"]
    groups = [{"params": [weights[name]], "weight_decay": 0.0 if name.endswith("norm.weight") else 0.01} for name in shown]
    optimiser = torch.optim.AdamW(groups, lr=1e-2, betas=(0.9, 0.999), eps=1e-8)
    for step in range(3):
        for name in shown:
            weights[name].grad = matrix(f"{step} {name}", *weights[name].shape, 1.0)
        optimiser.step()
    yield "adamw", {name: weights[name] for name in shown}

    weights, tokens = decoder_weights(), ids("tokens", BATCH * SEQ, SPEC.vocab).view(BATCH, SEQ)
    lengths = torch.full((BATCH,), SEQ)
    yield "decoder", with_gradients(decoder_of(weights).answer_logits(tokens, lengths, True), weights)
    yield "t5", t5(tokens)
    yield "drift", drift()


def t5(tokens):
    shape = dict(vocab_size=SPEC.vocab, d_model=32, d_kv=8, d_ff=48, num_layers=1, num_decoder_layers=1, num_heads=4, layer_norm_epsilon=1e-6)
    shape |= dict(relative_attention_num_buckets=8, relative_attention_max_distance=16, feed_forward_proj="gated-gelu", tie_word_embeddings=False, dropout_rate=0.0)
    model = transformers.T5ForConditionalGeneration(transformers.T5Config(**shape, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0)).double().eval()
    # transformers ties it whatever the configuration says.
    model.lm_head.weight = torch.nn.Parameter(torch.zeros(SPEC.vocab, 32))
    leaves = {}
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            rows, cols = (1, *parameter.shape)[-2:]
            parameter.copy_(weight(name, rows, cols).view(parameter.shape))
            leaves[name] = parameter
    y = model(input_ids=tokens, decoder_input_ids=torch.zeros(len(tokens), 1, dtype=torch.long)).logits[:, 0]
    return with_gradients(y, leaves)


def drift():
    weights = {name: tensor.detach() for name, tensor in decoder_weights().items()}
    adapter = {}
    for name, tensor in weights.items():
        part = name.removesuffix(".weight")
        if part.endswith("_proj"):
            adapter[f"{part}.lora_A.weight"] = leaf(f"{part}.lora_A.weight", 4, tensor.shape[1], 0.3)
            adapter[f"{part}.lora_B.weight"] = leaf(f"{part}.lora_B.weight", tensor.shape[0], 4, 0.3)
    # PEFT's layout, which the decoder reads, is the transpose of ours.
    code, basis = leaf("model.embed_tokens.lora_embedding_A", SPEC.vocab, 4, 0.3), leaf("model.embed_tokens.lora_embedding_B", 4, SPEC.d, 0.3)
    trained = [*adapter.values(), code, basis]
    tokens, lengths = ids("prompts", 4 * SEQ, SPEC.vocab).view(4, SEQ), torch.full((4,), SEQ)
    targets = torch.tensor([[0.7 if k == 4 + row % 2 else 0.02 for k in range(WIDTH)] for row in range(4)])

    def logits():
        named = adapter | {"model.embed_tokens.lora_embedding_A": code.T, "model.embed_tokens.lora_embedding_B": basis.T}
        return decoder_of(weights, named).answer_logits(tokens, lengths, True)

    optimiser, losses = torch.optim.AdamW(trained, lr=5e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0), []
    for _ in range(20):
        loss = -(logits().log_softmax(-1) * targets).sum() / 4
        losses.append(loss.detach())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return {"losses": torch.stack(losses), "y": logits()}


def kept(tensor):
    values = tensor.detach().numpy().ravel()
    stride = max(1, len(values) // 32) | 1
    exact = [float(f"{v:.9g}") for v in values[::stride]]
    return {"n": len(values), "max": float(f"{np.abs(values).max():.9g}"), "rms": float(f"{math.sqrt((values**2).mean()):.9g}"), "stride": stride, "values": exact}


if __name__ == "__main__":
    cases = {}
    for part in (products, pieces, attending, learning):
        for case, tensors in part():
            cases[case] = {name: kept(tensor) for name, tensor in tensors.items()}
    made = f"PyTorch {torch.__version__.split('+')[0]}, float64"
    path = ROOT / "public/reference/conformance.json"
    path.write_text(json.dumps({"made_by": made, "cases": cases}, separators=(",", ":")) + "\n")
    print(f"{len(cases)} cases, {sum(map(len, cases.values()))} tensors, {path.stat().st_size} bytes: {path.relative_to(ROOT)}")
