#!/usr/bin/env python3
"""Matrix factorisation and SASRec, trained in PyTorch on the rows that a nano is trained on: what other recommenders of this size reach.

    pip install -r bench/requirements.txt
    python bench/recommenders.py public/data/ml-latest-small --seeds 1,2,3

The split is the project's (the paper's code): ratings in time order, a row for each rating with at least five before it of the same person, of which
the first 60 % are trained on, the next 20 % validate and the last 20 % test. A rating above 3 is a Yes. Both models see what the nano sees: ids and
ratings. The number of epochs is the one with the best validation AUC.

- Matrix factorisation (Koren et al. 2009, doi 10.1109/MC.2009.263): logit = b + b_user + b_item + <p_user, q_item>. Who was never trained on has
  only the item's bias.
- The same with p_user made of the person's last ten ratings, sum of (rating - 3) y_item (the implicit part of SVD++, Koren 2008), so that people who
  are new have one too.
- SASRec (arXiv 1808.09781): two causal self-attention layers over the last fifty ratings, item and rating each with a vector, logit = <h, q_item> +
  b_item.

Prints AUC on validation and test per seed, and their mean.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
import torch
from torch import nn

MIN_HISTORY, WINDOW = 5, 100_000
LIKED = 3.0


def read(folder: Path) -> list[tuple[int, int, float, int]]:
    """All ratings as (user, item, rating, time); without timestamps the row number is the time."""
    with (folder / "ratings.csv").open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        return [(int(r[0]), int(r[1]), float(r[2]), int(r[3]) if len(r) > 3 else at) for at, r in enumerate(rows)]


def split(ratings: list, length: int):
    """Users, items, labels and histories (items and ratings, newest last, 0 where there is none) of all rows in time order."""
    order = sorted(ratings, key=lambda r: (r[3], r[0], r[1]))
    items = {item: k + 1 for k, item in enumerate(sorted({r[1] for r in ratings}))}
    users = {user: k for k, user in enumerate(sorted({r[0] for r in ratings}))}
    past: dict[int, list] = {}
    rows = []
    for user, item, rating, _ in order:
        before = past.setdefault(user, [])
        if len(before) >= MIN_HISTORY:
            rows.append((users[user], items[item], rating > LIKED, before[-length:]))
        before.append((items[item], rating))
    rows = rows[-WINDOW:]
    history = np.zeros((len(rows), length), np.int64)
    stars = np.zeros((len(rows), length), np.float32)
    for k, row in enumerate(rows):
        taken = row[3]
        history[k, length - len(taken) :] = [item for item, _ in taken]
        stars[k, length - len(taken) :] = [rating for _, rating in taken]
    columns = [torch.tensor([row[k] for row in rows]) for k in range(3)]
    n = len(rows)
    return (*columns, torch.tensor(history), torch.tensor(stars)), len(users), len(items) + 1, (n * 6 // 10, n * 8 // 10)


def auc(scores: np.ndarray, labels: np.ndarray) -> float:
    """Area under the ROC curve by ranks; equal scores share their rank."""
    _, idx, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[idx]
    n_yes = labels.sum()
    return float((ranks[labels].sum() - n_yes * (n_yes + 1) / 2) / (n_yes * (len(labels) - n_yes)))


class Factors(nn.Module):
    """Matrix factorisation, by users' own vectors or by what they rated."""

    def __init__(self, n_users: int, n_items: int, width: int, by_history: bool):
        super().__init__()
        self.by_history = by_history
        self.user, self.item, self.rated = nn.Embedding(n_users, width), nn.Embedding(n_items, width), nn.Embedding(n_items, width)
        self.user_bias, self.item_bias = nn.Embedding(n_users, 1), nn.Embedding(n_items, 1)
        self.bias = nn.Parameter(torch.zeros(()))
        for table in (self.user, self.item, self.rated):
            nn.init.normal_(table.weight, std=0.02)
        for table in (self.user_bias, self.item_bias):
            nn.init.zeros_(table.weight)

    def forward(self, user, item, history, stars):
        if self.by_history:
            history, stars = history[:, -10:], stars[:, -10:]
            seen = (history > 0).float()
            weight = (stars - LIKED) * seen / seen.sum(1, keepdim=True).sqrt()
            person = (self.rated(history) * weight[..., None]).sum(1)
            mean = ((stars - LIKED) * seen).sum(1) / seen.sum(1)
            own = self.user_bias.weight.mean() + mean
        else:
            person, own = self.user(user), self.user_bias(user)[:, 0]
        return self.bias + own + self.item_bias(item)[:, 0] + (person * self.item(item)).sum(1)


