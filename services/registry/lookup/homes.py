"""To whom a body belongs: its board, and the area that stands for its own where that is not known."""

from datetime import date
from uuid import UUID

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import aliased

from services.registry.bodies.one_board import BOARD
from services.registry.ledger.views import AS_OF, NOW, is_in_force, is_said
from services.registry.models import Body, Relation


def board_of_body() -> ScalarSelect[UUID]:
    """Select the board that a body is a member of on the day; one with shares in boards lies in its area."""
    board = aliased(Body)
    return (
        select(Relation.to_id)
        .join(board, board.id == Relation.to_id)
        .where(Relation.from_id == Body.id, Relation.kind == "member_of", Relation.share.is_(None))
        .where(board.kind == BOARD, is_in_force(Relation, AS_OF, NOW))
        .order_by(Relation.id)
        .limit(1)
        .correlate(Body)
        .scalar_subquery()
    )


def area_of_home() -> ScalarSelect[str | None]:
    """Select the area of whom a body belongs to on the day; else to whom it belonged last, or will first."""
    home = aliased(Body)
    before = func.coalesce(Relation.valid_from, date.min) <= AS_OF
    return (
        select(home.area)
        .join(Relation, Relation.to_id == home.id)
        .where(Relation.from_id == Body.id, Relation.kind == "member_of", is_said(Relation, NOW))
        .where(home.area.is_not(None))
        .order_by(is_in_force(Relation, AS_OF, NOW).desc(), before.desc())
        .order_by(Relation.valid_from.desc().nulls_last(), home.is_footprint.desc(), Relation.id)
        .limit(1)
        .correlate(Body)
        .scalar_subquery()
    )
