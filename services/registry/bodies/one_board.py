"""A practice or a trust is a member of one board at a time; the database refuses two without saying which."""

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.registry.bodies.queries import bodies_on
from services.registry.ledger.views import NOW, View, is_said
from services.registry.models import Body, Dated, Relation
from shared.errors import invalid

BOARD, OF_ONE_BOARD = "icb", ("gp_practice", "nhs_trust")
TWO_BOARDS = (
    "{member} is a member of {board}{days}. Nobody is a member of two boards on the same day: end that"
    " membership first."
)


async def refuse_two_boards(session: AsyncSession, pointer: str, said: Iterable[Dated]) -> None:
    """Refuse memberships that give a practice or a trust a second board; names the other one and its days."""
    await session.flush()
    other = await find_other_board(session, [each.id for each in said if isinstance(each, Relation)])
    if other:
        view = View(other.valid_to or other.valid_from or date.max)
        named = await bodies_on(session, {other.from_id, other.to_id}, view)
        member, board = named[other.from_id], named[other.to_id]
        words = {"member": member.name, "board": f"{board.name} (ods:{board.ods})", "days": days_of(other)}
        raise invalid(pointer, TWO_BOARDS.format(**words))


async def find_other_board(session: AsyncSession, ids: Collection[int]) -> Relation | None:
    """A membership in another board on a day of one of these memberships, the one recorded first."""
    own, other, member, board, second = (
        *(aliased(Relation), aliased(Relation)),
        *(aliased(Body), aliased(Body), aliased(Body)),
    )
    days = [func.daterange(each.valid_from, each.valid_to, "[]") for each in (own, other)]
    wanted = (
        select(other)
        .join(own, (own.from_id == other.from_id) & (own.to_id != other.to_id))
        .join(member, (member.id == own.from_id) & member.kind.in_(OF_ONE_BOARD))
        .join(board, (board.id == own.to_id) & (board.kind == BOARD))
        .join(second, (second.id == other.to_id) & (second.kind == BOARD))
        .where(own.id.in_(ids), own.kind == "member_of", is_said(own, NOW))
        .where(other.kind == "member_of", is_said(other, NOW), days[0].bool_op("&&")(days[1]))
    )
    return await session.scalar(wanted.order_by(other.id).limit(1)) if ids else None


def days_of(link: Relation) -> str:
    """Between which days a membership holds, in words."""
    since, until = link.valid_from, link.valid_to
    return (f" from {since}" if since else "") + (f" to {until}" if until else " on" if since else "")
