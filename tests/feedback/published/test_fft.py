"""The workbooks of the Friends and Family Test, as they are published."""

from typing import Any

import pytest

from services.feedback.files.sheets import FileFault
from services.feedback.published.domain import read_counts
from services.feedback.published.fft import PublishedFile
from tests.feedback.published.samples import (
    LAYOUTS,
    NOBODY,
    STARS,
    a_published_workbook,
    counts,
)

ICB = ["QHM", "NHS NORTH EAST AND NORTH CUMBRIA INTEGRATED CARE BOARD"]
TRUSTS = [
    ["QHM", "RTD", "NEWCASTLE TRUST", *counts(60, 20, 5, 5, 5, 5), *[10] * 8],
    ["QHM", "RR7", "SMALL TRUST", *STARS, *["*"] * 8],
    ["QHM", "RXP", "NEIGHBOUR TRUST", *STARS, *["*"] * 8],
    ["QHM", "RVW", "EMPTY TRUST", *NOBODY, *[0] * 8],
    ["IS1", "NT3", "A PRIVATE HOSPITAL", *counts(9, 1, 0, 0, 0, 0, eligible=None), *["-"] * 8],
]


def read(service: str = "inpatient", **rows: Any) -> PublishedFile:
    """What a workbook with these rows says."""
    named = {name.replace("_", " "): each for name, each in rows.items()}
    return read_counts(a_published_workbook(service, named))


def test_withheld_none_and_zero_are_three_things() -> None:
    file = read(ICB=[[*ICB, *counts(100, 50, 10, 10, 10, 20)]], Trusts=TRUSTS)
    assert (file.service, f"{file.month}", file.faults) == ("inpatient", "2025-07-01", [])
    trusts = {row.codes["trust"]: row for row in file.rows if row.level == "trust"}
    assert set(trusts) == {"RTD", "RR7", "RXP", "RVW", "NT3"}
    assert trusts["RTD"].figures["positive"] == 0.8
    assert trusts["RTD"].modes["electronic_home"] == 10
    assert set(trusts["RR7"].figures.values()) == {"withheld"} == set(trusts["RXP"].modes.values())
    assert trusts["RVW"].figures["responses"] == 0
    assert trusts["RVW"].figures["positive"] is None
    assert trusts["NT3"].figures["eligible"] is None


def test_england_is_a_level_of_its_own_and_a_selection_is_none() -> None:
    file = read(Trusts=TRUSTS)
    names = [row.name for row in file.rows if row.level == "england"]
    assert [name[:19] for name in names] == ["England (including ", "England (excluding "]
    assert not any("Selection" in row.name for row in file.rows)


def test_wards_and_sites_keep_their_codes() -> None:
    site = ["QHM", "RTD", "NEWCASTLE TRUST", "RTD01", "FREEMAN HOSPITAL"]
    file = read(
        Sites=[[*site, *counts(10, 0, 0, 0, 0, 0)]],
        Wards=[[*site, "ENGLAND WARD", *counts(10, 0, 0, 0, 0, 0), "100 - SURGERY", "-"]],
    )
    found = [(row.level, row.codes["site"], row.name) for row in file.rows if row.level in {"site", "ward"}]
    assert found == [("site", "RTD01", "FREEMAN HOSPITAL"), ("ward", "RTD01", "ENGLAND WARD")]


@pytest.mark.parametrize("service", LAYOUTS)
def test_each_layout_is_read(service: str) -> None:
    trusts = {
        "inpatient": {"Trusts": TRUSTS},
        "a_and_e": {"Trusts": [[*TRUSTS[0][:13], *[5] * 7]]},
        "ambulance_patient_transport": {
            "PTS_Org": [TRUSTS[0][:13]],
            "Mode_Org": [["QHM", "RTD", "NEWCASTLE TRUST", 100, *[5] * 7]],
        },
    }
    file = read(service, **trusts[service])
    assert file.service == service
    first = next(row for row in file.rows if row.level == "trust")
    assert (first.codes, first.figures["dont_know"]) == ({"icb": "QHM", "trust": "RTD"}, 5)
    assert first.modes["sms"] in {5, 10}


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (3, 99, "add up"),
        (5, 0.84, "positive"),  # without “don't know” below the line
        (6, 0.2, "negative"),
        (7, -1, "below zero"),
        (7, 60.5, "whole number"),
        (7, "many", "no number"),
        (7, "#N/A", "no number"),
        (2, None, "no name"),
    ],
)
def test_a_row_that_contradicts_itself_is_left_out_and_named(place: int, value: Any, said: str) -> None:
    row = list(TRUSTS[0])
    row[place] = value
    file = read(Trusts=[row, TRUSTS[4]])
    assert [each.codes["trust"] for each in file.rows if each.level == "trust"] == ["NT3"]
    (fault,) = file.faults
    assert fault.startswith("Trusts, line 15: ")
    assert said in fault


def test_what_is_no_such_workbook_is_refused() -> None:
    with pytest.raises(FileFault, match="Notes"):
        read_counts(a_published_workbook("inpatient", {}, title="Maternity - July 2025"))
    without_month = a_published_workbook(
        "inpatient", {}, title="Inpatient Friends and Family Test (FFT) Data - Foo 2025"
    )
    with pytest.raises(FileFault, match="month"):
        read_counts(without_month)
