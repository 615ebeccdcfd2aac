"""Themes that a model suggests for one piece of feedback, and what a person says to them.

They are computed from the words of the moment and kept nowhere, so that nobody counts or publishes them.
"""

import asyncio
from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.errors import NotSuggested
from services.feedback.items.domain import find_feedback_for_insider
from services.feedback.items.events import record_handling
from services.feedback.items.rows import stored_theme
from services.feedback.items.views import is_about_caller
from services.feedback.models import Feedback, StoredAnswer, StoredTheme
from services.feedback.moderation.schemas import ChosenTheme, RefusedTheme, SuggestedTheme, Suggestions
from services.feedback.operators import is_operator
from services.feedback.themes.models import ThemeRefusal
from services.feedback.themes.own import OwnModels, fft_of
from services.feedback.themes.suggesting import Suggestion, ThemeModel
from shared.auth import Caller
from shared.change_request import AttributedEditRequest
from shared.clock import now
from shared.errors import NotFound

MODELS = OwnModels()


async def suggest_themes(session: AsyncSession, feedback_id: UUID, caller: Caller) -> Suggestions:
    """The themes that the model suggests, to staff of the bodies that it is about; NotFound for others."""
    feedback = await find_feedback_for_insider(session, feedback_id, caller)
    if not (is_about_caller(feedback, caller) or is_operator(caller)):
        raise NotFound
    model = await MODELS.model_for(session, caller.organisation_id)
    found = await asyncio.to_thread(suggestions_of_words, model, feedback)
    refused = set(await session.scalars(refused_codes(feedback)))
    labelled = {theme["code"] for theme in feedback.themes}
    return Suggestions(
        feedback_id=feedback.id,
        version=feedback.version,
        model=model.head.version,
        taxonomy=model.head.edition,
        items=[suggested_theme(each, labelled, refused) for each in found],
    )


def refused_codes(feedback: Feedback) -> Select[str]:
    """Select the themes that a person refused for the words that stand."""
    return select(ThemeRefusal.code).where(
        ThemeRefusal.feedback_id == feedback.id, ThemeRefusal.revision == feedback.revision
    )


def suggested_theme(
    suggestion: Suggestion, labelled: Collection[str], refused: Collection[str]
) -> SuggestedTheme:
    """A suggestion, and whether a person has said something to it already."""
    code = suggestion.code
    state = "labelled" if code in labelled else "refused" if code in refused else "open"
    return SuggestedTheme(code=code, score=suggestion.score, state=state)


def suggestions_of_words(model: ThemeModel, feedback: Feedback) -> list[Suggestion]:
    """The themes of the text and of each answer, with the best score of each; the surest first."""
    rating = fft_of(feedback.rating)
    words: list[StoredAnswer] = [{"text": feedback.text or ""}, *feedback.answers]
    best: dict[str, float] = {}
    for each in words:
        text = each.get("text")
        for code, score in model.suggest(text, each.get("question"), rating) if text else ():
            best[code] = max(score, best.get(code, score))
    return sorted((Suggestion(*found) for found in best.items()), key=lambda found: -found.score)


async def themes_chosen(
    edit: AttributedEditRequest, feedback: Feedback, themes: Sequence[ChosenTheme]
) -> list[StoredTheme]:
    """Themes that a person chose, as they are stored: an accepted suggestion keeps model and score."""
    earlier = {(each["code"], each.get("suggested_by")): each for each in feedback.themes}
    chosen = []
    for place, theme in enumerate(themes):
        stored = stored_theme(theme, "person")
        if version := theme.suggested_by:
            known = earlier.get((stored["code"], version))
            pointer = f"/themes/{place}/suggested_by"
            score = (
                known["score"] if known else await score_of(edit, feedback, stored["code"], version, pointer)
            )
            stored |= {"suggested_by": version, "score": score}
        chosen.append(stored)
    return chosen


async def score_of(
    edit: AttributedEditRequest, feedback: Feedback, code: str, version: str, pointer: str = "/suggested_by"
) -> float:
    """The score of a suggestion; NotSuggested where this model does not suggest the theme for these words."""
    model = await MODELS.model_for(edit.session, edit.caller.organisation_id)
    if version == model.head.version:
        for each in await asyncio.to_thread(suggestions_of_words, model, feedback):
            if each.code == code:
                return each.score
    raise NotSuggested.at(pointer)


async def refuse_suggestion(edit: AttributedEditRequest, feedback: Feedback, refusal: RefusedTheme) -> None:
    """Keep that a person refused a suggestion for the words that stand; a second time changes nothing."""
    values = {
        "feedback_id": feedback.id,
        "revision": feedback.revision,
        "code": refusal.code,
        "suggested_by": refusal.suggested_by,
        "score": await score_of(edit, feedback, refusal.code, refusal.suggested_by),
        "refused_by": edit.actor.pseudonym,
        "refused_by_id": edit.caller.organisation_id,
        "refused_at": now(),
    }
    await edit.session.execute(insert(ThemeRefusal).values(values).on_conflict_do_nothing())
    record_handling(edit.session, feedback, "suggestion_refused", edit.caller, edit.actor)


async def take_back_refusals(session: AsyncSession, feedback: Feedback, codes: Collection[str]) -> None:
    """Forget the refusals of themes with which a person now labels the feedback."""
    if codes:
        mine = delete(ThemeRefusal).where(ThemeRefusal.feedback_id == feedback.id)
        await session.execute(mine.where(ThemeRefusal.code.in_(codes)))
