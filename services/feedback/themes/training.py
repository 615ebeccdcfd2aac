"""Trains the model that suggests themes; needs `requirements/train.txt`, which no service has.

The model is a ridge regression on words and parts of words, solved in closed form, with a limit for each
label. The limits come from a cross-validation by respondent, so that no limit is chosen on its own comments.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_matrix, diags
from sklearn.model_selection import GroupKFold, GroupShuffleSplit

from services.feedback.themes.examples import Example
from services.feedback.themes.features import BLOCKS, BUCKETS, features_of
from services.feedback.themes.suggesting import MIDDLE, Head, write_model

EXAMPLES_MIN = 10
RARE_BELOW = (2, 3, 2)
SHRINKING = 1.5
CONSTANT = 0.1
FOLDS = 5
HELD_OUT = 0.25
RARITY_UNIT = 24
PRECISION = np.float32


class Data(NamedTuple):
    """Examples as numbers: one row each, and who said it."""

    features: csr_matrix
    rarity: np.ndarray
    truth: np.ndarray
    respondents: np.ndarray
    labels: list[str]
    kept: list[Example]


class Figures(NamedTuple):
    """What was found in one held-out part: its rows, and truth and suggestion by row and label."""

    truth: np.ndarray
    suggested: np.ndarray
    rows: np.ndarray


class TooFewLabels(ValueError):
    """There is too little to learn from."""


def numbers_of(examples: Sequence[Example]) -> Data:
    """The examples as numbers; labels with fewer than ten are left out. TooFewLabels if none is left."""
    counts = Counter(label for example in examples for label in example.labels)
    labels = sorted(label for label, count in counts.items() if count >= EXAMPLES_MIN)
    kept = [each for each in examples if each.refused or not each.labels.isdisjoint(labels)]
    if not labels:
        raise TooFewLabels(f"No theme has {EXAMPLES_MIN} labelled pieces.")
    read = [features_of(example.text, example.question, example.rating) for example in kept]
    rarity = rarity_of(read)
    parts = [matrix_of([each[n] for each in read], rarity, block.weight) for n, block in enumerate(BLOCKS)]
    return Data(
        features=sum(parts[1:], parts[0]).tocsr(),
        rarity=rarity,
        truth=np.array([[label in example.labels for label in labels] for example in kept]),
        respondents=np.array([example.respondent for example in kept]),
        labels=labels,
        kept=kept,
    )


def rarity_of(read: Sequence[Sequence[frozenset[int]]]) -> np.ndarray:
    """How rare each bucket is, as a byte; 0 where it is too rare to learn from."""
    rarity = np.zeros(BUCKETS)
    for number, least in enumerate(RARE_BELOW):
        for bucket, count in Counter(bucket for each in read for bucket in each[number]).items():
            if count >= least:
                rarity[bucket] = min(255, round(RARITY_UNIT * (np.log((1 + len(read)) / (1 + count)) + 1)))
    return rarity


def matrix_of(read: Sequence[frozenset[int]], rarity: np.ndarray, weight: float) -> csr_matrix:
    """One block as rows of one length, so that long comments do not outweigh short ones."""
    ends = np.cumsum([0, *map(len, read)])
    columns = np.array([bucket for each in read for bucket in sorted(each)], dtype=np.int64)
    rows = csr_matrix((rarity[columns].astype(PRECISION), columns, ends), (len(read), BUCKETS))
    lengths = np.sqrt(rows.multiply(rows).sum(1)).A1
    return diags((np.sqrt(weight) / np.where(lengths, lengths, 1.0)).astype(PRECISION)) @ rows


def products_of(data: Data) -> np.ndarray:
    """How alike each two comments are."""
    return (data.features @ data.features.T).toarray() + CONSTANT


def solve(products: np.ndarray, data: Data, known: np.ndarray) -> np.ndarray:
    """The weight of each known comment for each label."""
    ridge = products[np.ix_(known, known)] + SHRINKING * np.eye(len(known), dtype=PRECISION)
    return cho_solve(cho_factor(ridge), data.truth[known].astype(PRECISION) * 2 - 1)


def score(products: np.ndarray, data: Data, known: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """The scores of some comments by a model of others."""
    return products[np.ix_(asked, known)] @ solve(products, data, known)


def limits_of(products: np.ndarray, data: Data, known: np.ndarray) -> np.ndarray:
    """The limit of each label that gives the best F1 on comments that the model had not seen."""
    scores = np.zeros((len(known), len(data.labels)))
    for inner, outer in GroupKFold(FOLDS).split(known, groups=data.respondents[known]):
        scores[outer] = score(products, data, known[inner], known[outer])
    return np.array([best_limit(*pair) for pair in zip(scores.T, data.truth[known].T, strict=True)])


def best_limit(scores: np.ndarray, truth: np.ndarray) -> float:
    """The limit of one label with the best F1: half-way between two scores."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order])
    best = int(np.argmax(2 * hits / (np.arange(1, len(order) + 1) + truth.sum())))
    after = min(best + 1, len(order) - 1)
    return float(scores[order[best]] + scores[order[after]]) / 2


def try_held_out(products: np.ndarray, data: Data, seed: int) -> Figures:
    """Train on three quarters of the respondents, and suggest for the others."""
    split = GroupShuffleSplit(1, test_size=HELD_OUT, random_state=seed)
    known, asked = next(split.split(data.truth, groups=data.respondents))
    limits = limits_of(products, data, known)
    return Figures(data.truth[asked], score(products, data, known, asked) > limits, asked)


def weights_of(products: np.ndarray, data: Data, edition: str) -> bytes:
    """The file of the model that is trained on all comments."""
    everyone = np.arange(len(data.truth))
    limits, answers = limits_of(products, data, everyone), solve(products, data, everyone)
    columns = np.sqrt([block.weight for block in BLOCKS for _ in range(block.size)])
    weights = np.asarray(data.features.T @ answers) / columns[:, None]
    scales = np.abs(weights).max(0) / (MIDDLE - 1)
    packed = np.rint(weights / scales + MIDDLE).astype(np.uint8).tobytes()
    head = Head(
        version=hashlib.sha256(packed).hexdigest()[:12],
        edition=edition,
        labels=data.labels,
        limits=[round(float(each), 6) for each in limits],
        scales=[float(f"{each:.8g}") for each in scales],
        start=[round(float(each), 6) for each in CONSTANT * answers.sum(0)],
    )
    return write_model(head, data.rarity.astype(np.uint8).tobytes(), packed)
