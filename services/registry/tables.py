"""All tables of the registry: those of bodies, and those that slices keep beside them."""

from services.registry.areas import KnownPosition
from services.registry.disputes.models import Dispute
from services.registry.knocks.models import Knock
from services.registry.ledger.publishing import Revision
from services.registry.mergers.models import Merger
from services.registry.models import Base
from services.registry.registers.models import Register
from services.registry.routing.misroutes import Misroute
from services.registry.stakeholders.models import Stakeholder
from services.registry.suggestions.models import Suggestion

__all__ = [
    "Base",
    "Dispute",
    "Knock",
    "KnownPosition",
    "Merger",
    "Misroute",
    "Register",
    "Revision",
    "Stakeholder",
    "Suggestion",
]
