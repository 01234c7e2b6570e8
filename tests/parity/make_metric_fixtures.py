"""Reference values of every measure from scikit-learn and SciPy: writes fixtures/metrics.json (see README.md)."""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.spatial.distance import jensenshannon
from scipy.special import log_softmax, rel_entr, softmax
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

YES, NO = 5, 4
rng = np.random.default_rng(20261121)


def quality_case(name, p, labels):
    one_class = len(set(labels.tolist())) < 2
    return {
        "name": name,
        "p_yes": p.tolist(),
        "labels": labels.tolist(),
        "auc": None if one_class else float(roc_auc_score(labels, p)),
        "acc": float(accuracy_score(labels, p > 0.5)),
        "logloss": float(log_loss(labels, p, labels=[False, True])),
        "liked": np.histogram(p[labels], bins=20, range=(0, 1))[0].tolist(),
        "disliked": np.histogram(p[~labels], bins=20, range=(0, 1))[0].tolist(),
    }


def from_probabilities(p, q):
    jsd = np.array([jensenshannon(a, b) ** 2 for a, b in zip(p, q)])
    sym_kl = 0.5 * rel_entr(p, q).sum(1) + 0.5 * rel_entr(q, p).sum(1)
    return {"jsd": float(jsd.mean()), "sym_kl": float(sym_kl.mean()), "l2": float(np.linalg.norm(p - q, axis=1).mean())}


def from_logits(a, b):
    """The same, but with KL from log-softmax: rel_entr is infinite where a probability underflows."""
    out = from_probabilities(softmax(a, axis=1), softmax(b, axis=1))
    la, lb = log_softmax(a, axis=1), log_softmax(b, axis=1)
    kl_ab, kl_ba = (np.exp(la) * (la - lb)).sum(1), (np.exp(lb) * (lb - la)).sum(1)
    out["sym_kl"] = float((0.5 * kl_ab + 0.5 * kl_ba).mean())
    return out


def divergence_case(name, a, b):
    a, b = a.astype(np.float32), b.astype(np.float32)
    wide_a, wide_b = a.astype(np.float64), b.astype(np.float64)
    pair = [YES, NO]
    return {
        "name": name,
        "width": a.shape[1],
        "logits_p": a.ravel().tolist(),
        "logits_q": b.ravel().tolist(),
        "softmax_p": softmax(wide_a, axis=1).ravel().tolist(),
        "full": from_logits(wide_a, wide_b),
        "yes_no": from_logits(wide_a[:, pair], wide_b[:, pair]),
    }


def main():
    smooth = rng.beta(2, 2, 200)
    coarse = rng.integers(0, 5, 150) / 5 + 0.01  # many ties, off the bin edges
    extreme = 1 / (1 + np.exp(-rng.normal(0, 60, 80)))
    base = rng.normal(0, 2, (24, 16))
    near = base + rng.normal(0, 0.05, base.shape)
    far = rng.normal(0, 2, base.shape)
    dirichlet_p, dirichlet_q = rng.dirichlet(np.full(7, 0.3), 20), rng.dirichlet(np.full(7, 0.3), 20)
    fixture = {
        "made_with": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
        "yes": YES,
        "no": NO,
        "quality": [
            quality_case("smooth", smooth, rng.random(200) < smooth),
            quality_case("ties", coarse, rng.random(150) < 0.6),
            quality_case("one value", np.full(30, 0.37), rng.random(30) < 0.5),
            quality_case("extreme", extreme, rng.random(80) < 0.5),
            quality_case("zeros and ones", np.array([0.0, 1.0, 1.0, 0.0, 0.5]), np.array([True, True, False, False, True])),
            quality_case("one class", rng.random(12), np.ones(12, bool)),
        ],
        "divergence": [
            divergence_case("near", base, near),
            divergence_case("far", base, far),
            divergence_case("equal", base[:4], base[:4] + 3),
            divergence_case("extreme", base * 40, far * 40),
            divergence_case("underflow", base[:6] * 400, far[:6] * 400),
            divergence_case("wide", rng.normal(0, 3, (2, 300)), rng.normal(0, 3, (2, 300))),
        ],
        "probabilities": {
            "width": 7,
            "p": dirichlet_p.ravel().tolist(),
            "q": dirichlet_q.ravel().tolist(),
            **from_probabilities(dirichlet_p, dirichlet_q),
        },
    }
    out = Path(__file__).parent / "fixtures" / "metrics.json"
    out.write_text(json.dumps(fixture, allow_nan=False) + "\n")
    print(f"{out.name}: {out.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
