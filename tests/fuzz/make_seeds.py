"""Writes the seeds of the fuzz corpora: tiny files of every format, by hand or from tests/parity's fixtures. Python's standard library alone.

    python3 tests/fuzz/make_seeds.py        # corpus/TARGET/{seed,refused,found}-*

What each target makes of an input is told in src/targets/TARGET.rs.
"""

import base64
import gzip
import io
import json
import struct
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "parity" / "fixtures"
SEPARATOR = b"\0%\n"


def seed(target: str, name: str, *parts: bytes, first: bytes = b"", kind: str = "seed") -> None:
    """One input: the byte that chooses between ways, where the target has one, then parts. `refused` must be, `found` is what once failed."""
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{kind}-{name}").write_bytes(first + SEPARATOR.join(parts))


# Data files: enough ratings for a split, in each format.

ROWS = [(user, 1 + (user * 3 + n) % 9, 1 + (user + n * n) % 5, 1000 + 7 * user + 31 * n) for user in (1, 2, 3) for n in range(9)]
ITEMS = range(1, 10)
DATA = {
    "latest": {
        "a": "userId,movieId,rating,timestamp\r\n" + "".join(f"{u},{i},{r}.0,{t}\r\n" for u, i, r, t in ROWS),
        "b": "movieId,title,genres\r\n" + "".join(f'{i},"Film, ""{i}"" ({1990 + i})",Action|Crime\r\n' for i in ITEMS),
    },
    "goodbooks": {
        "a": "user_id,book_id,rating\n" + "".join(f"{u},{i},{r}\n" for u, i, r, _ in ROWS),
        "c": "book_id,authors,original_publication_year,title\n" + "".join(f'{i},"A. {i % 3}, B. Two",{-750 + i * 300}.0,T {i}\n' for i in ITEMS),
    },
    "1m": {
        "d": "".join(f"{u}::{i}::{r}::{t}\n" for u, i, r, t in ROWS),
        "e": "".join(f"{i}::Mis\xe9rables {i} ({1990 + i})::Drama|Musical\n" for i in ITEMS),
        "f": "1::F::1::10::48067\n2::M::56::16::70072\n3::M::25::15::55117\n",
    },
    "100k": {
        "g": "".join(f"{u}\t{i}\t{r}\t{t}\n" for u, i, r, t in ROWS),
        "h": "".join(f"{i}|Kolya {i} (1996)|24-Jan-1997||http://example|0|{i % 2}|1\n" for i in ITEMS),
        "i": "unknown|0\nAction|1\nComedy|2\n\n",
        "j": "1|24|M|technician|85711\n2|53|F|other|94043\n3|23|M|writer|32067\n",
    },
}
BOOKS = "".join(
    json.dumps({"book_id": str(i), "title": f"Title {i}", "authors": [{"author_id": "9", "role": ""}], "publication_year": "1998" if i % 2 else "",
                "popular_shelves": [{"count": "90", "name": "to-read"}, {"count": "40", "name": "poetry"}]}) + "\n" for i in ITEMS)
READS = "".join(
    json.dumps({"user_id": f"a{u}f0", "book_id": str(i), "is_read": True, "rating": r, "date_added": f"Fri Apr {1 + t % 28:02} 12:03:41 -0700 2012",
                "date_updated": ""}) + "\n" for u, i, r, t in ROWS)
