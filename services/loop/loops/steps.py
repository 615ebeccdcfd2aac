"""The first steps of a loop, the body's statement, and what rules do to it: what refuses each of them."""

from collections.abc import Iterator

from services.loop.core import prose
from services.loop.core.attempts import Attempt
from services.loop.core.steps import RUNNING, STATES, Step, StepRoute, guard, problem_at
from services.loop.errors import (
    ComplaintInLoop,
    FeedbackRequired,
    ModerationRequired,
    OnlyCuts,
    PreviewRequired,
    ReasonTooThin,
    StatementGiven,
    StepNotAllowed,
)
from services.loop.loops.agreements import AGREEMENT, AGREEMENT_BY_RULE, is_agreed
from services.loop.loops.schemas import Acknowledgement, Resumption, Statement, Wording, is_readable
from services.loop.loops.wording import is_cut
from services.loop.models import GONE, Loop
from shared.errors import Invalid, invalid
from shared.events import loop as events
from shared.schemas import Schema

WORDS_OF_COMPLAINT = "The words come from the complaint alone. Give another title and another summary."
NOTHING_HIDDEN = "You can cut passages only while a loop's texts are hidden (`texts_hidden_at`)."
TAKE_IT_FROM_THE_PREVIEW = "the preview_id of the preview of tellings"


@guard(FeedbackRequired)
def has_feedback(attempt: Attempt[Schema | None]) -> None:
    """Refuse a loop without feedback, or a body's own whose feedback was all taken away.

    A draft that others raised becomes public all the same: what was taken away from it, or set aside in it,
    does not hide it.
    """
    loop = attempt.loop
    is_own = loop.raiser_id in (loop.organisation_id, loop.footprint_id)
    answered = [link.copy for link in (loop.answered_links if is_own else loop.links) if link.copy]
    if not [copy for copy in answered if copy.state not in GONE or not is_own]:
        raise problem_at("/feedback_ids", FeedbackRequired)


@guard(ComplaintInLoop)
def has_no_complaint(attempt: Attempt[Schema | None]) -> None:
    """Refuse a loop that answers a complaint."""
    if attempt.loop.complaints:
        raise problem_at("/feedback_ids", ComplaintInLoop)


@guard(ModerationRequired)
def is_moderated(attempt: Attempt[Wording]) -> None:
    """Refuse to show words that no person has read, or not again since somebody took back theirs."""
    is_read = attempt.loop.moderated_at and not attempt.loop.waits_for
    if not is_read and not attempt.request.moderated:
        raise problem_at("/moderated", ModerationRequired)


@guard(Invalid)
def cuts_what_is_hidden(attempt: Attempt[Wording]) -> None:
    """Refuse to cut passages while nothing is hidden, or all that can be read of the title or the summary."""
    if not attempt.request.cover:
        return
    if attempt.loop.texts_hidden_at is None:
        raise invalid("/cover", NOTHING_HIDDEN)
    if not all(text is None or is_readable(text.masked.text) for text in attempt.words.values()):
        raise invalid("/cover", "Nothing would be left to read. Give another `title` or `you_said`.")


@guard(StepNotAllowed)
def is_left_to_others(attempt: Attempt[Schema | None]) -> None:
    """Refuse others while it is for the body to look at the words, or where somebody has."""
    if not attempt.loop.is_left_to_others:
        raise StepNotAllowed("Only the body can do this now. See when others may in `others_may_act_from`.")


@guard(OnlyCuts)
def has_only_cuts(attempt: Attempt[Wording]) -> None:
    """Refuse others any words but the loop's own, with cuts; the words of a complaint must go."""
    if has_only_complaints(attempt.loop):
        return
    for name, first in (("title", attempt.loop.title), ("you_said", attempt.loop.you_said)):
        words = attempt.words.get(f"loop.{name}")
        if words and words.masked.text != first and not is_cut(first, words.masked.text):
            raise problem_at(f"/{name}", OnlyCuts)


