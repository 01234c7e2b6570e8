"""Rebuilds SmolLM2's tokenizer.json from the metadata of its GGUF file. Usage: `make_smollm2_tokenizer.py MODEL.gguf`.

GGUF stores tokens, merges and token types, but only the name of the pre-tokenizer (`smollm`): single digits, then GPT-2's byte level.
Writes tests/parity/fixtures/smollm2-tokenizer.json.gz without a time stamp, so that the same tokens give the same bytes.
"""

import gzip
import json
import sys
from pathlib import Path

from gguf import GGUFReader

CONTROL = 3  # GGUF's type of a special token

fields = GGUFReader(sys.argv[1]).fields
tokens, types, merges = (fields[f"tokenizer.ggml.{name}"].contents() for name in ("tokens", "token_type", "merges"))
if fields["tokenizer.ggml.pre"].contents() != "smollm":
    sys.exit("the pre-tokenizer must be smollm")
special = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
tokenizer = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [{"id": i, "content": t, **special} for i, (t, kind) in enumerate(zip(tokens, types)) if kind == CONTROL],
    "normalizer": None,
    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, byte_level]},
    "post_processor": None,
    "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
    "model": {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "ignore_merges": False,
        "vocab": {token: i for i, token in enumerate(tokens)},
        "merges": merges,
    },
}
text = json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))
out = Path(__file__).parent / "fixtures/smollm2-tokenizer.json.gz"
out.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
