"""Takes twenty training steps with the public code's losses on the shipped nano, in PyTorch: E2URec, NegGrad and the flipped label.

This script reads the shipped weights and data with its own code (split, prompts, dequantisation), so that the Rust code is checked from the file onwards.
The losses are those of the public code's `compute_forced_kl` (KL to v_o - alpha * ReLU(v_g - v_o) on forget rows), `compute_kl` (KL to v_o on retain
rows) with the answer's cross entropy, NegGrad (CE_r - 0.2 CE_f) and the flipped label (CE_r + 0.2 CE(flipped)_f), with LoRA rank 16, alpha 32 on query
and value, AdamW at 1e-3, batches of 16. LoRA dropout is 0, so that both implementations see the same network.

Writes fixtures/steps.safetensors and fixtures/steps.json.
"""

import csv
import json
import random
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import load_file, save_file

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "bench"))
from torch_step import Decoder, forgetting_teacher, kl, manifest_spec  # noqa: E402

PACKAGE = ROOT / "models" / "nano-ml-latest-small"
DATA = ROOT / "public" / "data" / "ml-latest-small"
FIXTURES = Path(__file__).parent / "fixtures"
STEPS, BATCH, RANK, ALPHA, LR, W, FORGET_ALPHA, ALONE = 20, 16, 16, 32, 1e-3, 0.6, 2.0, 5
SEED = 7
NO, YES = 4, 5


def weights():
    """The shipped matrices, unpacked: value times the scale of its block of 32."""
    raw = load_file(PACKAGE / "model.safetensors")
    out = {}
    for name, value in raw.items():
        if name.endswith(".scale"):
            continue
        if value.dtype == np.int8:
            scale = raw[f"{name}.scale"].astype(np.float32)
            value = (value.reshape(value.shape[0], -1, 32).astype(np.float32) * scale[:, :, None]).reshape(value.shape)
        out[name] = torch.from_numpy(np.ascontiguousarray(value.astype(np.float32)))
    return out


