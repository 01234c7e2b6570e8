"""Computes reference logits, losses, gradients and one AdamW step with transformers + PEFT; writes fixtures/model.* and fixtures/quant.* (see README.md)."""

import json
import sys
from pathlib import Path

import peft
import torch
import torch.nn.functional as F
import transformers
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
import torch_step

HERE = Path(__file__).parent / "fixtures"
SEED, HEAD_VOCAB, YES, NO = 20261121, 16, 5, 4
N_FORGET, W, ALPHA = 3, 0.6, 2.0
LENGTHS = [23, 13, 17, 21, 15, 19]
ADAMW = dict(lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
CONFIG = dict(
    vocab_size=48, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=64,
    rms_norm_eps=1e-5, tie_word_embeddings=False, max_position_embeddings=64, attention_bias=False, mlp_bias=False,
)
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "embed_tokens"]


def build():
    config = LlamaConfig(**CONFIG, rope_parameters={"rope_type": "default", "rope_theta": 1e4}, attn_implementation="eager")
    base = LlamaForCausalLM(config).eval()
    lora = LoraConfig(r=4, lora_alpha=8, lora_dropout=0.0, target_modules=TARGETS, bias="none")
    model = get_peft_model(base, lora).eval()
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            if "norm" in name:
                tensor.normal_(1.0, 0.2)
            elif "lora" in name:
                tensor.normal_(0.0, 0.2)
            elif "embed_tokens" in name:
                tensor.normal_(0.0, 1.0)
            else:
                tensor.normal_(0.0, tensor.shape[1] ** -0.5)
    return base, model


def peft_name(name):
    return name.replace(".default", "")


def losses(u, v_o, v_g, answers):
    """Every term of the objective from student logits `u` `[6, 16]`, and the E2URec total."""
    forget, retain = slice(0, N_FORGET), slice(N_FORGET, None)
    v_f = v_o - ALPHA * torch.relu(v_g - v_o)
    plain = v_o - ALPHA * (v_g - v_o)

    def kl(teacher, student):
        return (teacher.softmax(-1) * (teacher.log_softmax(-1) - student.log_softmax(-1))).sum(-1).mean()

    out = {
        "kl_f_relu": kl(v_f, u),
        "kl_f_plain": kl(plain, u),
        "kl_o": kl(v_o, u),
        "ce": F.cross_entropy(u, answers),
        "forget_kl_f_relu": kl(v_f[forget], u[forget]),
        "forget_kl_f_plain": kl(plain[forget], u[forget]),
        "retain_kl_o": kl(v_o[retain], u[retain]),
        "retain_ce": F.cross_entropy(u[retain], answers[retain]),
    }
    remember = out["retain_ce"] + out["retain_kl_o"]
    out["total"] = W * remember + (1 - W) * out["forget_kl_f_relu"]
    out["total_plain"] = W * remember + (1 - W) * out["forget_kl_f_plain"]
    return out, v_f, plain


def cross_check(base, adapter, grads, batch, logits):
    """The same in float64 with bench/torch_step.py's own decoder, full and answer-only: a second opinion on the numbers."""
    tokens, lengths, v_o, v_g, answers = batch
    spec = torch_step.Spec(vocab=48, head_vocab=HEAD_VOCAB, d=32, layers=2, heads=4, kv=2, ffn=64)
    base = {name: tensor.double() for name, tensor in base.items()}
    worst = {}
    for answer_only in (False, True):
        own = {n.removeprefix("base_model.model."): t.double().requires_grad_() for n, t in adapter.items()}
        u = torch_step.Decoder(spec, base, own, scale=2.0).answer_logits(tokens, lengths, answer_only)
        losses(u, v_o.double(), v_g.double(), answers)[0]["total"].backward()
        key = "answer_only" if answer_only else "all_positions"
        relative = [(t.grad - grads[f"base_model.model.{n}"]).norm() / t.grad.norm() for n, t in own.items()]
        worst[key] = {"logits": float((u.detach() - logits).abs().max()), "grad_relative": float(max(relative))}
        assert worst[key]["logits"] < 1e-4 and worst[key]["grad_relative"] < 1e-4, worst
    exact = torch.cat([t.grad.flatten() for t in own.values()])
    nonzero = exact[exact != 0].abs()
    # AdamW's first step is the sign of a gradient: none may be so small that rounding decides it.
    print(f"  smallest non-zero |gradient| {nonzero.min():.2e}, median {nonzero.median():.2e}, zero {int((exact == 0).sum())} of {exact.numel()}")
    return worst