class SasRec(nn.Module):
    """Causal self-attention over the last ratings."""

    def __init__(self, n_items: int, length: int, width: int, dropout: float):
        super().__init__()
        self.item, self.position, self.rating = nn.Embedding(n_items, width, padding_idx=0), nn.Embedding(length, width), nn.Embedding(11, width)
        self.bias = nn.Embedding(n_items, 1)
        nn.init.zeros_(self.bias.weight)
        for table in (self.item, self.position, self.rating):
            nn.init.normal_(table.weight, std=0.02)
        layer = nn.TransformerEncoderLayer(width, 2, 4 * width, dropout, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, 2, nn.LayerNorm(width), enable_nested_tensor=False)
        self.drop = nn.Dropout(dropout)
        self.register_buffer("causal", nn.Transformer.generate_square_subsequent_mask(length))

    def forward(self, _user, item, history, stars):
        x = self.item(history) + self.rating((stars * 2).long()) + self.position.weight
        empty = torch.zeros(history.shape).masked_fill(history == 0, -1e9)
        last = self.blocks(self.drop(x), mask=self.causal, src_key_padding_mask=empty)[:, -1]
        return (last * self.item(item)).sum(1) + self.bias(item)[:, 0]


def fit(model: nn.Module, rows, cuts, lr: float, decay: float, epochs: int) -> tuple[float, float]:
    """Validation and test AUC at the best epoch."""
    users, items, labels, history, stars = rows
    optimiser = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=decay)
    best = (0.0, 0.0)

    def scores(part: slice) -> float:
        model.eval()
        with torch.no_grad():
            found = torch.cat([model(users[k], items[k], history[k], stars[k]) for k in torch.arange(part.start, part.stop).split(2048)])
        return auc(found.numpy(), labels[part].numpy())

    for _ in range(epochs):
        model.train()
        for k in torch.randperm(cuts[0]).split(128):
            loss = nn.functional.binary_cross_entropy_with_logits(model(users[k], items[k], history[k], stars[k]), labels[k].float())
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        best = max(best, (scores(slice(*cuts)), scores(slice(cuts[1], len(users)))))
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder with ratings.csv of MovieLens or goodbooks-10k")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--epochs", type=int, default=8)
    args = parser.parse_args()
    rows, n_users, n_items, cuts = split(read(args.data), 50)
    assert n_users and (rows[3][:, -MIN_HISTORY:] > 0).all(), "every row has a history"
    models = {
        "matrix factorisation": (lambda: Factors(n_users, n_items, 64, False), 2e-3, 1.0),
        "the same, by history": (lambda: Factors(n_users, n_items, 64, True), 2e-3, 1.0),
        "SASRec": (lambda: SasRec(n_items, 50, 64, 0.2), 1e-3, 0.1),
    }
    for name, (make, lr, decay) in models.items():
        found = []
        for seed in map(int, args.seeds.split(",")):
            torch.manual_seed(seed)
            found.append(fit(make(), rows, cuts, lr, decay, args.epochs))
            print(f"{name}, seed {seed}: validation {found[-1][0]:.4f}, test {found[-1][1]:.4f}", flush=True)
        valid, test = np.mean(found, axis=0)
        print(f"{name}: mean validation {valid:.4f}, test {test:.4f}", flush=True)


if __name__ == "__main__":
    main()