def training_rows():
    """Prompts, labels and users of the first 60 % of the samples, as PROTOCOL splits them."""
    vocab = json.loads((PACKAGE / "tokenizer.json").read_text())["model"]["vocab"]
    ratings = [(int(r["timestamp"]), int(r["userId"]), int(r["movieId"]), float(r["rating"])) for r in csv.DictReader(open(DATA / "ratings.csv"))]
    earlier, samples = {}, []
    for _, user, item, rating in sorted(ratings, key=lambda r: r[:3]):
        history = earlier.setdefault(user, [])
        if len(history) >= 5:
            words = ["[bos]"] + [w for i, r in history[-10:] for w in (f"i{i}", f"r{r:.1f}")] + [f"i{item}", "[ask]"]
            samples.append(([vocab[w] for w in words], rating > 3, user))
        history.append((item, rating))
    samples = samples[-100_000:]
    return samples[: len(samples) * 6 // 10]


def forget_users(rows):
    """The paper's 20 %: the users in order of appearance, shuffled with seed 42."""
    users = list(dict.fromkeys(user for _, _, user in rows))
    n = len(users) // 5
    random.seed(42)
    random.shuffle(users)
    return set(users[:n])


class Adapted(Decoder):
    """Adapters on query and value alone."""

    def linear(self, x, name):
        y = x @ self.w[f"{name}.weight"].T
        if self.a is not None and f"{name}.lora_A.weight" in self.a:
            y = y + (x @ self.a[f"{name}.lora_A.weight"].T) @ self.a[f"{name}.lora_B.weight"].T * self.scale
        return y

    def embed(self, tokens):
        return F.embedding(tokens, self.w["model.embed_tokens.weight"])


def fresh_adapter(spec, base, rank):
    """LoRA on query and value of every layer: A uniform in ±1/√in, B zero."""
    first = {}
    for name in (f"model.layers.{layer}.self_attn.{p}" for layer in range(spec.layers) for p in ("q_proj", "v_proj")):
        n_out, n_in = base[f"{name}.weight"].shape
        first[f"{name}.lora_A.weight"] = (torch.rand(rank, n_in) * 2 - 1) / n_in**0.5
        first[f"{name}.lora_B.weight"] = torch.zeros(n_out, rank)
    return first


def main():
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    rng = random.Random(SEED)
    spec, _ = manifest_spec(PACKAGE / "manifest.json")
    base = weights()
    rows = training_rows()
    forgotten = forget_users(rows)
    long = [k for k, (tokens, _, _) in enumerate(rows) if len(tokens) == 23]
    forget = rng.sample([k for k in long if rows[k][2] in forgotten], STEPS * BATCH)
    retain = rng.sample([k for k in long if rows[k][2] not in forgotten], STEPS * BATCH)

    first = fresh_adapter(spec, base, RANK)

    def logits(model, picked):
        tokens = torch.tensor([rows[k][0] for k in picked])
        return model.answer_logits(tokens, torch.full((len(picked),), 23), True)

    def answers(picked, flip=False):
        return torch.tensor([YES if rows[k][1] != flip else NO for k in picked])

    original = Adapted(spec, base)
    with torch.no_grad():
        v_o = {k: v for k, v in zip(forget + retain, logits(original, forget + retain))}
        # A stand-in for the augmented model: the original with every weight moved a little. What matters here is that both sides read the same v_g.
        moved = {name: value + 0.02 * torch.randn(value.shape, generator=torch.Generator().manual_seed(SEED)) for name, value in base.items()}
        v_g = {k: v for k, v in zip(forget, logits(Adapted(spec, moved), forget))}

    def stack(table, picked):
        return torch.stack([table[k] for k in picked])

    def e2urec(student, f, r, step):
        kl_f = kl(forgetting_teacher(stack(v_o, f), stack(v_g, f), FORGET_ALPHA), logits(student, f))
        if step < ALONE:
            return kl_f
        u_r = logits(student, r)
        return W * (F.cross_entropy(u_r, answers(r)) + kl(stack(v_o, r), u_r)) + (1 - W) * kl_f

    def neggrad(student, f, r, _):
        return F.cross_entropy(logits(student, r), answers(r)) - 0.2 * F.cross_entropy(logits(student, f), answers(f))

    def flipped(student, f, r, _):
        return F.cross_entropy(logits(student, r), answers(r)) + 0.2 * F.cross_entropy(logits(student, f), answers(f, flip=True))

    losses = {}
    for name, loss_of in (("e2urec", e2urec), ("neggrad", neggrad), ("flipped", flipped)):
        adapter = {key: value.clone().requires_grad_() for key, value in first.items()}
        student = Adapted(spec, base, adapter, scale=ALPHA / RANK)
        optimizer = torch.optim.AdamW(adapter.values(), lr=LR, weight_decay=0.0)
        losses[name] = []
        for step in range(STEPS):
            f, r = forget[step * BATCH : (step + 1) * BATCH], retain[step * BATCH : (step + 1) * BATCH]
            optimizer.zero_grad()
            loss = loss_of(student, f, r, step)
            loss.backward()
            optimizer.step()
            losses[name].append(loss.item())

    tensors = {name: value.numpy() for name, value in first.items()}
    tensors |= {"forget": np.array(forget, np.int32), "retain": np.array(retain, np.int32), "v_g": stack(v_g, forget).numpy()}
    tensors["tokens"] = np.array([rows[k][0] for k in forget + retain], np.int32)
    tensors["labels"] = np.array([rows[k][1] for k in forget + retain], np.int32)
    save_file(tensors, FIXTURES / "steps.safetensors")
    settings = {"steps": STEPS, "batch": BATCH, "rank": RANK, "lora_alpha": ALPHA, "lr": LR, "w": W, "alpha": FORGET_ALPHA, "alone": ALONE, "seed": SEED}
    (FIXTURES / "steps.json").write_text(json.dumps({"torch": torch.__version__, **settings, "losses": losses}, indent=1) + "\n")
    print(json.dumps({name: [round(v, 5) for v in values[:: STEPS - 1]] for name, values in losses.items()}))


if __name__ == "__main__":
    main()
