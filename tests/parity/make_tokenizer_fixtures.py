"""Encodes prompts of the shipped data with the Python `tokenizers` library, as reference for the prompts and tokens of the Rust code.

This script implements the prompts a second time, from the protocol and the CSV files alone. It uses one thousand training, validation and test samples
of each data set, evenly spaced over all in time order, in both templates. It stores a SHA-256 of every prompt's text and ids (the first eight bytes of
each), and twenty prompts in full.
"""

import collections
import csv
import gzip
import hashlib
import json
import re
from pathlib import Path

import tokenizers

HERE = Path(__file__).parent
DATA = HERE.parent.parent / "public/data"
N_PROMPTS, N_WHOLE, WINDOW, MIN_HISTORY, K = 1000, 20, 100_000, 5, 10


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def movies():
    ratings = [(int(r["timestamp"]), int(r["userId"]), int(r["movieId"]), float(r["rating"])) for r in rows(DATA / "ml-latest-small/ratings.csv")]
    items = {}
    for row in rows(DATA / "ml-latest-small/movies.csv"):
        full = row["title"].strip()
        found = re.fullmatch(r"(.*\S)\s*\((\d{4})(?:[-–]\s*(?:\d{4})?\s*)?\)", full)
        items[int(row["movieId"])] = (found[1], int(found[2]), None) if found else (full, None, None)
    return ratings, items


def books():
    lines = rows(DATA / "goodbooks-10k/ratings.csv")
    ratings = [(n, int(r["user_id"]), int(r["book_id"]), float(r["rating"])) for n, r in enumerate(lines)]
    items = {}
    for row in rows(DATA / "goodbooks-10k/books.csv"):
        authors = [name.strip() for name in row["authors"].split(",") if name.strip()]
        items[int(row["book_id"])] = (row["title"].strip(), None, authors[0] if authors else None)
    return ratings, items


def samples(ratings):
    """(history, target) of every sample, in time order."""
    past, found = {}, []
    for _, user, item, rating in sorted(ratings, key=lambda r: r[:3]):
        before = past.setdefault(user, [])
        if len(before) >= MIN_HISTORY:
            found.append((before[-K:], item))
        before.append((item, rating))
    return found[-WINDOW:]


def simple(history, target, items, book):
    thing, seen = ("book", "read") if book else ("movie", "watched")

    def title(item):
        name, year, _ = items[item]
        return f"{name} ({year})" if year is not None else name

    def stars(rating):
        return f"{rating:g} star" + ("" if rating == 1 else "s")

    listed = [f"{k}. {title(item)} ({stars(rating)})" for k, (item, rating) in enumerate(history)]
    return (
        f"The user {seen} the following {thing}s in order in the past, and rated them:\n{listed}\n"
        f"Based on the {thing}s the user has {seen}, deduce if the user will like the {thing} ***{title(target)}***.\n"
        f"Note that more stars the user rated the {thing}, the user liked the {thing} more.\nYou should ONLY tell me yes or no.\n"
    )


def compact(history, target, items, book):
    def title(item):
        name, (_, year, author) = short(items[item][0]), items[item]
        if shared_titles(items)[name] == 1:
            return name
        return name + (f" by {author}" if author else f" ({year})" if year is not None else "")

    lines = "".join(f"\n{title(item)}:{rating:g}" for item, rating in history)
    return f"{'Books' if book else 'Films'} rated out of 5:{lines}\n{title(target)}:"


def short(name):
    while name.endswith(")") and " (" in name and name[: name.rindex(" (")].strip():
        name = name[: name.rindex(" (")].strip()
    for article in ("The", "A", "An"):
        if name.endswith(f", {article}"):
            return f"{article} {name[: -len(article) - 2].strip()}"
    return name


SHARED = {}


def shared_titles(items):
    """How many items bear each short title."""
    if id(items) not in SHARED:
        SHARED[id(items)] = collections.Counter(short(name) for name, _, _ in items.values())
    return SHARED[id(items)]


def main():
    tokenizer = tokenizers.Tokenizer.from_str(gzip.decompress((HERE / "fixtures/smollm2-tokenizer.json.gz").read_bytes()).decode())
    fixture = {"tokenizers": tokenizers.__version__, "sets": []}
    for name, (ratings, items), book in [("ml-latest-small", movies(), False), ("goodbooks-10k", books(), True)]:
        every = samples(ratings)
        chosen = [k * len(every) // N_PROMPTS for k in range(N_PROMPTS)]
        for template in (simple, compact):
            hashes, whole, lengths = [], [], []
            for n, k in enumerate(chosen):
                text = template(*every[k], items, book)
                ids = tokenizer.encode(text, add_special_tokens=False).ids
                lengths.append(len(ids))
                digest = hashlib.sha256(text.encode() + b"".join(i.to_bytes(4, "little") for i in ids))
                hashes.append(digest.hexdigest()[:16])
                if n % (N_PROMPTS // N_WHOLE) == 0:
                    whole.append({"at": n, "text": text, "ids": ids})
            mean = sum(lengths) / len(lengths)
            print(name, template.__name__, f"mean {mean:.1f}, max {max(lengths)} tokens")
            fixture["sets"].append({
                "dataset": name, "template": template.__name__, "n_samples": len(every), "mean_tokens": mean, "hashes": hashes, "whole": whole,
            })
    out = HERE / "fixtures/tokens.json"
    out.write_text(json.dumps(fixture, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
