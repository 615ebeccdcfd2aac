"""A body on a day that stands nowhere else."""

from datetime import date

from services.registry.ledger.views import BodyOnDay
from shared.ids import new_id

BOARD = BodyOnDay(
    id=new_id(),
    version=1,
    kind="icb",
    is_footprint=True,
    is_organisation=True,
    demonstration=False,
    valid_from=date(2026, 11, 23),
    valid_to=None,
    source="a page",
    withdrawn_at=None,
    name="A board",
    ods="QHM",
    ons=None,
    legal_form=None,
    edition="ICB2026",
    region="North",
    residents=5,
    closed_not_later_than=None,
    services_ended_on=None,
)
