"""Computes reference values of every metric with scikit-learn and SciPy and writes fixtures/metrics.json (see README.md)."""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.spatial.distance import jensenshannon
from scipy.special import log_softmax, rel_entr, softmax
from scipy.stats import ks_2samp, ttest_rel
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

YES, NO = 5, 4
rng = np.random.default_rng(20261121)
later = np.random.default_rng(20261122)  # of its own, so that the cases above it keep their values


def ece(p, labels):
    """Over 15 equal bins of p(Yes), from the bins' means as the definition has them."""
    bins = np.minimum(np.digitize(p, np.linspace(0, 1, 16)) - 1, 14)
    return float(sum((bins == b).mean() * abs(p[bins == b].mean() - labels[bins == b].mean()) for b in np.unique(bins)))


def quality_case(name, p, labels):
    one_class = len(set(labels.tolist())) < 2
    return {
        "name": name,
        "p_yes": p.tolist(),
        "labels": labels.tolist(),
        "auc": None if one_class else float(roc_auc_score(labels, p)),
        "acc": float(accuracy_score(labels, p > 0.5)),
        "logloss": float(log_loss(labels, p, labels=[False, True])),
        "ece": ece(p, labels),
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


def attack_case(name, member, member_ref, other, other_ref):
    is_member = np.r_[np.ones(len(member)), np.zeros(len(other))]
    return {
        "name": name,
        "member": member.tolist(),
        "member_ref": member_ref.tolist(),
        "other": other.tolist(),
        "other_ref": other_ref.tolist(),
        "loss": float(roc_auc_score(is_member, -np.r_[member, other])),
        "reference": float(roc_auc_score(is_member, np.r_[member_ref - member, other_ref - other])),
    }


def ks_case(name, a, b):
    a, b = a.round(6), b.round(6)
    found = ks_2samp(a, b, method="asymp")
    return {"name": name, "a": a.tolist(), "b": b.tolist(), "statistic": float(found.statistic), "p": float(found.pvalue)}


def paired_case(name, a, b):
    found = ttest_rel(a, b)
    return {
        "name": name,
        "a": a.tolist(),
        "b": b.tolist(),
        "mean_difference": float((a - b).mean()),
        "t": float(found.statistic),
        "p": float(found.pvalue),
    }


def logistic_case(name, design, labels, l2):
    model = LogisticRegression(C=1 / l2, tol=1e-10, solver="newton-cholesky", max_iter=1000).fit(design, labels)
    return {
        "name": name,
        "width": design.shape[1],
        "design": design.ravel().tolist(),
        "labels": labels.tolist(),
        "l2": l2,
        "weights": [float(model.intercept_[0]), *model.coef_[0].tolist()],
        "p_yes": model.predict_proba(design)[:, 1].tolist(),
    }


def later_cases():
    """Everything that draws from `later`."""
    easy, hard = later.gamma(2, 0.2, 60), later.gamma(2, 0.3, 45)
    normal = later.normal
    design = normal(0, 1, (120, 4))
    design[:, 3] = 0.9 * design[:, 0] + 0.1 * design[:, 3]  # nearly collinear
    answers = later.random(120) < 1 / (1 + np.exp(-(0.4 + design @ [1.0, -0.7, 0.0, 0.5])))
    wide = normal(0, [1, 30, 0.02], (60, 3))  # not standardised
    return {
        "attack": [
            attack_case("members are easier", easy, easy + normal(0.1, 0.1, 60), hard, hard + normal(0, 0.1, 45)),
            attack_case("ties", easy.round(1), easy.round(1) + 0.25, hard.round(1), hard.round(1) + 0.25 * later.integers(0, 3, 45)),
        ],
        # Effective sizes from 1 to 1,200, so that every formula of the tail has its cases.
        "ks": [
            ks_case("tiny", normal(0, 1, 3), normal(0.5, 1, 2)),
            ks_case("small, equal", normal(0, 1, 40), normal(0, 1, 25)),
            ks_case("small, apart", normal(0, 1, 40), normal(0.8, 1, 25)),
            ks_case("small, very far apart", normal(0, 1, 30), normal(4, 1, 30)),
            ks_case("ties", later.integers(0, 6, 90) / 5, later.integers(0, 6, 140) / 5),
            ks_case("middle, equal", normal(0, 1, 500), normal(0, 1, 450)),
            ks_case("middle, near", normal(0, 1, 700), normal(0.07, 1, 800)),
            ks_case("large, equal", normal(0, 1, 1100), normal(0, 1, 1000)),
            ks_case("large, near", normal(0, 1, 2400), normal(0.03, 1, 2400)),
            ks_case("large, apart", normal(0, 1, 1300), normal(0.2, 1, 1000)),
        ],
        "paired": [
            paired_case("three seeds", np.array([0.771, 0.764, 0.78]), np.array([0.752, 0.759, 0.755])),
            paired_case("two pairs", np.array([1.0, 2.0]), np.array([0.5, 2.25])),
            paired_case("no difference", normal(0, 1, 8), normal(0, 1, 8)),
            paired_case("five seeds, negative", normal(0, 0.1, 5), normal(0.5, 0.1, 5)),
            paired_case("many", normal(0, 1, 60), normal(0.3, 1, 60)),
            paired_case("far", normal(0, 0.01, 12), normal(9, 0.01, 12)),
        ],
        "logistic": [
            logistic_case("nearly collinear", design, answers, 1.0),
            logistic_case("strong penalty", design[:, :2], answers, 25.0),
            logistic_case("separable", design[:, :1], design[:, 0] > 0.1, 0.5),
            logistic_case("unscaled", wide, wide[:, 1] + normal(0, 20, 60) > 10, 2.0),
        ],
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
        **later_cases(),
    }
    out = Path(__file__).parent / "fixtures" / "metrics.json"
    out.write_text(json.dumps(fixture, allow_nan=False) + "\n")
    print(f"{out.name}: {out.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