DATA["goodreads"] = {"k": READS, "l": BOOKS}
DATA["goodreads-gz"] = {"m": READS, "n": BOOKS}
DATA["recbole"] = {
    "p": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n" + "".join(f"{u}\t{i}\t{r}\t{t}.0\n" for u, i, r, t in ROWS),
    "q": "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n" + "".join(f"{i}\tFilm {i}\t{1990 + i}\tDrama War\n" for i in ITEMS),
}
# As other programs save it: row numbers, quotes, dates, a rating that is given again, no last line break, no UTF-8.
DATA["saved"] = {
    "a": ";\"userId\";\"movieId\";\"rating\";\"timestamp\"\r\n" + "".join(f"{k};{u}.0;{i}.0;{r}.0;2004-11-09 10:{t % 60:02}:00Z\r\n" for k, (u, i, r, t) in enumerate(ROWS + ROWS[:1])),
    "b": "movieId,title,genres\n" + "\n".join(f"{i},Mis\xe9rables {i},Drama" for i in ITEMS),
}
DATA["10m"] = {
    "d": "".join(f"{u}::{i}::{r - 0.5}::{t}000000\n" for u, i, r, t in ROWS),
    "e": "".join(f"{i}::Film {i} ({1990 + i})::Drama|Musical\n" for i in ITEMS),
}
REFUSED = {
    "letterboxd": {"a": "Date,Name,Year,Letterboxd URI,Rating\n2022-05-01,Heat,1995,https://boxd.it/x,4\n"},
    "lfs": {"a": "version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 9\n", "b": DATA["latest"]["b"]},
    "web-page": {"a": DATA["latest"]["a"], "b": "<!DOCTYPE html>\n<html></html>\n"},
    "amazon": {"o": '{"rating": 4.0, "asin": "B00", "user_id": "AE"}\n'},
    "other-ids": {"a": DATA["latest"]["a"], "b": "movieId,title,genres\n" + "".join(f"{i + 100},Film {i},Drama\n" for i in ITEMS)},
    "two-units": {"d": DATA["1m"]["d"] + "4::1::5::1100000000000\n", "e": DATA["1m"]["e"]},
}
NAMES = {"a": "ratings.csv", "b": "movies.csv", "c": "ml/ratings.csv", "e": "../u.data", "f": "u.item", "g": "u.genre"}


def data() -> None:
    for name, files in DATA.items():
        seed("data", name, *(letter.encode() + text.encode("latin1") for letter, text in files.items()))
    for name, files in REFUSED.items():
        seed("data", name, *(letter.encode() + text.encode("latin1") for letter, text in files.items()), kind="refused")
    packed = [letter.encode() + gzip.compress(text.encode(), mtime=0) for letter, text in DATA["goodreads-gz"].items()]
    seed("data", "goodreads-packed", *packed)


def archives() -> None:
    latest, old = DATA["latest"], DATA["100k"]
    seed("zip", "built", b"a\1" + latest["a"].encode(), b"b\0" + latest["b"].encode(), b"h\0", b"", first=b"\1")
    seed("zip", "built-100k", b"e\1" + old["g"].encode(), b"f\1" + old["h"].encode(), b"g\0" + old["i"].encode(), b"\x10\0\2", first=b"\1", kind="refused")
    for name, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", method) as out:
            for letter, path in (("a", "ml/ratings.csv"), ("b", "ml/movies.csv")):
                out.writestr(zipfile.ZipInfo(path), latest[letter], compress_type=method)
            out.writestr(zipfile.ZipInfo("ml/"), "")
        seed("zip", name, archive.getvalue(), first=b"\0")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr(zipfile.ZipInfo("ratings.csv"), "0" * 200_000, compress_type=zipfile.ZIP_DEFLATED)
    seed("zip", "bomb", archive.getvalue(), first=b"\0", kind="refused")
    # The records of zip64, which hold sizes and counts of 64 bits.
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as out, out.open(zipfile.ZipInfo("ratings.csv"), "w", force_zip64=True) as entry:
        entry.write(b"userId\n")
    seed("zip", "zip64", plain.getvalue(), first=b"\0", kind="refused")


# Models.

def values(rows: int, cols: int, at: int, unit: float) -> list[float]:
    return [((at + i * 7) % 13 - 6) / 16 * unit for i in range(rows * cols)]


