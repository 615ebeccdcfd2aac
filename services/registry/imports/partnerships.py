"""History: contacts and partners of footprints of 2018 and 2019.

Each function reads one row of a file (see `sources.py`).
"""

from datetime import date

from services.registry.imports.councils import find_council
from services.registry.imports.facts import BodyFacts, Catalogue, Unusable
from services.registry.imports.files import Row
from services.registry.imports.footprints import STP_CLOSED, stp_key
from services.registry.imports.groups import ccg_key

# The register of trusts of this day no longer lists those that are known from 2019 alone: they closed at some
# time before. It lists no care trust, so it can close none.
TRUSTS_LISTED_ON = date(2026, 4, 9)
CARE_TRUST = "T"
CLOSED_BY = {"nhs_trust": TRUSTS_LISTED_ON, "ccg": STP_CLOSED}
PARTNER_KINDS = {"healthwatch": "healthwatch", "voluntary_sector": "voluntary"}


def find_partnership(catalogue: Catalogue, row: Row) -> BodyFacts:
    """The partnership that a row is about; Unusable when it is not known."""
    code = row["footprint_ods_code"]
    return catalogue.find(stp_key(code), f"footprint {code}")


def read_contacts(catalogue: Catalogue, row: Row) -> None:
    """Add the contacts that a footprint published in 2018 or 2019."""
    body, known_on = find_partnership(catalogue, row), row.day("as_of") or date.min
    for mailbox in row.listed("contact_email"):
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
        code = row["member_ods_code"]
        closed = None if code.startswith(CARE_TRUST) else CLOSED_BY.get(kind)
        body = BodyFacts(key, kind, row.source, row.at, closed_on=closed, is_closing_day_known=closed is None)
        body.change(None, row["register_name"] or row["member_name"], ods=row["member_ods_code"])
        body = catalogue.add(body)
    # Of one that had closed by then, it is only sure of its last day.
    since = min((each for each in (row.day("as_of"), body.closed_on) if each), default=None)
    body.join(footprint, since, row)


def key_of_partner(catalogue: Catalogue, row: Row) -> str:
    """The key of a partner; Unusable for a council that is not known."""
    code, kind, name = row["member_ods_code"], row["member_type"], row["member_name"]
    if kind == "local_authority":
        council = find_council(catalogue, code, name, row.day("as_of") or date.max)
        if council is None:
            raise Unusable(f"council {name} is not known")
        return council.key
    if kind == "ccg":
        return ccg_key(code)
    for known in (f"trust/{code}", f"practice/{code}"):
        if kind == "nhs_trust" or catalogue.find_elsewhere(known, row.at.file):
            return known
    return f"{kind}/{code or name.lower()}"