def make_model():
    torch.manual_seed(SEED)
    base_model, model = build()
    base = {n.removeprefix("base_model.model.").replace(".base_layer", ""): t.detach().clone() for n, t in model.named_parameters() if "lora" not in n}
    base["lm_head.weight"] = base["lm_head.weight"][:HEAD_VOCAB].clone()
    saved_names = set(get_peft_model_state_dict(model, save_embedding_layers=False))
    adapter = {peft_name(n): t.detach().clone() for n, t in model.named_parameters() if "lora" in n}
    assert set(adapter) == saved_names, "the names are those PEFT saves"

    lengths = torch.tensor(LENGTHS)
    tokens = torch.randint(1, CONFIG["vocab_size"], (6, 23))
    mask = torch.arange(23) < lengths[:, None]
    tokens = tokens * mask  # pad id 0
    answers = torch.tensor([YES, NO, YES, NO, NO, YES])
    v_o, v_g = torch.randn(6, HEAD_VOCAB) * 1.5, torch.randn(6, HEAD_VOCAB) * 1.5

    def answer_logits():
        logits = model(input_ids=tokens, attention_mask=mask.long()).logits
        return logits[torch.arange(6), lengths - 1, :HEAD_VOCAB]

    with torch.no_grad(), model.disable_adapter():
        base_logits = answer_logits()
    trainable = {peft_name(n): p for n, p in model.named_parameters() if p.requires_grad}
    assert set(trainable) == set(adapter), "only adapters train"
    optimizer = torch.optim.AdamW(trainable.values(), **ADAMW)
    logits = answer_logits()
    terms, v_f, plain = losses(logits, v_o, v_g, answers)
    terms["total"].backward()
    grads = {name: p.grad.clone() for name, p in trainable.items()}
    optimizer.step()
    after = {name: p.detach().clone() for name, p in trainable.items()}
    with torch.no_grad():
        logits_after = answer_logits()
        terms_after = losses(logits_after, v_o, v_g, answers)[0]
    worst = cross_check(base, adapter, grads, (tokens, lengths, v_o, v_g, answers), logits.detach())

    tensors = {
        "batch.tokens": tokens.int(), "batch.lengths": lengths.int(), "batch.answers": answers.int(),
        "teacher.v_o": v_o, "teacher.v_g": v_g, "teacher.v_f_relu": v_f, "teacher.v_f_plain": plain,
        "out.logits": logits.detach(), "out.base_logits": base_logits, "out.logits_after_step": logits_after,
        **base, **adapter,
        **{f"grad.{n}": t for n, t in grads.items()},
        **{f"after.{n}": t for n, t in after.items()},
    }
    write("model", tensors, {
        "made_with": versions(), "seed": SEED, "config": {**CONFIG, "rope_theta": 1e4, "head_vocab": HEAD_VOCAB},
        "lora": {"r": 4, "alpha": 8, "dropout": 0.0, "target_modules": TARGETS},
        "yes": YES, "no": NO, "pad": 0, "n_forget": N_FORGET, "w": W, "alpha": ALPHA, "adamw": ADAMW,
        "losses": {n: t.item() for n, t in terms.items()},
        "losses_after_step": {n: t.item() for n, t in terms_after.items()},
        "second_implementation_float64": worst,
    })


def make_quant():
    """Symmetric block quantisation of a `[out, in]` matrix, blocks of 32 along `in`: scale = max|w| / q_max, q = round(w / scale)."""
    torch.manual_seed(SEED + 1)
    weight = torch.randn(64, 64) * 0.1
    weight[3, :32] = 0.0  # a block without any weight: scale 0, q 0
    x = torch.randn(5, 64)
    tensors = {"weight": weight, "x": x, "dense.y": x @ weight.T}
    errors = {}
    for name, q_max in (("q8", 127), ("q4", 7)):
        blocks = weight.view(64, 2, 32)
        scale = blocks.abs().amax(-1) / q_max
        ratio = (blocks / scale[..., None]).nan_to_num(0.0)
        assert ((ratio.abs() % 1 - 0.5).abs() > 1e-5).all(), "no value is so near a half that the rounding mode decides"
        q = ratio.round()
        dequantised = (q * scale[..., None]).view(64, 64)
        y = x @ dequantised.T
        tensors |= {f"{name}.q": q.view(64, 64).to(torch.int8), f"{name}.scale": scale, f"{name}.dequantised": dequantised, f"{name}.y": y}
        errors[name] = ((y - x @ weight.T).norm() / (x @ weight.T).norm()).item()
    write("quant", tensors, {"made_with": versions(), "seed": SEED + 1, "block": 32, "q_max": {"q8": 127, "q4": 7}, "relative_error_of_y": errors})


def versions():
    return {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__}


def write(stem, tensors, about):
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, HERE / f"{stem}.safetensors")
    (HERE / f"{stem}.json").write_text(json.dumps(about, indent=1) + "\n")
    print(f"{stem}.safetensors: {len(tensors)} tensors, {(HERE / f'{stem}.safetensors').stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    torch.set_num_threads(1)
    make_model()
    make_quant()
