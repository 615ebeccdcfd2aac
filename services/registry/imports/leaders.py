"""Who leads footprints: from 2016 to 2019, the boards of 2026, and clusters of boards that share leaders.

Each function reads one row of a file (see `sources.py`).
"""

import re
from datetime import date

from services.registry.imports.facts import Catalogue, Claim, Says, Unusable
from services.registry.imports.files import Row
from services.registry.imports.partnerships import find_partnership

STATUSES = {"confirmed": "confirmed", "recorded": "confirmed"}
AGREED = ("agreed", "approved by NHS England")
NOT_FOUND = "not found"
# What a page says of somebody who simply holds the role.
IN_POST = ("appointed", "in post")
FOR_A_WHILE = ("interim", "acting")
# How a part of a note begins whose source gives only a year or a month: the first day stands for it.
NO_DAY = "the source gives only the"
CLUSTER_ROLE = "chair and chief executive"


def read_leader(catalogue: Catalogue, row: Row) -> None:
    """Add a leader of a footprint; "not found" is not a fact about it, "to be confirmed" is one."""
    is_to_come = row["status"].startswith("to be confirmed")
    status = "not_announced" if is_to_come else STATUSES.get(row["status"])
    if status is None:
        return
    said_on = re.search(r"\d{4}-\d\d-\d\d", row["status"])
    day_said = date.fromisoformat(said_on.group()) if said_on else row.day("snapshot")
    says: Says = {
        "role": "footprint lead",
        "status": status,
        "holder": row["lead_name"] or None,
        "holder_role": row["lead_role"] or None,
        "holder_organisation": row["lead_organisation"] or None,
        "as_published": row["lead_text"] or None,
        "known_on": row.day("as_of") or day_said or date.min,
        "source": row.source,
        "note": "; ".join(filter(None, (row["note"], without_day(row["as_of"])))) or None,
    }
    find_partnership(catalogue, row).claims.append(Claim("appointment", says, row.at))


def read_cluster(catalogue: Catalogue, row: Row) -> None:
    """Add that boards shared their leaders in 2025, or were about to; nobody is named."""
    # Whatever else was reported was still being considered: nobody shared anything yet.
    status = "shared" if row["status_as_reported"] in AGREED else "not_announced"
    note = f"cluster of {row['members']}; as reported: {row['status_as_reported']}; {row['note']}"
    share_leaders(catalogue, row, row["member_ods_codes"], row.day("reported_date"), status, note)


def read_later_cluster(catalogue: Catalogue, row: Row) -> None:
    """Add that boards shared their leaders on the day of the newest page; nobody is named."""
    note = f"cluster of {row['members']}; {row['status']}"
    if row["agreed_on"]:
        note += f"; agreed on {row['agreed_on']}"
    for more in (row["note"], without_day(row["source_date"])):
        note += f"; {more}" if more else ""
    share_leaders(catalogue, row, row["members"], row.day("source_date"), "shared", note)


def share_leaders(
    catalogue: Catalogue, row: Row, codes: str, known_on: date | None, status: str, note: str
) -> None:
    """Add to each board of a cluster that it shares its leaders with the others, or is about to."""
    members = [catalogue.find_board(code) for code in codes.split(";")]
    if known_on is None:
        raise Unusable("the day of the report is missing")
    for board in members:
        says: Says = {"role": CLUSTER_ROLE, "status": status, "known_on": known_on, "source": row.source}
        says |= {"note": note, "shared_with": [each.key for each in members if each is not board]}
        board.claims.append(Claim("appointment", says, row.at))


def without_day(text: str) -> str:
    """That a source gives only a year or a month, in words; nothing where it gives a day."""
    kind = {len("2026"): "year", len("2026-04"): "month"}.get(len(text))
    return f"{NO_DAY} {kind} {text}" if kind else ""


def read_board_leader(catalogue: Catalogue, row: Row) -> None:
    """Add a chair or a chief executive of a board of 2026, on the first day that the page may be of.

    "Not found" is not a fact. Where the page says more than that somebody holds the role, its words are kept.
    """
    if row["status"] == NOT_FOUND:
        return
    board, known_on = catalogue.find_board(row["icb_ods"]), row.day("source_date")
    if known_on is None:
        raise Unusable(f"the page that names {row['name']} has no day")
    is_plain = row["status"] in IN_POST
    parts = ("" if is_plain else row["status"], row["note"], without_day(row["source_date"]))
    note = "; ".join(each for each in parts if each)
    says: Says = {
        "role": row["role"].replace("_", " "),
        "status": "interim" if row["status"].startswith(FOR_A_WHILE) else "confirmed",
        "holder": row["name"],
        "as_published": None if is_plain else f"{row['name']} ({row['status']})",
        "held_from": row.day("from"),
        "held_to": row.day("until"),
        "known_on": known_on,
        "source": row.source,
        "note": note or None,
        "shared_with": [catalogue.find_board(code).key for code in row.listed("shared_with")],
    }
    board.claims.append(Claim("appointment", says, row.at))