def stored(kind: int, rows: int, cols: int, at: int, unit: float) -> bytes:
    """GGUF's bytes of a matrix: kind 0 F32, 1 F16, 2 Q4_0, 3 Q4_1, 6 Q5_0, 7 Q5_1, 8 Q8_0, 20 IQ4_NL, 30 BF16."""
    floats = values(rows, cols, at, unit)
    if kind == 0:
        return struct.pack(f"<{len(floats)}f", *floats)
    if kind == 1:
        return struct.pack(f"<{len(floats)}e", *floats)
    if kind == 30:
        return b"".join(struct.pack("<f", x)[2:] for x in floats)
    size = {2: b"\x00\x2c" + bytes(range(16)), 3: b"\x00\x2c\x00\xac" + bytes(range(16)), 6: b"\x00\x2c" + bytes(range(20)), 7: b"\x00\x2c\x00\xac" + bytes(range(20)), 20: b"\x00\x20" + bytes(range(16)), 8: b"\x00\x1c" + bytes(range(32))}[kind]
    return size * (rows * cols // 32)


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def gguf(d: int, kind: int, tied: bool, merges: list[str] | None = None, unit: float = 1) -> bytes:
    tokens = ["<e>", "<b>", "<u>", "Ċ", "No", "Yes", "N", "o", "Y", "e", "s", "Ye", "Ġ", "a"]
    merges = merges or ["N o", "Y e", "Ye s"]
    n, heads = len(tokens), 2
    shapes = {"token_embd": (n, d), "output_norm": (1, d)} | ({} if tied else {"output": (n, d)})
    for name, rows in (("attn_norm", 1), ("attn_q", d), ("attn_k", d // 2), ("attn_v", d // 2), ("attn_output", d), ("ffn_norm", 1), ("ffn_gate", d), ("ffn_up", d), ("ffn_down", d)):
        shapes[f"blk.0.{name}"] = (rows, d)

    def entry(key: str, kind: int, payload: bytes) -> bytes:
        return text(key) + struct.pack("<I", kind) + payload

    def count(key: str, value: int) -> bytes:
        return entry(key, 4, struct.pack("<I", value))

    def texts(key: str, of: list[str]) -> bytes:
        return entry(key, 9, struct.pack("<IQ", 8, len(of)) + b"".join(map(text, of)))

    types = [3, 3, 3] + [1] * (n - 4) + [4]
    entries = [
        entry("general.architecture", 8, text("llama")), entry("general.name", 8, text("mini")), entry("general.license", 8, text("mit")),
        count("llama.embedding_length", d), count("llama.feed_forward_length", d), count("llama.block_count", 1), count("llama.context_length", 64),
        count("llama.attention.head_count", heads), count("llama.attention.head_count_kv", 1), count("llama.rope.dimension_count", d // heads),
        entry("llama.attention.layer_norm_rms_epsilon", 6, struct.pack("<f", 1e-5)), entry("llama.rope.freq_base", 6, struct.pack("<f", 1e4)),
        entry("tokenizer.ggml.model", 8, text("gpt2")), entry("tokenizer.ggml.pre", 8, text("smollm")), texts("tokenizer.ggml.tokens", tokens),
        entry("tokenizer.ggml.token_type", 9, struct.pack(f"<IQ{n}i", 5, n, *types)), texts("tokenizer.ggml.merges", merges),
        count("tokenizer.ggml.eos_token_id", 0), count("tokenizer.ggml.bos_token_id", 1), entry("tokenizer.ggml.add_bos_token", 7, b"\1"),
        count("general.alignment", 8),
    ]
    directory, payload = b"", b""
    for at, (name, (rows, cols)) in enumerate(shapes.items()):
        of = 0 if "norm" in name else kind
        sizes = (cols,) if rows == 1 else (cols, rows)
        payload += bytes(-len(payload) % 8)
        directory += text(f"{name}.weight") + struct.pack(f"<I{len(sizes)}QIQ", len(sizes), *sizes, of, len(payload))
        payload += stored(of, rows, cols, at, unit)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), len(entries)) + b"".join(entries) + directory
    return head + bytes(-len(head) % 8) + payload


def gguf_files() -> None:
    for name, d, kind, tied in (("f32", 4, 0, True), ("f16", 4, 1, False), ("bf16", 4, 30, True), ("q8", 32, 8, True), ("q4", 32, 2, True), ("q4-offset", 32, 3, True),
                                 ("q5_0", 32, 6, True), ("q5_1", 32, 7, True), ("iq4_nl", 32, 20, True)):
        seed("gguf", name, gguf(d, kind, tied), first=b"\0")
    seed("gguf", "f32-to-f16", gguf(4, 0, False), first=b"\1")
    seed("gguf", "q4-to-q8", gguf(32, 2, True), first=b"\2")
    seed("gguf", "q8-to-q4", gguf(32, 8, True), first=b"\3")
    # A row of each K type, and nothing that makes it a model: numbers of the types and bytes of a block of 256.
    directory, payload = b"", b""
    for kind, n_bytes in ((10, 84), (11, 110), (12, 144), (13, 176), (14, 210), (15, 292)):
        payload += bytes(-len(payload) % 32)
        directory += text(f"k{kind}") + struct.pack("<I2QIQ", 2, 256, 1, kind, len(payload))
        payload += bytes(range(40, 40 + n_bytes % 64)) + bytes(n_bytes - n_bytes % 64)
    head = b"GGUF" + struct.pack("<IQQ", 3, 6, 0) + directory
    seed("gguf", "k-types", head + bytes(-len(head) % 32) + payload, first=b"\0", kind="refused")
    # Scales in binary16 would be infinite.
    seed("gguf", "too-large-to-quantise", gguf(32, 30, True, unit=1e30), first=b"\2", kind="refused")
    # What it makes is no token, and longer than any.
    seed("gguf", "merge-without-token", gguf(4, 0, True, ["Yes Yes"]), first=b"\0", kind="found")


SIZES = {"F32": 4, "F16": 2, "BF16": 2, "I8": 1, "U8": 1}


def header(tensors: dict[str, tuple[str, list[int]]]) -> bytes:
    """A safetensors header; the target adds the lengths and fills up the data."""
    out, at = {}, 0
    for name, (kind, shape) in tensors.items():
        size = SIZES[kind]
        for n in shape:
            size *= n
        out[name] = {"dtype": kind, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    return json.dumps(out, separators=(",", ":")).encode()


def matrix(name: str, rows: int, cols: int, form: str) -> dict[str, tuple[str, list[int]]]:
    blocks = ("F16", [rows, cols // 32])
    if form == "I8":
        return {name: ("I8", [rows, cols]), f"{name}.scale": blocks}
    if form in ("q5_1", "iq4_nl"):
        return {f"{name}.{form}": ("U8", [rows, cols // 32, {"q5_1": 24, "iq4_nl": 18}[form]])}
    if form in ("Q4", "Q4O"):
        return {name: ("U8", [rows, cols // 2]), f"{name}.scale": blocks} | ({f"{name}.offset": blocks} if form == "Q4O" else {})
    return {name: (form, [cols] if rows == 1 else [rows, cols])}


def llama(form: str) -> dict[str, tuple[str, list[int]]]:
    tensors = matrix("model.embed_tokens.weight", 6, 32, form)
    for name, rows in (("self_attn.q_proj", 32), ("self_attn.k_proj", 16), ("self_attn.v_proj", 16), ("self_attn.o_proj", 32), ("mlp.gate_proj", 32), ("mlp.up_proj", 32), ("mlp.down_proj", 32)):
        tensors |= matrix(f"model.layers.0.{name}.weight", rows, 32, form)
    for name in ("model.layers.0.input_layernorm", "model.layers.0.post_attention_layernorm", "model.norm"):
        tensors |= matrix(f"{name}.weight", 1, 32, "F32")
    return tensors | matrix("lm_head.weight", 6, 32, form)


def t5(form: str) -> dict[str, tuple[str, list[int]]]:
    tensors = matrix("shared.weight", 6, 32, form)
    for stack, attentions in (("encoder", ["SelfAttention"]), ("decoder", ["SelfAttention", "EncDecAttention"])):
        tensors |= matrix(f"{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight", 4, 2, "F32")
        for at, kind in enumerate(attentions):
            for which in "qkvo":
                tensors |= matrix(f"{stack}.block.0.layer.{at}.{kind}.{which}.weight", 32, 32, form)
            tensors |= matrix(f"{stack}.block.0.layer.{at}.layer_norm.weight", 1, 32, "F32")
        last = len(attentions)
        for which in ("wi", "wo"):
            tensors |= matrix(f"{stack}.block.0.layer.{last}.DenseReluDense.{which}.weight", 32, 32, form)
        tensors |= matrix(f"{stack}.block.0.layer.{last}.layer_norm.weight", 1, 32, "F32")
        tensors |= matrix(f"{stack}.final_layer_norm.weight", 1, 32, "F32")
    return tensors


def weights() -> None:
    for form in ("F32", "F16", "BF16", "I8", "Q4", "Q4O", "q5_1", "iq4_nl"):
        seed("safetensors", f"llama-{form}", header(llama(form)), b"", first=b"\0")
    for form in ("F16", "I8"):
        seed("safetensors", f"t5-{form}", header(t5(form)), b"", first=b"\2")
    seed("safetensors", "llama-four-bits", header(llama("I8")), b"\x07\xf9", first=b"\x0c")
    head = header({"a": ("F32", [2, 2]), "b": ("U8", [3])})
    seed("safetensors", "plain", struct.pack("<Q", len(head)) + head + bytes(19), first=b"\1", kind="refused")


def adapters() -> None:
    text, both = FIXTURES / "text", FIXTURES / "t5"
    for name, folder, way in (("llama", text / "tiny-adapter", 0), ("ours", text / "our-adapter", 4), ("t5", both / "original-adapter", 2)):
        raw = (folder / "adapter_model.safetensors").read_bytes()
        n = struct.unpack("<Q", raw[:8])[0]
        config = json.loads((folder / "adapter_config.json").read_bytes())
        for part, data in (("", b""), ("-whole", raw[8 + n:])):
            if data and name != "llama":
                continue
            seed("adapter", name + part, json.dumps(config).encode(), raw[8:8 + n].rstrip(), data, first=bytes([way]))
    # One pair of factors on the projection of a query, merged.
    names = {f"base_model.model.model.layers.0.self_attn.q_proj.lora_{which}.weight": ("F32", dims) for which, dims in (("A", [2, 32]), ("B", [32, 2]))}
    seed("adapter", "one", b'{"r":2,"lora_alpha":4}', header(names), b"", first=b"\4")
    table = {f"base_model.model.model.embed_tokens.lora_embedding_{which}": ("F32", dims) for which, dims in (("A", [1, 72]), ("B", [32, 1]))}
    seed("adapter", "table", b'{"r":1,"lora_alpha":1e-3}', header(table), b"", first=b"\4")


def configs() -> None:
    for name, folder, way in (("llama", FIXTURES / "text/tiny-hf", 0), ("t5", FIXTURES / "t5/original", 1)):
        config = json.loads((folder / "config.json").read_bytes())
        short = json.dumps(config, separators=(",", ":")).encode()
        index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"} if way == 0 else {"a": "model.safetensors"}}
        seed("config", name, short, first=bytes([way]))
        seed("config", f"{name}-index", short, json.dumps(index).encode(), b"---\nlicense: mit\n---\n", first=bytes([way + 4]))
        small = config | {"rms_norm_eps" if way == 0 else "layer_norm_epsilon": 1e-50}
        seed("config", f"{name}-epsilon", json.dumps(small, separators=(",", ":")).encode(), first=bytes([way]), kind="found")
        spelled = config | {"head_dim": 16, "rope_scaling": {"type": "newest", "factor": 2.0}, "rope_parameters": {"rope_type": "newest", "rope_theta": 5e5}, "mlp_bias": False,
                            "quantization_config": None, "_name_or_path": "a/b", "license": "mit", "feed_forward_proj": "gated-gelu", "scale_decoder_outputs": True}
        seed("config", f"{name}-more", json.dumps(spelled).encode(), first=bytes([way]), kind="refused")


def manifests() -> None:
    config = {"vocab_size": 72, "head_vocab_size": 72, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
              "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "rope_theta": 2e4, "tie_word_embeddings": False}
    plain = {"format": 1, "name": "tiny", "licence": "mit", "config": config, "quantisation": "f32", "files": {}}
    text = {"template": "simple", "kept": list(range(72)), "answers": {"no": "No", "yes": "Yes"}, "specials": {"bos": 1, "eos": 0}}
    seed("manifest", "plain", json.dumps(plain).encode())
    seed("manifest", "text", json.dumps(plain | {"text": text}).encode())
    figures = json.loads((HERE.parent.parent / "models/nano-ml-latest-small/manifest.json").read_bytes())
    few = {key: figures[key] for key in ("figures", "floor", "floor_yes_no", "baseline", "proxy", "training") if key in figures}
    few["figures"] = few["figures"][:1]
    seed("manifest", "figures", json.dumps(plain | {"dataset": "ml-latest", "quantisation": "mixed"} | few).encode())
    # Its hashes are checked, and are not these.
    seed("manifest", "hashes", json.dumps(plain | {"files": {"model.safetensors": "0" * 64, "retrain.safetensors": "1" * 64}}).encode(), kind="refused")
    seed("manifest", "t5", json.dumps(plain | {"config": {"model_type": "t5",
        "vocab_size": 6, "head_vocab_size": 6, "d_model": 32, "d_kv": 16, "d_ff": 32, "num_layers": 1, "num_decoder_layers": 1, "num_heads": 2, "relative_attention_num_buckets": 4,
        "relative_attention_max_distance": 16, "layer_norm_epsilon": 1e-6, "feed_forward_proj": "relu", "tie_word_embeddings": True}}).encode())


def tokenizers() -> None:
    def tokenizer(**parts: object) -> bytes:
        empty = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None, "pre_tokenizer": None, "post_processor": None, "decoder": None}
        return json.dumps(empty | parts, ensure_ascii=False, separators=(",", ":")).encode()

    def added(token: str, id: int, special: bool) -> dict:
        return {"id": id, "content": token, "single_word": False, "lstrip": False, "rstrip": special, "normalized": not special, "special": special}

    for name in ("text/tiny-hf", "t5/original"):
        read = json.loads((FIXTURES / name / "tokenizer.json").read_bytes())
        seed("tokenizer", name.split("/")[1], json.dumps(read, ensure_ascii=False, separators=(",", ":")).encode())
    words = ["[pad]", "[bos]", "[unk]", "[ask]", "No", "Yes", *(f"r{half / 2}" for half in range(1, 11)), "i7", "i50"]
    nano = {"type": "WordLevel", "vocab": {word: id for id, word in enumerate(words)}, "unk_token": "[unk]"}
    seed("tokenizer", "nano", tokenizer(pre_tokenizer={"type": "WhitespaceSplit"}, model=nano))
    few = {word: id for id, word in enumerate(["[UNK]", "[CLS]", "[SEP]", "\n", "No", "Yes", "a", "##b", "b", "ab"])}
    seed("tokenizer", "wordpiece", tokenizer(
        added_tokens=[added("[CLS]", 1, True), added("zz", 10, False)],
        normalizer={"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
        pre_tokenizer={"type": "BertPreTokenizer"}, post_processor={"type": "BertProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1]},
        decoder={"type": "WordPiece", "prefix": "##", "cleanup": True},
        model={"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": few}), kind="refused")
    bpe = {"type": "BPE", "dropout": None, "unk_token": "[UNK]", "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": True, "byte_fallback": True,
           "ignore_merges": True, "vocab": few | {"<0x61>": 10}, "merges": ["a b"]}
    seed("tokenizer", "bpe", tokenizer(
        normalizer={"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"}, {"type": "Strip", "strip_left": True, "strip_right": True}, {"type": "Prepend", "prepend": "_"}]},
        pre_tokenizer={"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": "\\s+(?!\\S)|\\d{1,3}"}, "behavior": "MergedWithPrevious", "invert": True}, {"type": "Punctuation", "behavior": "Isolated"},
            {"type": "CharDelimiterSplit", "delimiter": "."}, {"type": "UnicodeScripts"}, {"type": "Digits", "individual_digits": True}]},
        post_processor={"type": "RobertaProcessing", "sep": ["[SEP]", 2], "cls": ["[CLS]", 1], "trim_offsets": True, "add_prefix_space": True},
        decoder={"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "_"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
        model=bpe), kind="refused")
    unigram = {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["▁", -1.0], ["No", -2.0], ["Yes", -2.5], ["▁No", -3.0], ["▁Yes", -3.0], ["\n", -4.0], ["a", -1.5], ["<0x41>", -5.0]], "byte_fallback": True}
    # SentencePiece's rules: that `a` becomes `b`. The table's unit for `a` leads to its neighbour, which is the place of the text.
    units = [0] * 256
    units[0x61], units[0x60] = 0x61 | 1 << 8 | 1 << 10, 1 << 31
    table = base64.b64encode(struct.pack("<I256I", 1024, *units) + b"b\0").decode()
    seed("tokenizer", "unigram", tokenizer(
        truncation={"direction": "Right", "max_length": 16, "strategy": "LongestFirst", "stride": 2},
        padding={"strategy": {"Fixed": 24}, "direction": "Left", "pad_to_multiple_of": 8, "pad_id": 0, "pad_type_id": 0, "pad_token": "<unk>"},
        normalizer={"type": "Sequence", "normalizers": [{"type": "Precompiled", "precompiled_charsmap": table}, {"type": "NFKC"}, {"type": "Nmt"}]},
        pre_tokenizer={"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": True},
        post_processor={"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<unk>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {"<unk>": {"id": "<unk>", "ids": [0], "tokens": ["<unk>"]}}},
        decoder={"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}, model=unigram))

    # Each of these made tokenizers 0.23 panic, abort, or grow a text a millionfold.
    small = {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}
    for name, parts in {
        "merge-without-token": {"model": small | {"vocab": {"a": 0, "b": 1}}},
        "prefix-longer-than-token": {"model": small | {"continuing_subword_prefix": "longer"}},
        "pieces-of-no-length": {"model": small, "pre_tokenizer": {"type": "FixedLength", "length": 0}},
        "endless-padding": {"model": small, "padding": {"strategy": {"Fixed": 10**12}, "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0, "pad_type_id": 0, "pad_token": "a"}},
        "table-leads-outside": {"model": small, "normalizer": {"type": "Precompiled", "precompiled_charsmap": "BAAAAAAIAAA="}},
        "table-not-in-base64": {"model": small, "normalizer": {"type": "Precompiled", "precompiled_charsmap": table[:-2] + "===="}},
        "id-of-billions": {"model": small | {"vocab": {"a": 0, "b": 1, "ab": 4_000_000_000}}},
        "token-not-described": {"model": small, "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "x", "type_id": 0}}], "pair": [], "special_tokens": {}}},
        "second-of-one": {"model": small, "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "B", "type_id": 0}}], "pair": [], "special_tokens": {}}},
        "text-that-grows": {"model": small, "normalizer": {"type": "Sequence", "normalizers": [{"type": "Replace", "pattern": {"String": "a"}, "content": "aaaaaaaa"}] * 8}},
    }.items():
        seed("tokenizer", name, tokenizer(**parts), kind="found")


def messages() -> None:
    many = [
        {"type": "user", "user": 3}, {"type": "items", "query": "Film 1", "limit": 5}, {"type": "recommend", "user": 4, "k": 3}, {"type": "explain", "user": 2, "item": 5},
        {"type": "select", "request": {"method": "neggrad", "forget": {"genre": "Horror"}, "params": {"alpha": 0.5}, "steps": 3, "seed": 7, "eval_every": 2, "validate": True}},
        {"type": "run", "request": {"method": "e2urec", "forget": {"users": [3]}, "params": {"rank": 2}, "steps": 2, "seed": 1}},
        {"type": "run", "request": {"method": "badt", "forget": {"percent": 20, "shuffle": 4}, "steps": 2}}, {"type": "run", "request": {"method": "sisa", "forget": {"items": [5]}}},
        {"type": "run", "request": {"method": "receraser", "forget": {"interactions": [[3, 2], [4, 9]]}}}, {"type": "retrain", "forget": {"standard": True}, "seed": 3},
        {"type": "adapter"}, {"type": "reset"}, {"type": "start"}, {"type": "add_retrain", "bytes": [1, 2]}, {"type": "add_cross_fit", "bytes": [1, 2]},
        {"type": "load", "model": [{"name": "manifest.json", "bytes": [123, 125]}], "data": []},
        {"type": "train", "data": [{"name": "ratings.csv", "bytes": list(b"userId,movieId,rating,timestamp\n1,1,3.0,1\n")}, {"name": "movies.csv", "bytes": list(b"movieId,title,genres\n1,A,B\n")}], "seed": 1, "epochs": 1},
    ]
    lines = [json.dumps(message, separators=(",", ":")).encode() for message in many]
    for message, line in zip(many, lines):
        name = message.get("request", {}).get("method", message["type"]) if message["type"] == "run" else message["type"]
        seed("message", name, line)
    seed("message", "sequence", b"\n".join([lines[5], lines[2], lines[3], lines[10]]))


if __name__ == "__main__":
    for make in (data, archives, gguf_files, weights, adapters, configs, manifests, tokenizers, messages):
        make()