@guard(StepNotAllowed)
def is_halted(attempt: Attempt[Schema | None]) -> None:
    """Refuse to resume a loop that is not halted."""
    if attempt.loop.halted_at is None:
        raise StepNotAllowed("This loop is not halted. You do not need to do anything.")


@guard(ReasonTooThin)
def says_why_it_goes_on(attempt: Attempt[Resumption]) -> None:
    """Refuse to resume a loop for a thin reason."""
    if objection := prose.thin_reason(attempt.request.reason):
        raise problem_at("/reason", ReasonTooThin, objection)


@guard(Invalid)
def has_other_words(attempt: Attempt[Wording]) -> None:
    """Refuse to show again the words that come from a complaint alone, also with cuts."""
    if not has_only_complaints(attempt.loop):
        return
    given = {"title": attempt.request.title, "you_said": attempt.request.you_said}
    for name, first in (("title", attempt.loop.title), ("you_said", attempt.loop.you_said)):
        words = attempt.words.get(f"loop.{name}")
        shown = words.masked.text if words else ""
        if not given[name] or shown == first or is_cut(first, shown):
            raise invalid(f"/{name}", WORDS_OF_COMPLAINT)


def has_only_complaints(loop: Loop) -> bool:
    """Whether all that a loop answers became complaints, so that its words are theirs."""
    return bool(loop.complaints) and len(loop.complaints) == len(loop.answered_links)


@guard(PreviewRequired)
def is_previewed(attempt: Attempt[Acknowledgement]) -> None:
    """Refuse to ask for tellings unless the caller has seen who would be told now."""
    if attempt.request.preview_id != attempt.preview_id:
        raise problem_at("/preview_id", PreviewRequired)


@guard(StatementGiven)
def is_first_statement(attempt: Attempt[Schema | None]) -> None:
    """Refuse a second statement."""
    if attempt.loop.stated_at is not None:
        raise StatementGiven


def example_wordings(attempt: Attempt[None]) -> Iterator[Wording]:
    """A confirmation that a person has read the words, while nobody has."""
    if attempt.loop.moderated_at is None or attempt.loop.waits_for:
        yield Wording(moderated=True)


def example_resumptions(attempt: Attempt[None]) -> Iterator[Resumption]:
    """A resumption of a loop that is halted; with other words, where the words are those of a complaint."""
    if attempt.loop.halted_at is None:
        return
    other = {"title": "What people asked for", "you_said": "People asked for a change."}
    yield Resumption(
        moderated=True,
        reason="The team for complaints answers that person. The loop still answers what the others said.",
        **(other if has_only_complaints(attempt.loop) else {}),
    )


def example_resumptions_by_others(attempt: Attempt[None]) -> Iterator[Resumption]:
    """The same, where it is not left to the body alone."""
    if attempt.loop.is_left_to_others:
        yield from example_resumptions(attempt)


def example_wordings_by_others(attempt: Attempt[None]) -> Iterator[Wording]:
    """A confirmation that a person has read the words, where it is not left to the body alone."""
    if attempt.loop.is_left_to_others:
        yield Wording(moderated=True)


def example_acknowledgements(attempt: Attempt[None]) -> Iterator[Acknowledgement]:
    """An acknowledgement that passes once somebody has looked at the preview and taken its id from there."""
    yield Acknowledgement(preview_id=TAKE_IT_FROM_THE_PREVIEW, moderated=attempt.loop.moderated_at is None)


def example_considerations(_: Attempt[None]) -> Iterator[None]:
    """No body: the step itself says everything."""
    yield None


def example_statements(attempt: Attempt[None]) -> Iterator[Statement]:
    """A statement, while the body has made none."""
    if attempt.loop.stated_at is None:
        yield Statement(statement="We thank everybody who told us, and have changed how we plan such work.")


