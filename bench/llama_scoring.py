"""Scores the same prompts with the same 4-bit weights in llama.cpp and in our engine, in turns, one thread each; prints one JSON object.

    cargo build --release -p unlearn-core --example score
    python bench/llama_scoring.py GGUF target/release/examples/score models/smollm2-135m-instruct public/data/ml-latest-small [--prompts 16]

A prompt's score is what the last position says of No and Yes; of no other position are logits asked. llama.cpp takes a prompt at a time (`one`) and as many
as fit into a batch of 2,048 tokens (`batch`); we take a prompt at a time and all of a length together. Before any clock counts, both must give the same
logits. llama.cpp rounds what goes into a product to 8 bits, so the bound is 4-bit weights' usual one. Seconds are those that each process's
threads have computed, as other work on the machine must not count.
"""

import argparse
import ctypes
import json
import statistics
import subprocess
import time

import llama_cpp
import numpy as np

NO, YES = 5230, 10539
"""SmolLM2's tokens of `No` and `Yes`, as tests/parity fixes them."""
TOLERANCE = 0.5


class Llama:
    """llama.cpp's own interface, as its Python class asks for all logits or none."""

    def __init__(self, path, threads, n_tokens=2048):
        llama_cpp.llama_backend_init()
        self.quiet = llama_cpp.llama_log_callback(lambda *_: None)  # kept, as C keeps its address
        llama_cpp.llama_log_set(self.quiet, ctypes.c_void_p(0))
        params = llama_cpp.llama_model_default_params()
        params.n_gpu_layers = 0
        self.model = llama_cpp.llama_model_load_from_file(path.encode(), params)
        if not self.model:
            raise SystemExit(f"{path} cannot be loaded by llama.cpp")
        params = llama_cpp.llama_context_default_params()
        params.n_ctx, params.n_batch, params.n_ubatch, params.n_seq_max = 4096, n_tokens, n_tokens, 32
        params.kv_unified = True  # else each of the 32 prompts may have 128 tokens
        params.n_threads = params.n_threads_batch = threads
        self.context = llama_cpp.llama_init_from_model(self.model, params)
        self.n_vocab = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self.model))
        self.n_tokens = n_tokens
        self.batch = llama_cpp.llama_batch_init(n_tokens, 0, 1)

    def score(self, prompts):
        """Logits of No and Yes `[prompts, 2]` of prompts that fit into one batch."""
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)
        at, ends, batch = 0, [], self.batch
        for row, prompt in enumerate(prompts):
            for position, token in enumerate(prompt):
                batch.token[at], batch.pos[at], batch.n_seq_id[at], batch.seq_id[at][0] = token, position, 1, row
                batch.logits[at] = position == len(prompt) - 1
                at += 1
            ends.append(at - 1)
        batch.n_tokens = at
        if llama_cpp.llama_decode(self.context, batch):
            raise SystemExit("llama.cpp could not decode the prompts")
        rows = [np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(self.context, end), (self.n_vocab,)) for end in ends]
        return np.array([[row[NO], row[YES]] for row in rows])

    def packs(self, prompts):
        """Prompts in groups that fit into one batch."""
        groups, size = [[]], 0
        for prompt in prompts:
            if size + len(prompt) > self.n_tokens or len(groups[-1]) == 32:
                groups.append([])
                size = 0
            groups[-1].append(prompt)
            size += len(prompt)
        return groups


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("gguf", "score", "package", "data"):
        parser.add_argument(name)
    parser.add_argument("--prompts", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()

    ours = subprocess.Popen([args.score, args.package, args.data, str(args.prompts)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    told = json.loads(ours.stdout.readline())
    *short, long = told["prompts"]
    llama = Llama(args.gguf, args.threads)

    def ask(words):
        ours.stdin.write(words + "\n")
        ours.stdin.flush()
        return float(ours.stdout.readline())

    expected = np.array(told["logits"])
    found = {"one": np.concatenate([llama.score([prompt]) for prompt in told["prompts"]])}
    found["batch"] = np.concatenate([llama.score(group) for group in [*llama.packs(short), [long]]])
    off = {what: float(np.abs(logits - expected).max()) for what, logits in found.items()}
    margin = float(np.abs((found["one"] - expected) @ [-1, 1]).max())
    if not max(off.values()) < TOLERANCE:
        raise SystemExit(f"void: logits must be within {TOLERANCE} of ours, they are off by {off}")

    def seconds(work):
        start = time.process_time()
        work()
        return time.process_time() - start

    rounds = {
        "one": lambda: [llama.score([prompt]) for prompt in short],
        "batch": lambda: [llama.score(group) for group in llama.packs(short)],
        "long": lambda: llama.score([long]),
    }
    taken = {who: {what: [] for what in rounds} for who in ("ours", "llama")}
    for turn in range(args.rounds + 1):
        for what, work in rounds.items():
            pair = {"ours": ask(what), "llama": seconds(work)}
            if turn:  # the first warms both up
                for who, value in pair.items():
                    taken[who][what].append(value)
    product = ask("product 512 512 512")
    ours.stdin.close()
    ours.wait()

    n_tokens = {"one": sum(map(len, short)), "batch": sum(map(len, short)), "long": len(long)}
    flops = {"one": sum(told["flops"][:-1]), "batch": sum(told["flops"][:-1]), "long": told["flops"][-1]}
    median = {who: {what: statistics.median(values) for what, values in each.items()} for who, each in taken.items()}
    figures = {
        what: {
            "tokens": n_tokens[what],
            **{who: {"s": median[who][what], "tokens_per_s": n_tokens[what] / median[who][what], "gflops": flops[what] / median[who][what] / 1e9} for who in taken},
            "ratio": median["ours"][what] / median["llama"][what],
            "ratios": [ours / llama for ours, llama in zip(taken["ours"][what], taken["llama"][what])],
        }
        for what in rounds
    }
    best = {who: min(median[who]["one"], median[who]["batch"]) for who in taken}
    print(json.dumps({
        "llama_cpp_python": llama_cpp.__version__, "threads": args.threads, "prompts": len(short), "lengths": [len(prompt) for prompt in short],
        "largest_difference": off, "largest_difference_of_yes_over_no": margin, "product_512_gflops": product,
        "scoring": figures, "ratio_of_bests": best["ours"] / best["llama"],
    }, indent=2))


if __name__ == "__main__":
    main()
