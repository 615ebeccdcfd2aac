"""Who led each footprint and how it could be reached in 2016 to 2019, and its partners then: history."""

import re
from datetime import date
from pathlib import Path

from services.registry.imports.facts import AppointmentFact, BodyFacts, Catalogue, Dated, Unusable
from services.registry.imports.footprints import stp
from services.registry.imports.organisations import ccg, council, member, named
from services.registry.imports.sources import Row, rows

ODS_WORKBOOK = "NHS Digital ODS, STP Partner Relationships workbook, 2019"
# The register of trusts of this day no longer lists those that are known from 2019 alone.
TRUSTS_LISTED_ON = date(2025, 7, 15)
PARTNER_KINDS = {"healthwatch": "healthwatch", "voluntary_sector": "voluntary"}
STATUSES = {"confirmed": "confirmed", "recorded": "confirmed"}
COUNCIL_WORDS = frozenset(
    [
        "council",
        "borough",
        "city",
        "county",
        "metropolitan",
        "district",
        "london",
        "royal",
        "of",
        "the",
        "and",
        "unitary",
        "authority",
    ]
)


def add_leaders(folder: Path, catalogue: Catalogue) -> None:
    """Add who led the footprints from 2016 to 2019."""
    for row in rows(folder, "footprint_leads.csv"):
        with catalogue.using(row):
            add_leader(row, catalogue)


def add_doors(folder: Path, catalogue: Catalogue) -> None:
    """Add the doors that the footprints published."""
    for row in rows(folder, "footprint_contacts_2019.csv"):
        with catalogue.using(row):
            add_contacts(row, catalogue)


def add_partners(folder: Path, catalogue: Catalogue) -> None:
    """Add the partners of the footprints in 2018 and 2019."""
    councils = councils_by_words(catalogue)
    for row in rows(folder, "footprint_partners_2019.csv"):
        with catalogue.using(row):
            add_partner(row, catalogue, councils)


def add_watches(folder: Path, catalogue: Catalogue) -> None:
    """Add the few Healthwatch that are known by name."""
    for row in rows(folder, "healthwatch_areas.csv"):
        with catalogue.using(row):
            add_healthwatch(row, catalogue)


def partnership(row: Row, catalogue: Catalogue) -> BodyFacts:
    """Return the partnership that a row is about; Unusable when it is not known."""
    code = row["footprint_ods_code"]
    return catalogue.find(stp(code), f"footprint {code}")


def add_leader(row: Row, catalogue: Catalogue) -> None:
    """Add who led a footprint; "not found" is not a fact about it, "to be confirmed" is one."""
    status = STATUSES.get(row["status"])
    if row["status"].startswith("to be confirmed"):
        status = "not_announced"
    if status is None:
        return
    said_on = re.search(r"\d{4}-\d\d-\d\d", row["status"])
    known_on = row.day("as_of") or (
        date.fromisoformat(said_on.group()) if said_on else row.day("snapshot") or date.min
    )
    partnership(row, catalogue).appointments.append(
        AppointmentFact(
            role="footprint lead",
            status=status,
            holder=row["lead_name"] or None,
            holder_role=row["lead_role"] or None,
            holder_organisation=row["lead_organisation"] or None,
            as_published=row["lead_text"] or None,
            known_on=known_on,
            source=row["source"],
            note=row["note"] or None,
            at=row.at,
        )
    )


def add_contacts(row: Row, catalogue: Catalogue) -> None:
    """Add the doors that a footprint published in 2018 or 2019."""
    body, known_on = partnership(row, catalogue), row.day("as_of") or date.min
    for mailbox in filter(None, row["contact_email"].split(";")):
        body.reach("email", mailbox, "enquiries", known_on, ODS_WORKBOOK, row.at)
    body.reach("post", row["postal_address"], "enquiries", known_on, ODS_WORKBOOK, row.at)
    body.reach("web", row["web_page"], "plans", known_on, ODS_WORKBOOK, row.at)


def words_of(name: str) -> frozenset[str]:
    """Return the words that tell one council from another."""
    return frozenset(re.findall(r"[a-z]+", name.lower())) - COUNCIL_WORDS


def councils_by_words(catalogue: Catalogue) -> dict[object, str]:
    """Return the key of each council by its ODS code and by the words of its name; counties win."""
    found: dict[object, str] = {}
    councils = [body for body in catalogue.everybody() if body.kind == "local_authority"]
    for body in sorted(councils, key=lambda each: each.key.startswith("council/E10")):
        found[words_of(body.names[0].value)] = body.key
        found.update({code.value: body.key for code in body.ods})
    return found


def add_partner(row: Row, catalogue: Catalogue, councils: dict[object, str]) -> None:
    """Add a partner of a footprint as recorded in 2018 or 2019, errors of the source included."""
    footprint = partnership(row, catalogue)
    key = partner_key(row, catalogue, councils)
    if key is None:
        raise Unusable(f"no council is known as {row['member_name']}")
    body = catalogue.elsewhere(key, row.at.file) or catalogue.add(partner_known_from_2019(key, row))
    member(body, footprint, row.day("as_of"), ODS_WORKBOOK, row.at)


def partner_key(row: Row, catalogue: Catalogue, councils: dict[object, str]) -> str | None:
    """Return the key of a partner; None for a council that cannot be told."""
    code, kind = row["member_ods_code"], row["member_type"]
    if kind == "local_authority":
        return councils.get(code) or councils.get(words_of(row["member_name"]))
    if kind == "ccg":
        return ccg(code)
    for known in (f"trust/{code}", f"practice/{code}"):
        if kind == "nhs_trust" or catalogue.elsewhere(known, row.at.file):
            return known
    return f"{kind}/{code or row['member_name'].lower()}"


def partner_known_from_2019(key: str, row: Row) -> BodyFacts:
    """Return a body that is known from the partners of 2019 alone."""
    kind = PARTNER_KINDS.get(row["member_type"], row["member_type"])
    closed = {"nhs_trust": TRUSTS_LISTED_ON, "ccg": date(2022, 6, 30)}.get(kind)
    body = BodyFacts(key, kind, ODS_WORKBOOK, row.at, closed_on=closed)
    return named(body, row["register_name"] or row["member_name"], ods=row["member_ods_code"])


def add_healthwatch(row: Row, catalogue: Catalogue) -> None:
    """Add a Healthwatch that is known by name, as a member of its council's area."""
    if not row["healthwatch_name"]:
        return
    key, source = f"healthwatch/{row['healthwatch_name'].lower()}", row["name_source"]
    area = catalogue.find(council(row["area_ons_code"]), f"council {row['area_ons_code']}")
    own = BodyFacts(key, "healthwatch", source, row.at, names=[Dated(row["healthwatch_name"])])
    body = catalogue.elsewhere(key, row.at.file) or catalogue.add(own)
    body.relate(area.key, "member_of", (None, None), source, row.at)