OPENING = Step[Wording](
    name="opening",
    sources=("draft",),
    target="open",
    event=events.LoopOpened,
    guards=(has_feedback, has_no_complaint, is_agreed, is_moderated, cuts_what_is_hidden),
    stamp="opened_at",
    meets=("look",),
    starts=("acknowledge",),
    route=StepRoute(summary="Open a loop, or moderate an open one", examples=example_wordings),
)
OPENING_BY_RULE = Step[None](
    name="opening_by_rule",
    sources=("draft",),
    target="open",
    event=events.LoopOpened,
    guards=(has_feedback, has_no_complaint, is_agreed),
    stamp="opened_at",
    starts=("acknowledge",),
)
MODERATION = Step[Wording](
    name="moderation",
    sources=(*RUNNING, "closed"),
    event=events.LoopModerated,
    guards=(is_moderated, cuts_what_is_hidden),
    stamp="moderated_at",
    meets=("look",),
    route=StepRoute(summary="Open a loop, or moderate an open one", examples=example_wordings),
)
MODERATION_BY_OTHERS = Step[Wording](
    name="moderation_by_others",
    sources=MODERATION.sources,
    event=events.LoopModerated,
    guards=(is_left_to_others, is_moderated, cuts_what_is_hidden, has_only_cuts),
    stamp="moderated_at",
    meets=("look",),
    route=StepRoute(
        summary="Moderate a loop in its body's place", whose="others", examples=example_wordings_by_others
    ),
)
ACKNOWLEDGEMENT = Step[Acknowledgement](
    name="acknowledgement",
    sources=("open",),
    target="acknowledged",
    event=events.LoopAcknowledged,
    guards=(is_previewed,),
    stamp="acknowledged_at",
    meets=("acknowledge",),
    starts=("decide",),
    route=StepRoute(summary="Acknowledge what people said", examples=example_acknowledgements),
    draft_guards=OPENING.guards,
)
CONSIDERATION = Step[None](
    name="consideration",
    sources=("acknowledged", "contested"),
    target="considering",
    event=events.LoopConsidered,
    stamp="considered_at",
    route=StepRoute(summary="Begin to consider", examples=example_considerations),
)
STATEMENT = Step[Statement](
    name="statement",
    sources=RUNNING,
    event=events.LoopStated,
    guards=(is_first_statement,),
    stamp="stated_at",
    route=StepRoute(summary="Attach the body's statement", examples=example_statements),
)
ERASURE = Step[None](name="erasure", sources=STATES, event=events.LoopTextsErased)
HIDING = Step[None](name="hiding", sources=STATES, event=events.LoopWordsHidden)
HALT = Step[None](name="halt", sources=STATES, event=events.LoopHalted, stamp="halted_at")
RESUMPTION = Step[Resumption](
    name="resumption",
    sources=STATES,
    event=events.LoopResumed,
    guards=(is_halted, is_moderated, cuts_what_is_hidden, says_why_it_goes_on, has_other_words),
    stamp="moderated_at",
    meets=("look",),
    while_halted=True,
    route=StepRoute(summary="Resume a loop that is halted", examples=example_resumptions),
)
RESUMPTION_BY_OTHERS = Step[Resumption](
    name="resumption_by_others",
    sources=RESUMPTION.sources,
    event=events.LoopResumed,
    guards=(is_halted, is_left_to_others, *RESUMPTION.guards[1:], has_only_cuts),
    stamp="moderated_at",
    meets=("look",),
    while_halted=True,
    route=StepRoute(
        summary="Resume a halted loop in its body's place",
        whose="others",
        examples=example_resumptions_by_others,
    ),
)
STEPS = (
    AGREEMENT,
    AGREEMENT_BY_RULE,
    OPENING,
    OPENING_BY_RULE,
    MODERATION,
    MODERATION_BY_OTHERS,
    ACKNOWLEDGEMENT,
    CONSIDERATION,
    STATEMENT,
    ERASURE,
    HIDING,
    HALT,
    RESUMPTION,
    RESUMPTION_BY_OTHERS,
)
