"""Who may write what: the operator's stewards everything, the stewards of a body what is its own."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Security
from sqlalchemy import ColumnElement, CompoundSelect, and_, false, or_, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.registry.ledger.views import NOW, is_in_force
from services.registry.models import Body, Relation
from shared.auth import Caller, needs
from shared.change_request import (
    AttributedEditRequest,
    AttributedRequest,
    ChangeRequest,
    EditRequest,
    attributed_edit_request,
    attributed_request,
    change_request,
    edit_request,
)
from shared.clock import today
from shared.errors import Forbidden, raises

Steward = Annotated[Caller, needs("registry:write")]
# A request by any client with a key to change what is its own.
ClientChange = Annotated[ChangeRequest, Security(change_request)]
# A steward's request to add something, and one to change what the steward has read.
StewardChange = Annotated[ChangeRequest, Security(change_request, scopes=["registry:write"])]
StewardEdit = Annotated[EditRequest, Security(edit_request, scopes=["registry:write"])]
AnyEdit = EditRequest | AttributedEditRequest
# The same by a named person, for what closes bodies, or hands on what they own.
NamedChange = Annotated[AttributedRequest, Security(attributed_request, scopes=["registry:write"])]
NamedEdit = Annotated[AttributedEditRequest, Security(attributed_edit_request, scopes=["registry:write"])]
SHARED = (
    "You may do this to your own body, and to what belongs to you and to no other footprints: ask its own"
    " stewards or those of Doorway's operator."
)


class NotYourBody(Forbidden):
    """You may change your own body and what belongs to it: ask its stewards, or make a suggestion."""


async def may_write(session: AsyncSession, steward: Caller, *body_ids: UUID) -> None:
    """Refuse with NotYourBody unless a steward may change these bodies.

    A client writes for the body of its organisation and for what belongs to that: so a board's stewards keep
    their footprint. Only a client that the operator's own command marked as the operator's writes for all.
    """
    if await not_theirs(session, steward, *body_ids):
        raise NotYourBody


async def not_theirs(session: AsyncSession, steward: Caller, *body_ids: UUID) -> set[UUID]:
    """Which of these bodies a steward may not change."""
    others = set(body_ids) - {steward.organisation_id}
    if not others:
        return set()
    wanted = select(Body.id).where(Body.id.in_(others), ~is_writable_by(steward))
    return set(await session.scalars(wanted))


def is_writable_by(steward: Caller, *, wholly: bool = False) -> ColumnElement[bool]:
    """True for the bodies that a steward may change; with `wholly`, not for what others have a share in."""
    own = steward.organisation_id
    if is_operator(steward):
        return true()
    if own is None:
        return false()
    theirs = kept_by(own)
    if wholly:
        theirs = or_(Body.id == own, and_(theirs, Body.id.not_in(in_other_footprints(own))))
    return theirs


def kept_by(own: UUID | None) -> ColumnElement[bool]:
    """True for a body and for what belongs to it; for nothing without a body."""
    theirs = select(Relation.from_id).where(
        Relation.to_id == own, Relation.kind == "member_of", is_in_force(Relation, today(), NOW)
    )
    enclosed = select(Relation.to_id).where(
        Relation.from_id == own, Relation.kind == "encloses", is_in_force(Relation, today(), NOW)
    )
    return or_(Body.id == own, Body.id.in_(theirs), Body.id.in_(enclosed))


def in_other_footprints(own: UUID | None) -> CompoundSelect[UUID]:
    """Select the bodies that belong to other footprints than this, wholly or in part."""
    of, to, footprint = Relation.from_id, Relation.to_id, aliased(Body)
    held = is_in_force(Relation, today(), NOW)
    found = [
        select(member)
        .join(footprint, footprint.id == home)
        .where(footprint.is_footprint, home != own, Relation.kind == kind, held)
        for member, home, kind in ((of, to, "member_of"), (to, of, "encloses"))
    ]
    return union_all(*found)


def must_be_operator(steward: Caller) -> None:
    """Refuse with NotYourBody unless a steward is the operator's."""
    if not is_operator(steward):
        raise NotYourBody("Only the stewards of Doorway's operator may do this: ask them.")


def is_operator(caller: Caller) -> bool:
    """Whether the caller acts for the operator: only `doorway client create` gives this scope."""
    return "operator" in caller.scopes


@raises(NotYourBody)
async def operator_change(change: NamedChange) -> AttributedRequest:
    """A change that only the operator's stewards may make; NotYourBody for others."""
    must_be_operator(change.caller)
    return change


@raises(NotYourBody)
async def operator_edit(edit: NamedEdit) -> AttributedEditRequest:
    """A change of what was read, that only the operator's stewards may make; NotYourBody for others."""
    must_be_operator(edit.caller)
    return edit


OperatorChange = Annotated[AttributedRequest, Depends(operator_change)]
OperatorEdit = Annotated[AttributedEditRequest, Depends(operator_edit)]
