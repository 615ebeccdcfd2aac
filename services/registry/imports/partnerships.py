"""History: leaders, contacts and partners of footprints from 2016 to 2019, and clusters of boards of 2025.

Each function reads one row of a file (see `sources.py`).
"""

import re
from datetime import date

from services.registry.imports.facts import (
    BodyFacts,
    Catalogue,
    Claim,
    Dated,
    Says,
    Unusable,
    words_of_council,
)
from services.registry.imports.files import Row
from services.registry.imports.footprints import STP_CLOSED, icb_key, stp_key
from services.registry.imports.groups import ccg_key
from services.registry.imports.organisations import council_key

# The register of trusts of this day no longer lists those that are known from 2019 alone.
TRUSTS_LISTED_ON = date(2025, 7, 15)
PARTNER_KINDS = {"healthwatch": "healthwatch", "voluntary_sector": "voluntary"}
STATUSES = {"confirmed": "confirmed", "recorded": "confirmed"}
AGREED = ("agreed", "approved by NHS England")


def find_partnership(catalogue: Catalogue, row: Row) -> BodyFacts:
    """The partnership that a row is about; Unusable when it is not known."""
    code = row["footprint_ods_code"]
    return catalogue.find(stp_key(code), f"footprint {code}")


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
        "note": row["note"] or None,
    }
    find_partnership(catalogue, row).claims.append(Claim("appointment", says, row.at))


def read_contacts(catalogue: Catalogue, row: Row) -> None:
    """Add the contacts that a footprint published in 2018 or 2019."""
    body, known_on = find_partnership(catalogue, row), row.day("as_of") or date.min
    for mailbox in row["contact_email"].split(";"):
        body.reach("email", mailbox, "enquiries", known_on, row.source, row.at)
    body.reach("post", row["postal_address"], "enquiries", known_on, row.source, row.at)
    body.reach("web", row["web_page"], "plans", known_on, row.source, row.at)


def read_partner(catalogue: Catalogue, row: Row) -> None:
    """Add a partner of a footprint as recorded in 2018 or 2019, errors of the source included."""
    footprint, key = find_partnership(catalogue, row), key_of_partner(catalogue, row)
    body = catalogue.find_elsewhere(key, row.at.file)
    if body and body.kind == "ccg":
        # The editions say to the day which partnerships a group belonged to.
        return
    if body is None:
        kind = PARTNER_KINDS.get(row["member_type"], row["member_type"])
        closed = {"nhs_trust": TRUSTS_LISTED_ON, "ccg": STP_CLOSED}.get(kind)
        body = BodyFacts(key, kind, row.source, row.at, closed_on=closed)
        body.change(None, row["register_name"] or row["member_name"], ods=row["member_ods_code"])
        body = catalogue.add(body)
    body.join(footprint, row.day("as_of"), row)


def key_of_partner(catalogue: Catalogue, row: Row) -> str:
    """The key of a partner; Unusable for a council that is not known."""
    code, kind, name = row["member_ods_code"], row["member_type"], row["member_name"]
    if kind == "local_authority":
        key = catalogue.councils.get(code) or catalogue.councils.get(words_of_council(name))
        if key is None:
            raise Unusable(f"council {name} is not known")
        return key
    if kind == "ccg":
        return ccg_key(code)
    for known in (f"trust/{code}", f"practice/{code}"):
        if kind == "nhs_trust" or catalogue.find_elsewhere(known, row.at.file):
            return known
    return f"{kind}/{code or name.lower()}"


def read_watch(catalogue: Catalogue, row: Row) -> None:
    """Add a Healthwatch as a member of its council's area; only a few rows name one."""
    if not (name := row["healthwatch_name"]):
        return
    code, key = row["area_ons_code"], f"healthwatch/{name.lower()}"
    area = catalogue.find(council_key(code), f"council {code}")
    new = BodyFacts(key, "healthwatch", row.source, row.at, names=[Dated(name)])
    body = catalogue.find_elsewhere(key, row.at.file) or catalogue.add(new)
    body.relate(area.key, "member_of", (None, None), row.source, row.at)


def read_cluster(catalogue: Catalogue, row: Row) -> None:
    """Add that boards shared their leaders, or were about to; nobody is named, the report is in the note."""
    codes = row["member_ods_codes"].split(";")
    members = [catalogue.find(icb_key(code), f"board {code}") for code in codes]
    known_on, reported = row.day("reported_date"), row["status_as_reported"]
    if known_on is None:
        raise Unusable("the day of the report is missing")
    # Whatever else was reported was still being considered: nobody shared anything yet.
    status = "shared" if reported in AGREED else "not_announced"
    for board in members:
        says: Says = {
            "role": "chair and chief executive",
            "status": status,
            "known_on": known_on,
            "source": row.source,
            "note": f"cluster of {row['members']}; as reported: {reported}; {row['note']}",
            "shared_with": [each.key for each in members if each is not board],
        }
        board.claims.append(Claim("appointment", says, row.at))
