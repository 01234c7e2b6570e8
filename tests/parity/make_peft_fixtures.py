"""Writes fixtures/peft/: adapters as PEFT saves them, one for each setting that changes the numbers, and PEFT's answers with them (see README.md).

The base is fixtures/text/tiny-hf, and the same with a tied output layer. Every adapter is saved, read back by `PeftModel.from_pretrained` onto a fresh base,
and asked without merging, so that the files alone decide the reference.
"""

import json
import shutil
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import LlamaConfig, LlamaForCausalLM

HERE = Path(__file__).parent / "fixtures"
BASE, OUT = HERE / "text" / "tiny-hf", HERE / "peft"
SEED = 20261128
PROMPTS = [[1, 13, 40, 44, 3, 70, 9], [5, 7, 62, 3, 39]]
QV = ["q_proj", "v_proj"]
# name: (tied, dtype of the files, settings)
ADAPTERS = {
    "rslora": (False, torch.float32, dict(target_modules=QV, r=4, lora_alpha=8, use_rslora=True)),
    "patterns": (False, torch.float32, dict(target_modules=[*QV, "down_proj"], r=4, lora_alpha=8,
                 # The first key that fits decides, and keys are regular expressions.
                 rank_pattern={"layers.0.self_attn.q_proj": 2, "q_proj": 6, r"model\.layers\.[01]\.mlp\.down_proj": 1},
                 alpha_pattern={r"^model.layers.1.*v_proj": 3, "v_proj": 16, "down_proj": 5})),
    "rslora-patterns": (False, torch.float32, dict(target_modules=QV, r=4, lora_alpha=8, use_rslora=True, rank_pattern={"v_proj": 2}, alpha_pattern={"v_proj": 16})),
    "dora": (False, torch.float32, dict(target_modules=[*QV, "down_proj"], r=4, lora_alpha=8, use_dora=True)),
    "dora-rslora-embedding": (False, torch.float32, dict(target_modules=["embed_tokens", "o_proj"], r=2, lora_alpha=4, use_dora=True, use_rslora=True)),
    "all-linear": (False, torch.float16, dict(target_modules="all-linear", r=1, lora_alpha=2)),
    "regex": (False, torch.bfloat16, dict(target_modules=r".*\.0\..*(q|v|up)_proj", r=2, lora_alpha=4)),
    "layers": (False, torch.float32, dict(target_modules=QV, r=2, lora_alpha=4, layers_to_transform=[1], layers_pattern="layers", init_lora_weights="gaussian")),
    "saved": (False, torch.float32, dict(target_modules=QV, r=2, lora_alpha=4, modules_to_save=["lm_head", "norm"])),
    "embedding": (False, torch.float32, dict(target_modules=["embed_tokens", "q_proj"], r=2, lora_alpha=4)),
    "head": (False, torch.float32, dict(target_modules=["lm_head", "q_proj"], r=2, lora_alpha=4)),
    "tokens": (False, torch.float32, dict(target_modules=QV, r=2, lora_alpha=4, trainable_token_indices=[3, 70, 40])),
    "tied-embedding": (True, torch.float32, dict(target_modules=["embed_tokens", "q_proj"], r=2, lora_alpha=4)),
    "tied-saved": (True, torch.float32, dict(target_modules=["q_proj"], r=2, lora_alpha=4, modules_to_save=["embed_tokens"])),
    "tied-tokens": (True, torch.float32, dict(target_modules=["q_proj"], r=2, lora_alpha=4, trainable_token_indices=[3, 70, 40])),
}  # fmt: skip
# These change the base before they train, so their factors do not fit the published one: only their settings matter.
CHANGED_BASE = {"pissa": dict(init_lora_weights="pissa"), "olora": dict(init_lora_weights="olora")}
# Settings that other methods of PEFT write, for the refusals.
BIASED = {"lora-bias": dict(lora_bias=True)}


def base(tied):
    settings = json.loads((BASE / "config.json").read_text())
    settings = {key: value for key, value in settings.items() if key not in ("architectures", "rope_scaling", "rope_theta", "dtype", "model_type")}
    theta = json.loads((BASE / "config.json").read_text())["rope_theta"]
    config = LlamaConfig(**{**settings, "tie_word_embeddings": tied}, rope_parameters={"rope_type": "default", "rope_theta": theta}, attn_implementation="eager")
    state = {}
    for part in sorted(BASE.glob("model-*.safetensors")):
        state.update({name: tensor.float() for name, tensor in load_file(part).items()})
    if tied:
        del state["lm_head.weight"]
    model = LlamaForCausalLM(config).float().eval()
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and set(missing) <= {"lm_head.weight"}, (missing, unexpected)
    model.tie_weights()
    return model


def write(name, model, dtype):
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    weights = folder / "adapter_model.safetensors"
    if dtype != torch.float32:
        save_file({key: tensor.to(dtype) for key, tensor in load_file(weights).items()}, weights, metadata={"format": "pt"})
    path = folder / "adapter_config.json"
    settings = json.loads(path.read_text())
    if isinstance(settings["target_modules"], list):
        settings["target_modules"].sort()
    # A folder's path on the machine that trained.
    settings["base_model_name_or_path"] = "/data/models/tiny-hf/"
    path.write_text(json.dumps(settings, indent=1) + "\n")


@torch.no_grad()
def main():
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    OUT.mkdir(parents=True, exist_ok=True)
    tensors, about = {}, {"prompts": PROMPTS, "adapters": {}}
    for name, (tied, dtype, settings) in {**ADAPTERS, **{key: (False, torch.float32, dict(target_modules=["q_proj"], r=2, lora_alpha=4, **value)) for key, value in {**CHANGED_BASE, **BIASED}.items()}}.items():
        if name == "lora-bias":
            biased = base(tied)
            for layer in biased.model.layers:
                layer.self_attn.q_proj.bias = torch.nn.Parameter(torch.zeros_like(layer.self_attn.q_proj.weight[:, 0]))
            adapted = get_peft_model(biased, LoraConfig(task_type="CAUSAL_LM", **settings))
        else:
            adapted = get_peft_model(base(tied), LoraConfig(task_type="CAUSAL_LM", **settings)).eval()
        for key, tensor in adapted.named_parameters():
            if "magnitude" in key:
                tensor.mul_(1 + 0.3 * torch.rand_like(tensor))
            elif "lora_" in key:
                tensor.normal_(0.0, 0.2)
            elif "modules_to_save" in key or "trainable_tokens_delta" in key:
                tensor.add_(0.3 * torch.randn_like(tensor))
        write(name, adapted, dtype)
        if name in CHANGED_BASE or name in BIASED:
            continue
        read = PeftModel.from_pretrained(base(tied), OUT / name).eval()
        plain = base(tied)
        changed = 0.0
        for i, prompt in enumerate(PROMPTS):
            ids = torch.tensor([prompt])
            logits = read(input_ids=ids).logits[0]
            changed = max(changed, float((logits - plain(input_ids=ids).logits[0]).abs().max()))
            tensors[f"{name}.logits.{i}"] = logits[[0, len(prompt) - 1]].float().contiguous()
        assert changed > 0.05, (name, changed)
        about["adapters"][name] = {"tied": tied, "changed": round(changed, 4), "keys": sorted(load_file(OUT / name / "adapter_model.safetensors"))}
        print(name, changed, about["adapters"][name]["keys"][:3], len(about["adapters"][name]["keys"]))
    save_file(tensors, OUT / "peft.safetensors")
    (OUT / "peft.json").write_text(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
