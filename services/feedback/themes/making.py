"""Makes the weights and the card of a model that suggests themes; needs `requirements/train.txt`."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from services.feedback.themes.card import SEEDS, Means, means_of, write_card, write_own_card
from services.feedback.themes.examples import Example, read_examples
from services.feedback.themes.suggesting import load_model
from services.feedback.themes.taxonomy import TODAY
from services.feedback.themes.training import (
    Data,
    Figures,
    TooFewLabels,
    numbers_of,
    products_of,
    try_held_out,
    weights_of,
)

PIECES_MIN = 200


class OwnModel(NamedTuple):
    """A model of a trust's own labels, and how it does beside the one that ships on the same pieces."""

    weights: bytes
    card: str
    own: Means
    shipped: Means

    @property
    def is_better(self) -> bool:
        """Whether it is right more often than the model that ships."""
        return self.own.micro > self.shipped.micro


def make_model() -> tuple[bytes, str]:
    """The file of weights, and the card in Markdown."""
    data = numbers_of(read_examples())
    products = products_of(data)
    found = [try_held_out(products, data, seed) for seed in SEEDS]
    weights = weights_of(products, data, TODAY)
    return weights, write_card(data, found, weights)


def make_own_model(examples: Sequence[Example], name: str) -> OwnModel:
    """The model of these examples alone; TooFewLabels where they say too little."""
    if len(examples) < PIECES_MIN:
        raise TooFewLabels(f"A person has labelled {len(examples)} pieces; a model needs {PIECES_MIN}.")
    data = numbers_of(examples)
    products = products_of(data)
    found = [try_held_out(products, data, seed) for seed in SEEDS]
    beside = suggested_by_shipped(data)
    others = [Figures(each.truth, beside[each.rows], each.rows) for each in found]
    weights = weights_of(products, data, TODAY)
    own, shipped = means_of(found), means_of(others)
    return OwnModel(weights, write_own_card(data, found, weights, name, shipped), own, shipped)


def suggested_by_shipped(data: Data) -> np.ndarray:
    """What the model that ships suggests for each example, of the labels that the examples have."""
    model = load_model()
    codes = [{each.code for each in model.suggest(e.text, e.question, e.rating)} for e in data.kept]
    return np.array([[label in suggested for label in data.labels] for suggested in codes])
