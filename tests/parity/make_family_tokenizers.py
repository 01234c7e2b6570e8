"""Trains small tokenizers of every kind that the supported language models have, on the shipped titles, and encodes prompts with them in Python.

The pre-tokenizers, normalisers and settings are those of the published models; only the vocabularies are small. SentencePiece's BPE is trained by
`sentencepiece` and converted as Hugging Face's converter does, and the `tokenizers` library must give `sentencepiece`'s own ids for every prompt.

Writes fixtures/tokenizers/: one tokenizer.json.gz for each kind, GGUF files whose models are only large enough to carry a tokenizer, and a hash of each
of a thousand prompts' ids for each kind.
"""

import gzip
import hashlib
import io
import json
import shutil
from pathlib import Path

import gguf
import numpy as np
import sentencepiece
import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

import make_tokenizer_fixtures as prompts

OUT = Path(__file__).parent / "fixtures" / "tokenizers"
VOCAB = 900
N_PROMPTS = 500
LLAMA_3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN_2 = LLAMA_3.replace(r"\p{N}{1,3}", r"\p{N}")
SPECIAL = ["<|endoftext|>", "<|begin|>"]
# Of line breaks and spaces, which Gemma has as tokens of their own.
RUNS = ["\n", "\n\n", "▁▁", "▁▁▁"]


def byte_level(kind, texts):
    tokenizer = Tokenizer(models.BPE(ignore_merges=kind == "llama3"))
    if kind == "gpt2":
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    else:
        split = pre_tokenizers.Split(Regex(LLAMA_3 if kind == "llama3" else QWEN_2), "isolated")
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    if kind == "qwen2":
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=VOCAB, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(texts + ["No\n", "Yes\n"] * 200, trainer)
    if kind == "llama3":
        tokenizer.post_processor = processors.TemplateProcessing(single="<|begin|> $A", pair="<|begin|> $A <|begin|> $B", special_tokens=[("<|begin|>", 1)])
    return tokenizer


def merges(pieces):
    """Hugging Face's converter: all pairs of pieces that make a third, by its score, then by the longer parts."""
    found = []
    ids = {piece: i for piece, i, _ in pieces}
    for piece, _, score in pieces:
        splits = [(piece[:i], piece[i:], score) for i in range(1, len(piece)) if piece[:i] in ids and piece[i:] in ids]
        found += sorted(splits, key=lambda s: (ids[s[0]], ids[s[1]]))
    return [(a, b) for a, b, _ in sorted(found, key=lambda s: (s[2], len(s[0]), len(s[1])), reverse=True)]


def sentence_piece(kind, texts):
    """Llama 2's and Mistral's: a space before the text. Gemma's: none, and runs of line breaks and spaces as tokens of their own."""
    model = io.BytesIO()
    # As the published ones: line by line, so that no piece has a line break beside anything else.
    lines = [line for text in texts for line in text.split("\n") if line]
    is_gemma, unigram = kind == "gemma", kind == "unigram"
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines + [":Yes", ":No"] * 200), model_writer=model, model_type="unigram" if unigram else "bpe", vocab_size=VOCAB, byte_fallback=True,
        split_digits=True, add_dummy_prefix=not is_gemma, remove_extra_whitespaces=False, normalization_rule_name="identity", num_threads=1,
        allow_whitespace_only_pieces=True, user_defined_symbols=RUNS if is_gemma else [], minloglevel=2,
        unk_id=0, bos_id=1, eos_id=2, pad_id=-1,
    )  # fmt: skip
    sp = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    tokens = [sp.id_to_piece(i) for i in range(len(sp))]
    scores = [sp.get_score(i) for i in range(len(sp))]
    user = [i for i, token in enumerate(tokens) if token in RUNS and is_gemma]
    kinds = [2 if sp.is_unknown(i) else 3 if sp.is_control(i) else 6 if sp.is_byte(i) else 4 if i in user else 1 for i in range(len(sp))]
    if unigram:
        tokenizer = Tokenizer(models.Unigram(list(zip(tokens, scores)), 0, byte_fallback=True))
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    else:
        pieces = [(tokens[i], i, scores[i]) for i in range(len(sp)) if kinds[i] == 1]
        vocab = {token: i for i, token in enumerate(tokens)}
        tokenizer = Tokenizer(models.BPE(vocab, merges(pieces), unk_token="<unk>", fuse_unk=True, byte_fallback=True))
        if kind == "mistral":
            tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="first", split=False)
        elif is_gemma:
            tokenizer.normalizer = normalizers.Replace(" ", "▁")
            tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
        else:
            tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    tokenizer.decoder = decoders.Sequence(steps if is_gemma else [*steps, decoders.Strip(" ", 1, 0)])
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in ("<unk>", "<s>", "</s>")])
    if user:
        tokenizer.add_tokens([AddedToken(tokens[i], special=False, normalized=True) for i in user])
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 1)])
    return tokenizer, sp, tokens, scores, kinds


