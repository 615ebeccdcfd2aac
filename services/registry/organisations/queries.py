"""Organisations: which there were on a day."""

from functools import lru_cache
from uuid import UUID

from sqlalchemy import Select, select

from services.registry.bodies.queries import is_named_like, members_on
from services.registry.ledger.views import View, is_in_force, is_open
from services.registry.models import Body, BodyCode


# Kept for what is asked again and again: building the statement costs more than running it.
@lru_cache(maxsize=256)
def organisations_on(
    view: View, *, ods: str | None, kind: str | None, footprint: UUID | None, words: str | None
) -> Select[UUID]:
    """Select the ids of the organisations that were open on a day."""
    wanted = select(Body.id).where(Body.is_organisation, is_open(view))
    if ods:
        coded = select(BodyCode.body_id).where(BodyCode.scheme == "ods", BodyCode.code == ods)
        wanted = wanted.where(Body.id.in_(coded.where(is_in_force(BodyCode, view.as_of, view.known_at))))
    if kind:
        wanted = wanted.where(Body.kind == kind)
    if footprint:
        wanted = wanted.where(Body.id.in_(members_on(footprint, view)))
    return wanted.where(is_named_like(words, view)) if words else wanted
