"""Runs E2URec with the public code's settings on the shipped nano, in PyTorch, from the augmented model to the last step of the student.

The augmented model is the shipped one with every weight tuned on the forget rows: AdamW at 5e-5 with PyTorch's own decay of 0.01 and ε of 1e-8. The
forgetting teacher is v_o - 2 ReLU(v_g - v_o). The student has LoRA of rank 16, alpha 32, on query and value, AdamW at 1e-3 with the same decay and ε; the
first half of the steps minimises KL(v_f || u) on the forget rows alone, the second half 0.6 (CE_r + KL(v_o || u)) + 0.4 KL(v_f || u).

All forget rows fit into one batch, and so do all retain rows, so that no order of rows has to be shared: a step is an epoch. LoRA dropout (0.05 as published)
is 0 here, since PyTorch's masks cannot be drawn in Rust.

Writes fixtures/published.safetensors and fixtures/published.json.
"""

import json
import random
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

from make_step_fixtures import NO, PACKAGE, YES, Adapted, forget_users, forgetting_teacher, fresh_adapter, kl, manifest_spec, training_rows, weights

FIXTURES = Path(__file__).parent / "fixtures"
EPOCHS, AUGMENT_EPOCHS, ROWS, RANK, ALPHA, LR, AUGMENT_LR, DECAY, EPS = 16, 24, 12, 16, 32, 1e-3, 5e-5, 0.01, 1e-8
W, FORGET_ALPHA, ALONE = 0.6, 2.0, 0.5
SEED = 11


def main():
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    rng = random.Random(SEED)
    spec, _ = manifest_spec(PACKAGE / "manifest.json")
    base, rows = weights(), training_rows()
    forgotten = forget_users(rows)
    long = [k for k, (tokens, _, _) in enumerate(rows) if len(tokens) == 23]
    forget = sorted(rng.sample([k for k in long if rows[k][2] in forgotten], ROWS))
    retain = sorted(rng.sample([k for k in long if rows[k][2] not in forgotten], ROWS))

    def logits(model, picked):
        return model.answer_logits(torch.tensor([rows[k][0] for k in picked]), torch.full((len(picked),), 23), True)

    def answers(picked):
        return torch.tensor([YES if rows[k][1] else NO for k in picked])

    with torch.no_grad():
        original = Adapted(spec, base)
        o_f, o_r = logits(original, forget), logits(original, retain)

    # AdamW steps of every weight on the forget rows' true answers.
    tuned = {name: value.clone().requires_grad_() for name, value in base.items()}
    augmented = Adapted(spec, tuned)
    optimizer = torch.optim.AdamW(tuned.values(), lr=AUGMENT_LR, weight_decay=DECAY, eps=EPS)
    for _ in range(AUGMENT_EPOCHS):
        optimizer.zero_grad()
        F.cross_entropy(logits(augmented, forget), answers(forget)).backward()
        optimizer.step()
    with torch.no_grad():
        v_g = logits(augmented, forget)
    v_f = forgetting_teacher(o_f, v_g, FORGET_ALPHA)

    first = fresh_adapter(spec, base, RANK)
    adapter = {key: value.clone().requires_grad_() for key, value in first.items()}
    student = Adapted(spec, base, adapter, scale=ALPHA / RANK)
    optimizer = torch.optim.AdamW(adapter.values(), lr=LR, weight_decay=DECAY, eps=EPS)
    losses = []
    for step in range(EPOCHS):
        optimizer.zero_grad()
        loss = kl(v_f, logits(student, forget))
        if step >= EPOCHS * ALONE:
            u_r = logits(student, retain)
            loss = W * (F.cross_entropy(u_r, answers(retain)) + kl(o_r, u_r)) + (1 - W) * loss
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    tensors = {f"first.{name}": value.numpy() for name, value in first.items()}
    tensors |= {f"last.{name}": value.detach().numpy() for name, value in adapter.items()}
    tensors |= {"forget": np.array(forget, np.int32), "retain": np.array(retain, np.int32)}
    tensors |= {"o_f": o_f.numpy(), "v_g": v_g.numpy(), "v_f": v_f.numpy()}
    save_file(tensors, FIXTURES / "published.safetensors")
    settings = {"epochs": EPOCHS, "augment_epochs": AUGMENT_EPOCHS, "rows": ROWS, "seed": SEED}
    (FIXTURES / "published.json").write_text(json.dumps({"torch": torch.__version__, **settings, "losses": losses}, indent=1) + "\n")
    print(json.dumps({"v_g - v_o": (v_g - o_f).abs().max().item(), "losses": [round(loss, 5) for loss in losses]}))


if __name__ == "__main__":
    main()
