"""Makes the weights and the card of the model that suggests themes; needs `requirements/train.txt`."""

from services.feedback.themes.card import SEEDS, write_card
from services.feedback.themes.examples import read_examples
from services.feedback.themes.taxonomy import TODAY
from services.feedback.themes.training import numbers_of, products_of, try_held_out, weights_of


def make_model() -> tuple[bytes, str]:
    """The file of weights, and the card in Markdown."""
    data = numbers_of(read_examples())
    products = products_of(data)
    found = [try_held_out(products, data, seed) for seed in SEEDS]
    weights = weights_of(products, data, TODAY)
    return weights, write_card(data, found, weights)
