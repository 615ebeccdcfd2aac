"""Publishing by rule: a person of the body makes the rule, and answers for it.

A rule publishes only what is about its body alone, may be published, and was not revised. It never publishes
complaints, what is urgent, or what anything is masked in. A person can withhold what it published.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, any_, cast, func, or_, select, true
from sqlalchemy.dialects.postgresql import JSONPATH, array
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.errors import OrganisationRequired, RuleUnknown, SourceUnknown, TooManyRules
from services.feedback.items.events import feedback_event, record_handling
from services.feedback.models import Feedback
from services.feedback.moderation.domain import publish
from services.feedback.moderation.models import PublishingRule
from services.feedback.moderation.rights import refuse_succeeded
from services.feedback.moderation.rule_schemas import NewPublishingRule
from services.feedback.sources.queries import find_source
from shared.auth import Actor, Caller
from shared.change_request import AttributedRequest
from shared.clock import now
from shared.db import wake_after_commit
from shared.events.feedback import FeedbackPublished, RuleAction, RuleManaged
from shared.ids import new_id
from shared.masking import RULES
from shared.outbox import Outbox, outbox_values, record

RULES_MAX = 20
PUBLISHED_TOGETHER = 100
BY_RULE = Actor("rule", "publication")
HAS_NO_WORDS = and_(
    Feedback.text.is_(None),
    ~func.jsonb_path_exists(Feedback.answers, cast("$[*].text ? (@ != null)", JSONPATH)),
    Feedback.touchpoints == [],
    Feedback.proxy_by.is_(None),
)
# What no rule gets past, whatever it says.
MAY_BE_PUBLISHED = (
    Feedback.state == "received",
    Feedback.kind != "complaint",
    ~Feedback.urgent,
    Feedback.permissions.contains({"publish": "yes"}),
    Feedback.revision == 1,
    Feedback.moderated_at.is_(None),
    # Nothing is masked in it, by the rules of masking that hold now.
    Feedback.masked == [],
    Feedback.masked_with == RULES,
    # A place that its sender chose is another body too, and a sender may be a kin of the rule's body.
    or_(Feedback.footprint_id.is_(None), Feedback.placed_by == "organisation"),
)


async def make_rule(change: AttributedRequest, new: NewPublishingRule) -> PublishingRule:
    """Make a rule of the caller's body; SourceUnknown for a source of another, TooManyRules beyond 20."""
    session, caller = change.session, change.caller
    refuse_succeeded(caller)
    if caller.organisation_id is None:
        raise OrganisationRequired
    if new.source_id and await find_source(session, new.source_id, caller) is None:
        raise SourceUnknown
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(str(caller.organisation_id)))))
    live = select(func.count()).select_from(
        rules_of(caller).where(PublishingRule.ended_at.is_(None)).subquery()
    )
    if (await session.scalar(live) or 0) >= RULES_MAX:
        raise TooManyRules
    rule = PublishingRule(
        id=new_id(),
        organisation_id=caller.organisation_id,
        kinds=list(new.kinds),
        source_id=new.source_id,
        only_scores=new.only_scores,
        made_at=now(),
        made_by=change.actor.pseudonym,
    )
    session.add(rule)
    record_rule(change, rule, "publishing_rule_made")
    return rule


async def end_rule(change: AttributedRequest, rule_id: UUID) -> PublishingRule:
    """End a rule of the caller's body, once; what it published stays until a person withholds it."""
    refuse_succeeded(change.caller)
    wanted = rules_of(change.caller).where(PublishingRule.id == rule_id).with_for_update()
    rule = await change.session.scalar(wanted)
    if rule is None:
        raise RuleUnknown
    if rule.ended_at is None:
        rule.ended_at, rule.ended_by = now(), change.actor.pseudonym
        record_rule(change, rule, "publishing_rule_ended")
    return rule


def rules_of(caller: Caller) -> Select[PublishingRule]:
    """Select the rules of the caller's body, and of those whose heir it is."""
    own = [caller.organisation_id, *caller.heir_of] if caller.organisation_id else []
    return select(PublishingRule).where(PublishingRule.organisation_id.in_(own))


def record_rule(change: AttributedRequest, rule: PublishingRule, action: RuleAction) -> None:
    """Save for the audit who made or ended a rule."""
    managed = RuleManaged(
        act_id=new_id(),
        subject_id=rule.id,
        action=action,
        organisation_id=change.caller.organisation_id,
        client_id=change.caller.client_id,
        actor=change.actor.pseudonym,
        role=change.actor.role,
        organisations=(rule.organisation_id,),
    )
    change.session.add(Outbox(**outbox_values(managed, 1)))
    wake_after_commit(change.session)


async def publish_by_rule(session: AsyncSession) -> int:
    """Publish the next pieces that a rule covers; return how many."""
    found = await lock_covered(session)
    for feedback, rule in found:
        previous = feedback.state
        await publish(feedback)
        feedback.moderated_at, feedback.published_by_rule = now(), rule.id
        feedback.moderated_by, feedback.moderated_by_id = BY_RULE.pseudonym, rule.organisation_id
        record(session, feedback, feedback_event(FeedbackPublished, feedback, previous))
        by = Caller(organisation_id=rule.organisation_id)
        record_handling(session, feedback, "feedback_published", by, BY_RULE)
    return len(found)


def has_known_questions() -> ColumnElement[bool]:
    """Whether the questions are words that the rule's body knows: those of the source that the rule names.

    Anybody else could write a sentence as a question, and give it a score.
    """
    question = func.jsonb_path_exists(Feedback.answers, cast("$[*].question ? (@ != null)", JSONPATH))
    return or_(PublishingRule.source_id == Feedback.source_id, ~question)


async def lock_covered(session: AsyncSession) -> Sequence[tuple[Feedback, PublishingRule]]:
    """The next pieces that a rule covers, locked, each with the oldest such rule; not those in use."""
    covered = and_(
        PublishingRule.ended_at.is_(None),
        Feedback.organisation_ids == array([PublishingRule.organisation_id]),
        Feedback.received_at >= PublishingRule.made_at,
        Feedback.kind == any_(PublishingRule.kinds),
        or_(PublishingRule.source_id.is_(None), PublishingRule.source_id == Feedback.source_id),
        or_(PublishingRule.only_scores.is_not(true()), and_(HAS_NO_WORDS, has_known_questions())),
    )
    wanted = select(Feedback, PublishingRule).join(PublishingRule, covered).where(*MAY_BE_PUBLISHED)
    wanted = wanted.order_by(Feedback.id, PublishingRule.id).limit(PUBLISHED_TOGETHER)
    rows = (await session.execute(wanted.with_for_update(of=Feedback, skip_locked=True))).all()
    first = {feedback.id: (feedback, rule) for feedback, rule in reversed(rows)}
    return list(first.values())
