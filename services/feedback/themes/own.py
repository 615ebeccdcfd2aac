"""Models that trusts trained on their own labels: what they learn from, and where the service finds them.

The weights stand in the database, one model for each organisation: every api has them without a volume, and
they are backed up and deleted with the rest.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.models import Feedback, OrganisationCopy, StoredAnswer, StoredRating
from services.feedback.themes.examples import Example
from services.feedback.themes.models import OwnThemeModel, ThemeRefusal
from services.feedback.themes.suggesting import ThemeModel, load_model, read_model
from shared.clock import now
from shared.schemas import ref_parts

LEARNT_FROM_MAX = 10_000
SCHEMES = ("id", "ods", "ons")
BY_PERSON = [{"by": "person"}]


class OwnModels:
    """The models that this process read last: each takes some 12 MB."""

    KEPT_MAX = 2

    def __init__(self) -> None:
        self.kept: OrderedDict[str, ThemeModel] = OrderedDict()

    async def model_for(self, session: AsyncSession, organisation_id: UUID | None) -> ThemeModel:
        """The model that an organisation trained, or else the one that ships."""
        mine = OwnThemeModel.organisation_id == organisation_id
        version = await session.scalar(select(OwnThemeModel.version).where(mine))
        if version is None:
            return await asyncio.to_thread(load_model)
        if version not in self.kept:
            # In the same transaction, though another may have trained since: then the next request sees it.
            weights = await session.scalar(select(OwnThemeModel.weights).where(mine))
            model = await asyncio.to_thread(read_model, weights or b"")
            version = model.head.version
            self.kept[version] = model
        self.kept.move_to_end(version)
        while len(self.kept) > self.KEPT_MAX:
            self.kept.popitem(last=False)
        return self.kept[version]


async def find_organisation(session: AsyncSession, ref: str) -> OrganisationCopy | None:
    """The organisation with an id or a code: one that has not ended, if there is one."""
    try:
        scheme, value = ref_parts(ref)
    except ValueError:
        return None
    if scheme not in SCHEMES:
        return None
    column = getattr(OrganisationCopy, scheme)
    wanted = select(OrganisationCopy).where(column == value)
    ending = OrganisationCopy.valid_to.is_not(None)
    return (await session.scalars(wanted.order_by(ending, OrganisationCopy.id).limit(1))).one_or_none()


async def own_examples(session: AsyncSession, organisation_id: UUID) -> list[Example]:
    """The newest pieces about an organisation that a person labelled, or for which one refused a theme."""
    refused = (
        select(func.array_agg(ThemeRefusal.code))
        .where(ThemeRefusal.feedback_id == Feedback.id, ThemeRefusal.revision == Feedback.revision)
        .scalar_subquery()
    )
    is_refused = exists().where(
        ThemeRefusal.feedback_id == Feedback.id, ThemeRefusal.revision == Feedback.revision
    )
    columns = (Feedback.id, Feedback.text, Feedback.answers, Feedback.rating, Feedback.themes, refused)
    found = await session.execute(
        select(*columns)
        .where(Feedback.organisation_ids.contains([organisation_id]))
        .where(Feedback.state.not_in(["withdrawn", "erased"]))
        .where(Feedback.themes.contains(BY_PERSON) | is_refused)
        .order_by(Feedback.id.desc())
        .limit(LEARNT_FROM_MAX)
    )
    examples = (example_of_piece(*row) for row in found)
    return [each for each in examples if each.text]


def example_of_piece(  # the columns of a row, in their order
    feedback_id: UUID,
    text: str | None,
    answers: Sequence[StoredAnswer],
    rating: StoredRating | None,
    themes: Sequence[Mapping[str, Any]],
    refused: Sequence[str] | None,
) -> Example:
    """A piece as an example; the question counts where it is the only one that was answered in words."""
    words: list[StoredAnswer] = [{"text": text or ""}, *answers]
    said = [each for each in words if each.get("text")]
    return Example(
        respondent=str(feedback_id),
        text="\n".join(each["text"] for each in said),
        question=said[0].get("question") if len(said) == 1 else None,
        rating=fft_of(rating),
        labels=frozenset(theme["code"] for theme in themes if theme["by"] == "person"),
        refused=frozenset(refused or ()),
    )


def fft_of(rating: StoredRating | None) -> int | None:
    """The answer to the Friends and Family Test from 1 to 5, if that is the rating."""
    is_known = rating is not None and rating["scale"] == "fft" and rating["value"] in {1, 2, 3, 4, 5}
    return int(rating["value"]) if rating and is_known else None


async def keep_model(session: AsyncSession, organisation_id: UUID, weights: bytes, card: str) -> None:
    """Keep the model of an organisation, in the place of the one that it had."""
    values = {
        "version": read_model(weights).head.version,
        "weights": weights,
        "card": card,
        "trained_at": now(),
    }
    stored = insert(OwnThemeModel).values(organisation_id=organisation_id, **values)
    await session.execute(stored.on_conflict_do_update(index_elements=["organisation_id"], set_=values))


async def forget_model(session: AsyncSession, organisation_id: UUID) -> bool:
    """Delete the model of an organisation; whether there was one."""
    gone = delete(OwnThemeModel).where(OwnThemeModel.organisation_id == organisation_id)
    return await session.scalar(gone.returning(OwnThemeModel.version)) is not None
