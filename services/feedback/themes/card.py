"""The card of the model that suggests themes: what it was made from, how often it is right, and what for."""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import f1_score, precision_recall_fscore_support

from services.feedback.themes.suggesting import read_model
from services.feedback.themes.training import HELD_OUT, Data, Figures

SEEDS = (0, 1, 2)
CARD = """# The model that suggests themes

Version `{version}`, for the labels of edition {edition}. `doorway feedback train` made this page and the
weights. The same command with the same packages gives the same figures.

## What it was made from

- {comments:,} comments of {people:,} respondents that people labelled, with {count} labels that have at least
  ten examples. They come from two trusts, RX6 and RHA (inferred), 2021-2022. RHA is partly mental health.
- MIT licence, © 2021 NHS England: see `README.md` in this folder. The labels were given in edition v6, and
  are read as v7 by the crosswalk.
- It reads words, pairs of words, parts of words, the question and the Friends and Family rating. It is a
  ridge regression. The features are numbers of buckets, so the weights list no words.

## How often it is right

Each split holds out {held_out:.0%} of the respondents. No comment of a held-out person was trained on, and
the limits were chosen within the rest. How rare a feature is was counted over
all comments, without their labels.

| split (seed) | micro F1 | macro F1 |
|---|---|---|
{splits}
| mean | {micro:.3f} | {macro:.3f} |

The aim was 0.75 and 0.55: it misses the first. The settings were chosen on splits of the same comments, so
expect a little less for other trusts.

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


def write_card(data: Data, found: Sequence[Figures], weights: bytes) -> str:
    """The card in Markdown, from what was found in the held-out part of each seed."""
    head = read_model(weights).head
    pairs = [
        [f1_score(each.truth, each.suggested, average=how) for how in ("micro", "macro")] for each in found
    ]
    micro, macro = np.mean(pairs, axis=0)
    return CARD.format(
        version=head.version,
        edition=head.edition,
        comments=len(data.truth),
        people=len(set(data.respondents)),
        count=len(data.labels),
        held_out=HELD_OUT,
        splits="\n".join(
            f"| {seed} | {a:.3f} | {b:.3f} |" for seed, (a, b) in zip(SEEDS, pairs, strict=True)
        ),
        micro=micro,
        macro=macro,
        labels="\n".join(lines_of_labels(data, found, head.limits)),
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
