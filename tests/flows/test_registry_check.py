"""`doorway registry check` on all that the registry ships, through the gateway."""

from collections.abc import Iterator

import httpx2
import pytest

from services.registry.checks.api import RegistryApi
from services.registry.checks.domain import (
    DAY,
    WITHOUT_SUCCESSOR,
    Checked,
    Control,
    check_counts,
    check_registry,
)
from services.registry.imports.corrections import Corrections
from services.registry.imports.files import read_rows
from services.registry.settings import Settings
from tests.fixtures.stack import Stack


@pytest.fixture(scope="module")
def api(england: Stack) -> Iterator[RegistryApi]:
    """The registry as anybody reads it."""
    with httpx2.Client(base_url=england.gateway_url, timeout=60) as client:
        yield RegistryApi(client)


def test_what_the_registry_answers_agrees_with_the_control_table_and_with_itself(api: RegistryApi) -> None:
    checked = list(check_registry(api))
    assert [each.difference for each in checked if each.difference] == []
    assert len(checked) > 50


def test_a_difference_is_named(api: RegistryApi) -> None:
    control = Control(kind="ccg", day="2016-04-01", count=218)
    assert list(check_counts(api, [control])) == [
        Checked(
            "ccg open on 2016-04-01",
            "218",
            "209",
            "ccg open on 2016-04-01: 218 is right, the registry says 209",
        )
    ]


def test_every_trust_since_2016_answers_by_code_with_what_it_became(api: RegistryApi) -> None:
    data = Settings.model_fields["data_path"].default
    by_hand = Corrections(data)
    rows = (by_hand.correct(row) for row in read_rows(data, "organisations.csv"))
    trusts = [row for row in rows if row and row["org_type"] == "nhs_trust"]
    assert len(trusts) == 246
    for row in trusts:
        found = api.organisation_lineage(f"ods:{row['ods_code']}", DAY)
        assert found.organisation.name.casefold() == row["name"].casefold()
        ended = found.organisation.valid_to
        assert str(ended or "") == row["close_date"]
        assert bool(found.today) == (row["ods_code"] not in WITHOUT_SUCCESSOR)
        assert not ended or row["ods_code"] not in [body.codes.ods for body in found.today]


def test_a_group_became_the_locations_in_which_its_residents_are(api: RegistryApi) -> None:
    today = {
        "05C": {"D2P2L"},  # Dudley: West Birmingham went elsewhere from the group that it had merged into
        "10T": {"U2G6B"},  # Slough: of the parts of Frimley that of Thames Valley
        "99M": {"D9Y0V", "92A"},
        "05L": {"D2P2L", "15E"},
    }
    for code, locations in today.items():
        found = api.organisation_lineage(f"ods:{code}", DAY).today
        assert {each.codes.ods for each in found} == locations, code
        assert len(found) == 1 or sum(each.share or 0 for each in found) == pytest.approx(1, abs=0.01)
