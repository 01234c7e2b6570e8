"""A training step and a scored batch of a random decoder of SmolLM2-135M's shape in PyTorch, to lay beside

    cargo run --release -p unlearn-core --example large -- step|graph|score LAYERS BATCH SEQ

Usage: torch_language_model.py [LAYERS] [BATCH] [SEQ] [THREADS]. Seconds are those that the process has computed, best of three.
"""

import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM

VOCABULARY, N_ANSWERS = 5600, 16


def best(work, n=3):
    seconds = []
    for _ in range(n):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def main(layers=30, batch=2, seq=288, threads=1):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    a = torch.ones(1024, 1024)
    print(f"{layers} layers, {batch} x {seq} tokens, {threads} threads; a 1024³ product runs at {2e-9 * 1024**3 / best(lambda: a @ a, 6):.0f} GFLOP/s")
    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=576, intermediate_size=1536, num_hidden_layers=layers, num_attention_heads=9, num_key_value_heads=3,
        max_position_embeddings=8192, rope_theta=1e5, rms_norm_eps=1e-5, tie_word_embeddings=True,
    )
    tokens, answers = torch.randint(0, VOCABULARY, (batch, seq)), torch.full((batch,), 5)
    for checkpointing in (False, True):
        model = get_peft_model(LlamaForCausalLM(config), LoraConfig(r=8, lora_alpha=16, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))
        if checkpointing:
            model.enable_input_require_grads()
            model.gradient_checkpointing_enable({"use_reentrant": False})
        model.train()
        optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)

        def step():
            logits = model(tokens, logits_to_keep=1, use_cache=False).logits[:, -1, :N_ANSWERS]
            torch.nn.functional.cross_entropy(logits, answers).backward()
            optimiser.step()
            optimiser.zero_grad()

        print(f"step, checkpointing {checkpointing}: {best(step):.2f} s")
    model.eval()
    with torch.no_grad():
        print(f"answer logits: {best(lambda: model(tokens, logits_to_keep=1, use_cache=False)):.2f} s")


main(*(int(argument) for argument in sys.argv[1:]))
