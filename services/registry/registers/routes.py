"""The registers that fill the registry: how old is what it says?"""

from services.registry.registers import queries
from services.registry.registers.schemas import RegisterOut, Registers
from shared.auth import Anyone
from shared.db import Session
from shared.routing import Router

router = Router(prefix="/v1/sources-of-facts", tags=["registers"])


@router.get("")
async def list_sources_of_facts(_: Anyone, session: Session) -> Registers:
    """List the registers that fill the registry, with the day for which each says so."""
    facts = await queries.count_facts(session)
    return Registers(
        items=[
            RegisterOut.model_validate({**vars(each), "facts": facts.get(each.file, 0)})
            for each in await queries.find_registers(session)
        ]
    )
