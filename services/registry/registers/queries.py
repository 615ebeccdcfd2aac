"""Statements that find the registers, and how much the registry has from each."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.models import Appointment, BodyCode, BodyName, Boundary, Contact, LegalForm, Relation
from services.registry.registers.models import Register

FACTS = (BodyName, BodyCode, LegalForm, Boundary, Relation, Appointment, Contact)


async def find_registers(session: AsyncSession) -> Sequence[Register]:
    """All registers by their files."""
    return (await session.scalars(select(Register).order_by(Register.file))).all()


async def count_facts(session: AsyncSession) -> Mapping[str | None, int]:
    """How many facts the registry says now, by the file that says each."""
    said = [
        select(table.file).where(table.superseded_at.is_(None), table.file.is_not(None)) for table in FACTS
    ]
    every = union_all(*said).subquery()
    found = await session.execute(select(every.c.file, func.count().label("facts")).group_by(every.c.file))
    return {row.file: row.facts for row in found}
