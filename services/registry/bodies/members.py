"""Conditions that lists of footprints and of organisations have in common."""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, union

from services.registry.ledger.views import View, is_in_force, is_open, is_said
from services.registry.models import Body, BodyName, Relation


def is_named_like(words: str, view: View) -> ColumnElement[bool]:
    """True for the bodies that had a name in which each of these words begins a word."""
    parts = [part for part in "".join(c if c.isalnum() else " " for c in words).split() if part]
    wanted = func.to_tsquery("simple", " & ".join(f"{part}:*" for part in parts))
    named = select(BodyName.body_id).where(is_said(BodyName, view.known_at))
    return Body.id.in_(named.where(BodyName.words.bool_op("@@")(wanted)))


def members_on(footprint: UUID, view: View, kind: str | None = None) -> Select[UUID]:
    """Select the ids of the bodies that belonged to a footprint on a day."""
    in_force = is_in_force(Relation, view.as_of, view.known_at)
    related = union(
        select(Relation.from_id).where(Relation.to_id == footprint, Relation.kind == "member_of", in_force),
        select(Relation.to_id).where(Relation.from_id == footprint, Relation.kind == "encloses", in_force),
    ).subquery()
    wanted = select(Body.id).where(Body.id.in_(select(related)), is_open(view))
    return wanted.where(Body.kind == kind) if kind else wanted