def carrier(name, tokens, kinds, more):
    """A GGUF of a model that is only there to carry a tokenizer."""
    path, rng = OUT / f"{name}.gguf", np.random.default_rng(7)
    writer = gguf.GGUFWriter(path, "llama")
    for add, value in [(writer.add_context_length, 512), (writer.add_embedding_length, 4), (writer.add_block_count, 1), (writer.add_feed_forward_length, 4),
                       (writer.add_head_count, 1), (writer.add_head_count_kv, 1), (writer.add_layer_norm_rms_eps, 1e-5), (writer.add_rope_dimension_count, 4)]:  # fmt: skip
        add(value)
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    more(writer)
    shapes = {"token_embd": (len(tokens), 4), "output_norm": (4,), "blk.0.attn_norm": (4,), "blk.0.ffn_norm": (4,)}
    shapes |= {f"blk.0.{part}": (4, 4) for part in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")}
    for tensor, shape in shapes.items():
        writer.add_tensor(f"{tensor}.weight", (rng.normal(size=shape) if len(shape) > 1 else np.ones(shape)).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    (OUT / f"{name}.gguf.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    path.unlink()


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    sets = [("ml-latest-small", prompts.movies(), False), ("goodbooks-10k", prompts.books(), True)]
    corpus, texts = [], []
    for _, (ratings, items), book in sets:
        corpus += [name for name, _, _ in items.values()][::3]
        every = prompts.samples(ratings)
        for template in (prompts.simple, prompts.compact):
            corpus += [template(*every[k * len(every) // 40], items, book) for k in range(40)]
            texts += [template(*every[k * len(every) // (N_PROMPTS // 2)], items, book) for k in range(N_PROMPTS // 2)]
    about = {"tokenizers": tokenizers.__version__, "sentencepiece": sentencepiece.__version__, "n": N_PROMPTS // 2, "kinds": {}}
    for kind in ("gpt2", "llama3", "qwen2", "llama2", "mistral", "gemma", "unigram"):
        if kind in ("gpt2", "llama3", "qwen2"):
            tokenizer, sp = byte_level(kind, corpus), None
        else:
            tokenizer, sp, tokens, scores, kinds = sentence_piece(kind, corpus)
        hashes, n_tokens = [], 0
        for text in texts:
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            n_tokens += len(ids)
            if sp is not None:
                assert ids == sp.encode(text), (kind, text, tokenizer.encode(text).tokens, sp.encode(text, out_type=str))
            hashes.append(hashlib.sha256(b"".join(i.to_bytes(4, "little") for i in ids)).hexdigest()[:8])
        (OUT / f"{kind}.json.gz").write_bytes(gzip.compress(tokenizer.to_str().encode(), mtime=0))
        about["kinds"][kind] = {"hashes": "".join(hashes), "mean_tokens": n_tokens / len(texts)}
        answers = [tokenizer.encode("x:" + answer, add_special_tokens=False).tokens[-1] for answer in ("Yes", "No")]
        print(kind, n_tokens / len(texts), answers, (OUT / f"{kind}.json.gz").stat().st_size)

        def more(writer, kind=kind):
            if sp is None:
                merged = json.loads(tokenizer.to_str())["model"]["merges"]
                writer.add_tokenizer_model("gpt2")
                writer.add_tokenizer_pre({"gpt2": "gpt-2", "llama3": "llama-bpe", "qwen2": "qwen2"}[kind])
                writer.add_token_merges([" ".join(pair) for pair in merged])
            else:
                writer.add_tokenizer_model("llama")
                writer.add_token_scores(scores)
                writer.add_add_space_prefix(kind != "gemma")

        if kind in ("qwen2", "llama2", "gemma"):
            if sp is None:
                vocab = tokenizer.get_vocab()
                tokens = sorted(vocab, key=vocab.get)
                kinds = [3 if token in SPECIAL else 1 for token in tokens]
            carrier(kind, tokens, kinds, more)
    (OUT / "tokenizers.json").write_text(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
