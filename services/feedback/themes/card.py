"""The card of the model that suggests themes: what it was made from, how often it is right, and what for."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from sklearn.metrics import f1_score, precision_recall_fscore_support

from services.feedback.themes.suggesting import read_model
from services.feedback.themes.training import HELD_OUT, Data, Figures

SEEDS = (0, 1, 2)
CARD = """# The model that suggests themes

Version `{version}`, for the labels of edition {edition}. `doorway feedback train{own}` made this page and the
weights. The same command with the same packages{same} gives the same figures.

## What it was made from

{made_from}
- It reads words, pairs of words, parts of words, the question and the Friends and Family rating. It is a
  ridge regression. The features are numbers of buckets, so the weights list no words.

## How often it is right

Each split holds out {held_out:.0%} of the respondents. No comment of a held-out person was trained on, and
the limits were chosen within the rest. How rare a feature is was counted over
all comments, without their labels.

| split (seed) | micro F1 | macro F1 |
|---|---|---|
{splits}

{judged}

By label, all three held-out parts together; one comment may count up to three times. A comment gets a
suggestion when its score is above the limit of the label.

| label | labelled | held out | precision | recall | F1 | limit |
|---|---|---|---|---|---|---|
{labels}

## What it must not be used for

- It does not decide. A person accepts or refuses each suggestion.
- Do not count suggestions as themes, publish them, or compare trusts, services or people by them.
- Do not use it to find danger, complaints or urgent pieces: it was not trained for that.
- It reads English. It has not been tried on translated or dictated words, or on other kinds of services.
- Labels with few held-out examples have uncertain figures.
"""
SHIPPED_FROM = """\
- {comments:,} comments of {people:,} respondents that people labelled, with {count} labels that have at least
  ten examples. They come from two trusts, RX6 and RHA (inferred), 2021-2022. RHA is partly mental health.
- MIT licence, © 2021 NHS England: see `README.md` in this folder. The labels were given in edition v6, and
  are read as v7 by the crosswalk."""
SHIPPED_JUDGED = """\
The aim was 0.75 and 0.55: it misses the first. The settings were chosen on splits of the same comments, so
expect a little less for other trusts."""
OWN_FROM = """\
- {comments:,} pieces of feedback about {name} that a person labelled, or for which
  one refused a theme, with {count} labels that have at least ten examples. It never suggests any other label.
- Labels that a person accepted from suggestions are among them, so it learns partly from an earlier model.
- Nobody knows which pieces are of one person. Each counts as its own respondent, which flatters a little.
- Words that are erased later leave a trace in the numbers: train it again then."""
OWN_JUDGED = """\
On the same held-out pieces the model that ships has micro F1 {micro:.3f} and macro F1 {macro:.3f}. If
these comments are among those that it was trained on, that is too good."""


class Means(NamedTuple):
    """The mean of the splits."""

    micro: float
    macro: float


def pairs_of(found: Sequence[Figures]) -> list[Means]:
    """Micro and macro F1 of each split."""
    return [
        Means(*(f1_score(each.truth, each.suggested, average=how, zero_division=0) for how in Means._fields))
        for each in found
    ]


def means_of(found: Sequence[Figures]) -> Means:
    """The mean of micro and macro F1."""
    micro, macro = np.mean(pairs_of(found), axis=0)
    return Means(float(micro), float(macro))


def write_card(data: Data, found: Sequence[Figures], weights: bytes) -> str:
    """The card in Markdown, from what was found in the held-out part of each seed."""
    made_from = SHIPPED_FROM.format(
        comments=len(data.truth), people=len(set(data.respondents)), count=len(data.labels)
    )
    texts = {"own": "", "same": "", "made_from": made_from, "judged": SHIPPED_JUDGED}
    return fill_card(data, found, weights, texts)


def write_own_card(data: Data, found: Sequence[Figures], weights: bytes, name: str, shipped: Means) -> str:
    """The card of a trust's own model, beside what the one that ships does on the same pieces."""
    made_from = OWN_FROM.format(comments=len(data.truth), count=len(data.labels), name=name)
    judged = OWN_JUDGED.format(micro=shipped.micro, macro=shipped.macro)
    texts = {"own": " --own", "same": " and the same labels", "made_from": made_from, "judged": judged}
    return fill_card(data, found, weights, texts)


def fill_card(data: Data, found: Sequence[Figures], weights: bytes, texts: Mapping[str, str]) -> str:
    """A card with these texts and all figures."""
    head, means = read_model(weights).head, means_of(found)
    splits = [f"| {seed} | {a:.3f} | {b:.3f} |" for seed, (a, b) in zip(SEEDS, pairs_of(found), strict=True)]
    splits.append(f"| mean | {means.micro:.3f} | {means.macro:.3f} |")
    return CARD.format(
        version=head.version,
        edition=head.edition,
        held_out=HELD_OUT,
        splits="\n".join(splits),
        labels="\n".join(lines_of_labels(data, found, head.limits)),
        **texts,
    )


def lines_of_labels(data: Data, found: Sequence[Figures], limits: Sequence[float]) -> list[str]:
    """One line of the table for each label."""
    truth = np.concatenate([each.truth for each in found])
    suggested = np.concatenate([each.suggested for each in found])
    columns = precision_recall_fscore_support(truth, suggested, zero_division=0)
    rows = zip(data.labels, data.truth.sum(0), *columns, limits, strict=True)
    return [
        f"| {label} | {labelled} | {held} | {precision:.2f} | {recall:.2f} | {f1:.2f} | {limit:.3f} |"
        for label, labelled, precision, recall, f1, held, limit in rows
    ]
