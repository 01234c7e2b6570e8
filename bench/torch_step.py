"""Times one E2URec step of the nano model in plain PyTorch, the yardstick for our own engine.

    python bench/torch_step.py --threads 1 --forget 32 --retain 32

Prints one JSON object with the median milliseconds of
  e2urec_public          as the public code does it: both teachers run in every step, separate forget and retain passes, every position
  e2urec_saved           teachers' logits cached, one pass, last block at the answer position only, no gradient below the lowest adapter
  finetune               a fine-tuning step (cross entropy) on the same rows, every position
  finetune_answer_only   the same with the last block at the answer position only
All with LoRA on every linear layer and on the embedding, AdamW, float32. `Decoder` is checked against transformers + PEFT by
tests/parity/make_model_fixtures.py, so it is the same model as ours.
"""

import argparse
import json
import statistics
import time
from dataclasses import dataclass, fields, replace
from pathlib import Path

import torch
import torch.nn.functional as F

MANIFEST = Path(__file__).parent.parent / "models" / "nano-ml-latest-small" / "manifest.json"
LINEARS = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"]


@dataclass
class Spec:
    vocab: int = 9758
    head_vocab: int = 16
    d: int = 64
    layers: int = 2
    heads: int = 4
    kv: int = 2
    ffn: int = 128
    eps: float = 1e-5
    theta: float = 1e4
    max_seq: int = 512


# Names that a manifest's config may use for a field of Spec.
ALIASES = {
    "vocab": ["vocab", "vocab_size", "n_vocab"],
    "head_vocab": ["head_vocab", "head_vocab_size", "n_head_vocab"],
    "d": ["d", "d_model", "hidden_size"],
    "layers": ["layers", "n_layers", "num_hidden_layers"],
    "heads": ["heads", "n_heads", "num_attention_heads"],
    "kv": ["kv", "kv_heads", "n_kv_heads", "num_key_value_heads"],
    "ffn": ["ffn", "d_ff", "d_ffn", "intermediate_size"],
    "eps": ["eps", "rms_eps", "rms_norm_eps", "norm_eps"],
    "theta": ["theta", "rope_theta"],
    "max_seq": ["max_seq", "max_len", "max_position_embeddings"],
}


def manifest_spec(path):
    """The shipped model's Spec, or the default where there is none yet."""
    spec = Spec()
    if not path.exists():
        return spec, "default"
    config = json.loads(path.read_text())
    config = config.get("config") or config.get("model") or config
    found = {field: config[name] for field, names in ALIASES.items() for name in names if name in config}
    missing = [f.name for f in fields(Spec) if f.name not in found and f.name not in ("eps", "theta", "head_vocab", "max_seq")]
    if missing:
        raise SystemExit(f"{path.name}: config has none of the known names for {', '.join(missing)}")
    return replace(spec, **found), "manifest"


