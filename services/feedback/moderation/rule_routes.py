"""The rules by which a body publishes what needs no look: always made and ended by a named person."""

from typing import Annotated
from uuid import UUID

from fastapi import Security

from services.feedback.errors import (
    BodySucceeded,
    OrganisationRequired,
    RuleUnknown,
    SourceUnknown,
    TooManyRules,
)
from services.feedback.moderation import rules
from services.feedback.moderation.models import PublishingRule
from services.feedback.moderation.rule_schemas import NewPublishingRule, PublishingRuleView
from shared.auth import Caller, needs
from shared.change_request import AttributedRequest, attributed_request
from shared.db import Session
from shared.paging import Page, Paging, keyset
from shared.routing import Router

router = Router(prefix="/v1/publishing-rules", tags=["moderation"])
RuleEdit = Annotated[AttributedRequest, Security(attributed_request, scopes=["feedback:write"])]


@router.post("", status_code=201, problems=(BodySucceeded, OrganisationRequired, SourceUnknown, TooManyRules))
async def make_publishing_rule(new: NewPublishingRule, change: RuleEdit) -> PublishingRuleView:
    """Make a rule that publishes what is about your body alone, and was received from now on.

    It never publishes a complaint, what is urgent, what its person did not allow, or what anything is masked
    in. A person can withhold what it published.
    """
    view = PublishingRuleView.model_validate(await rules.make_rule(change, new))
    return change.keep(view, location=f"/v1/publishing-rules/{view.id}")


@router.get("")
async def list_publishing_rules(
    caller: Annotated[Caller, needs("feedback:read")], session: Session, paging: Paging
) -> Page[PublishingRuleView]:
    """List the publishing rules of your body, also those that were ended, newest first."""
    found, cursor = await keyset(session, rules.rules_of(caller), paging, PublishingRule.id.desc())
    return paging.answer([PublishingRuleView.model_validate(each) for each in found], cursor)


@router.delete("/{rule_id}", problems=(BodySucceeded, RuleUnknown))
async def end_publishing_rule(rule_id: UUID, change: RuleEdit) -> PublishingRuleView:
    """End a publishing rule. What it published stays, until a person withholds it."""
    return PublishingRuleView.model_validate(await rules.end_rule(change, rule_id))