class Decoder:
    """Llama-family decoder over a dict of tensors under Hugging Face names; adapters under PEFT names without prefix."""

    def __init__(self, spec, weights, adapter=None, scale=0.0):
        self.spec, self.w, self.a, self.scale = spec, weights, adapter, scale
        half, dtype = spec.d // spec.heads // 2, weights["lm_head.weight"].dtype
        frequency = spec.theta ** (-torch.arange(half, dtype=dtype) / half)
        angle = torch.arange(spec.max_seq, dtype=dtype)[:, None] * frequency
        self.cos, self.sin = angle.cos(), angle.sin()

    def linear(self, x, name):
        y = x @ self.w[f"{name}.weight"].T
        if self.a is not None:
            y = y + (x @ self.a[f"{name}.lora_A.weight"].T) @ self.a[f"{name}.lora_B.weight"].T * self.scale
        return y

    def embed(self, tokens):
        name = "model.embed_tokens"
        x = F.embedding(tokens, self.w[f"{name}.weight"])
        if self.a is not None:
            rows = F.embedding(tokens, self.a[f"{name}.lora_embedding_A"].T)
            x = x + rows @ self.a[f"{name}.lora_embedding_B"].T * self.scale
        return x

    def norm(self, x, name):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.spec.eps) * self.w[f"{name}.weight"]

    def rope(self, x, position):
        """Rotates halves; x `[b, head, t, dim]`, position `[b or 1, 1, t]`."""
        half = x.shape[-1] // 2
        cos, sin = self.cos[position], self.sin[position]
        a, b = x[..., :half], x[..., half:]
        return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)

    def block(self, x, layer, last=None):
        """One block; with `last` `[b]`, queries, output and MLP only at that position."""
        s, name = self.spec, f"model.layers.{layer}"
        b, t, dim = *x.shape[:2], s.d // s.heads
        position = torch.arange(t).view(1, 1, t)
        h = self.norm(x, f"{name}.input_layernorm")
        k = self.linear(h, f"{name}.self_attn.k_proj").view(b, t, s.kv, dim).transpose(1, 2)
        v = self.linear(h, f"{name}.self_attn.v_proj").view(b, t, s.kv, dim).transpose(1, 2)
        k, mask, query_position = self.rope(k, position), None, position
        if last is not None:
            rows = torch.arange(b)
            x, h = x[rows, last].unsqueeze(1), h[rows, last].unsqueeze(1)
            query_position = last.view(b, 1, 1)
            mask = position.view(1, 1, 1, t) <= last.view(b, 1, 1, 1)
        q = self.linear(h, f"{name}.self_attn.q_proj").view(b, -1, s.heads, dim).transpose(1, 2)
        k, v = (z.repeat_interleave(s.heads // s.kv, dim=1) for z in (k, v))
        y = F.scaled_dot_product_attention(self.rope(q, query_position), k, v, attn_mask=mask, is_causal=mask is None)
        x = x + self.linear(y.transpose(1, 2).reshape(b, -1, s.d), f"{name}.self_attn.o_proj")
        h = self.norm(x, f"{name}.post_attention_layernorm")
        gate, up = self.linear(h, f"{name}.mlp.gate_proj"), self.linear(h, f"{name}.mlp.up_proj")
        return x + self.linear(F.silu(gate) * up, f"{name}.mlp.down_proj")

    def answer_logits(self, tokens, lengths, answer_only):
        """Logits `[b, head_vocab]` at position `lengths - 1` of right-padded `tokens` `[b, t]`."""
        last, x = lengths - 1, self.embed(tokens)
        for layer in range(self.spec.layers - 1):
            x = self.block(x, layer)
        x = self.block(x, self.spec.layers - 1, last if answer_only else None)
        head = self.w["lm_head.weight"]
        if answer_only:
            return self.norm(x[:, 0], "model.norm") @ head.T
        logits = self.norm(x, "model.norm") @ head.T
        return logits[torch.arange(len(tokens)), last]


def kl(teacher, student):
    """KL(teacher ‖ student), mean over rows of logits."""
    return F.kl_div(F.log_softmax(student, -1), F.log_softmax(teacher, -1), log_target=True, reduction="batchmean")


def forgetting_teacher(v_o, v_g, alpha, relu=True):
    difference = v_g - v_o
    return v_o - alpha * (F.relu(difference) if relu else difference)


def random_model(spec, rank):
    def normal(*shape):
        return torch.randn(shape) * 0.02

    kv = spec.kv * spec.d // spec.heads
    shape = dict(zip(LINEARS, [(spec.d, spec.d), (kv, spec.d), (kv, spec.d), (spec.d, spec.d), (spec.ffn, spec.d), (spec.ffn, spec.d), (spec.d, spec.ffn)]))
    weights = {"model.embed_tokens.weight": normal(spec.vocab, spec.d), "lm_head.weight": normal(spec.head_vocab, spec.d), "model.norm.weight": torch.ones(spec.d)}
    adapter = {"model.embed_tokens.lora_embedding_A": normal(rank, spec.vocab), "model.embed_tokens.lora_embedding_B": normal(spec.d, rank)}
    for layer in range(spec.layers):
        for norm in ("input_layernorm", "post_attention_layernorm"):
            weights[f"model.layers.{layer}.{norm}.weight"] = torch.ones(spec.d)
        for linear, (n_out, n_in) in shape.items():
            name = f"model.layers.{layer}.{linear}"
            weights[f"{name}.weight"] = normal(n_out, n_in)
            adapter[f"{name}.lora_A.weight"], adapter[f"{name}.lora_B.weight"] = normal(rank, n_in), normal(n_out, rank)
    return weights, adapter


def median_ms(step, n_warmup, n_timed):
    """Median milliseconds of a step, and of what the process computed in it: they differ where other work takes the processor."""
    for _ in range(n_warmup):
        step()
    elapsed, computed = [], []
    for _ in range(n_timed):
        start, start_computed = time.perf_counter(), time.process_time()
        step()
        elapsed.append((time.perf_counter() - start) * 1e3)
        computed.append((time.process_time() - start_computed) * 1e3)
    return round(statistics.median(elapsed), 3), round(statistics.median(computed), 3)


def product_gflops(m, k, n, n_timed=12):
    """GFLOP/s of the fastest of some products `[m, k] · [k, n]`, each the mean of many, as one may be shorter than the clock's steps."""
    a, b = torch.rand(m, k), torch.rand(k, n)
    times = max(1, round(2e9 / (2 * m * k * n)))
    best = float("inf")
    for _ in range(n_timed):
        start = time.process_time()
        for _ in range(times):
            a @ b
        best = min(best, (time.process_time() - start) / times)
    return round(2e-9 * m * k * n / best, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--forget", type=int, default=32, help="rows of the forget batch")
    parser.add_argument("--retain", type=int, default=32, help="rows of the retain batch")
    parser.add_argument("--seq", type=int, default=23)
    parser.add_argument("--rank", type=int, default=4)
    parser.add_argument("--warmup", type=int, default=10)
    parser.add_argument("--steps", type=int, default=30, help="timed steps; the median counts")
    parser.add_argument("--manifest", type=Path, default=MANIFEST, help="model to take the sizes from")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)

    spec, source = manifest_spec(args.manifest)
    weights, first_adapter = random_model(spec, args.rank)
    original = Decoder(spec, weights)
    augmented = Decoder(spec, random_model(spec, args.rank)[0])
    n_rows, w, alpha = args.forget + args.retain, 0.6, 2.0
    tokens = torch.randint(0, spec.vocab, (n_rows, args.seq))
    lengths = torch.full((n_rows,), args.seq)
    answers = torch.where(torch.rand(n_rows) < 0.5, 5, 4)
    forget, retain = slice(0, args.forget), slice(args.forget, n_rows)
    with torch.no_grad():
        v_o = original.answer_logits(tokens, lengths, True)
        v_f = forgetting_teacher(v_o[forget], augmented.answer_logits(tokens[forget], lengths[forget], True), alpha)

    def stepper(loss_of):
        adapter = {name: tensor.clone().requires_grad_() for name, tensor in first_adapter.items()}
        student = Decoder(spec, weights, adapter, scale=2.0)
        optimizer = torch.optim.AdamW(adapter.values(), lr=1e-3)

        def step():
            optimizer.zero_grad()
            loss_of(student).backward()
            optimizer.step()

        return step

    def e2urec_public(student):
        with torch.no_grad():
            o_f, g_f = (m.answer_logits(tokens[forget], lengths[forget], False) for m in (original, augmented))
            o_r = original.answer_logits(tokens[retain], lengths[retain], False)
        u_f = student.answer_logits(tokens[forget], lengths[forget], False)
        u_r = student.answer_logits(tokens[retain], lengths[retain], False)
        remember = F.cross_entropy(u_r, answers[retain]) + kl(o_r, u_r)
        return w * remember + (1 - w) * kl(forgetting_teacher(o_f, g_f, alpha), u_f)

    def e2urec_saved(student):
        u = student.answer_logits(tokens, lengths, True)
        remember = F.cross_entropy(u[retain], answers[retain]) + kl(v_o[retain], u[retain])
        return w * remember + (1 - w) * kl(v_f, u[forget])

    def finetune(answer_only):
        return lambda student: F.cross_entropy(student.answer_logits(tokens, lengths, answer_only), answers)

    losses = {
        "e2urec_public": e2urec_public,
        "e2urec_saved": e2urec_saved,
        "finetune": finetune(False),
        "finetune_answer_only": finetune(True),
    }
    n_tokens = n_rows * args.seq
    products = [(512, 512, 512), (n_tokens, spec.d, spec.ffn), (576, 576, 1536)]
    gflops = {f"{m} × {k} · {k} × {n}": product_gflops(m, k, n) for m, k, n in products}
    both = {name: median_ms(stepper(loss), args.warmup, args.steps) for name, loss in losses.items()}
    ms, computed_ms = ({name: values[k] for name, values in both.items()} for k in (0, 1))
    shape = {"config": source, **{f.name: getattr(spec, f.name) for f in fields(Spec)}, "rank": args.rank, "seq": args.seq, "forget": args.forget, "retain": args.retain}
    print(json.dumps({"torch": torch.__version__, "threads": args.threads, "steps": args.steps, "shape": shape, "product_gflops": gflops, "ms": ms, "computed_ms": computed_ms}))


if __name__ == "__main__":
    main()
