"""History: leaders, contacts and partners of footprints from 2016 to 2019, and clusters of boards of 2025."""

import re
from datetime import date

from services.registry.imports.facts import AppointmentFact, BodyFacts, Catalogue, Dated, FileReader, Unusable
from services.registry.imports.files import Row
from services.registry.imports.footprints import STP_CLOSED, icb_key, stp_key
from services.registry.imports.organisations import add_member, ccg_key, council_key, name_body

ODS_WORKBOOK = "NHS Digital ODS, STP Partner Relationships workbook, 2019"
# The register of trusts of this day no longer lists those that are known from 2019 alone.
TRUSTS_LISTED_ON = date(2025, 7, 15)
PARTNER_KINDS = {"healthwatch": "healthwatch", "voluntary_sector": "voluntary"}
STATUSES = {"confirmed": "confirmed", "recorded": "confirmed"}
AGREED = ("agreed", "approved by NHS England")
COUNCIL_WORDS = frozenset(
    [
        *("council", "borough", "city", "county", "metropolitan", "district", "london"),
        *("royal", "of", "the", "and", "unitary", "authority"),
    ]
)


class PartnershipReader(FileReader):
    """Reads a file that names partnerships by their ODS codes."""

    def partnership_of(self, row: Row) -> BodyFacts:
        """The partnership that a row is about; Unusable when it is not known."""
        code = row["footprint_ods_code"]
        return self.catalogue.find(stp_key(code), f"footprint {code}")


class Leaders(PartnershipReader):
    """The leaders of footprints from 2016 to 2019."""

    files = ("footprint_leads.csv",)

    def read(self, row: Row) -> None:
        """Add a leader of a footprint; "not found" is not a fact about it, "to be confirmed" is one."""
        is_to_come = row["status"].startswith("to be confirmed")
        status = "not_announced" if is_to_come else STATUSES.get(row["status"])
        if status is None:
            return
        said_on = re.search(r"\d{4}-\d\d-\d\d", row["status"])
        day_said = date.fromisoformat(said_on.group()) if said_on else row.day("snapshot")
        held = AppointmentFact(
            "footprint lead", status, row.day("as_of") or day_said or date.min, row["source"], row.at
        )
        held.holder, held.holder_role = row["lead_name"] or None, row["lead_role"] or None
        held.holder_organisation = row["lead_organisation"] or None
        held.as_published, held.note = row["lead_text"] or None, row["note"] or None
        self.partnership_of(row).appointments.append(held)


class Contacts(PartnershipReader):
    """The contacts that footprints published in 2018 and 2019."""

    files = ("footprint_contacts_2019.csv",)

    def read(self, row: Row) -> None:
        """Add the mailboxes, the address and the page of a footprint."""
        body, known_on = self.partnership_of(row), row.day("as_of") or date.min
        for mailbox in row["contact_email"].split(";"):
            body.reach("email", mailbox, "enquiries", known_on, ODS_WORKBOOK, row.at)
        body.reach("post", row["postal_address"], "enquiries", known_on, ODS_WORKBOOK, row.at)
        body.reach("web", row["web_page"], "plans", known_on, ODS_WORKBOOK, row.at)


class Partners(PartnershipReader):
    """The partners of footprints as recorded in 2018 and 2019, errors of the source included."""

    files = ("footprint_partners_2019.csv",)

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__(catalogue)
        self.councils = councils_by_words(catalogue)

    def read(self, row: Row) -> None:
        """Add a partner of a footprint."""
        footprint, key = self.partnership_of(row), self.key_of(row)
        if key is None:
            raise Unusable(f"council {row['member_name']} is not known")
        body = self.catalogue.find_elsewhere(key, row.at.file)
        body = body or self.catalogue.add(partner_of_2019(key, row))
        add_member(body, footprint, row.day("as_of"), ODS_WORKBOOK, row.at)

    def key_of(self, row: Row) -> str | None:
        """The key of a partner; None for a council that is not known."""
        code, kind = row["member_ods_code"], row["member_type"]
        if kind == "local_authority":
            return self.councils.get(code) or self.councils.get(words_of_council(row["member_name"]))
        if kind == "ccg":
            return ccg_key(code)
        for known in (f"trust/{code}", f"practice/{code}"):
            if kind == "nhs_trust" or self.catalogue.find_elsewhere(known, row.at.file):
                return known
        return f"{kind}/{code or row['member_name'].lower()}"


def words_of_council(name: str) -> frozenset[str]:
    """The words that tell one council from another."""
    return frozenset(re.findall(r"[a-z]+", name.lower())) - COUNCIL_WORDS


def councils_by_words(catalogue: Catalogue) -> dict[object, str]:
    """The key of each council by its ODS code and by the words of its name; counties win."""
    found: dict[object, str] = {}
    councils = [body for body in catalogue.everybody() if body.kind == "local_authority"]
    for body in sorted(councils, key=lambda each: each.key.startswith("council/E10")):
        found[words_of_council(body.names[0].value)] = body.key
        found.update({code.value: body.key for code in body.ods})
    return found


def partner_of_2019(key: str, row: Row) -> BodyFacts:
    """A body that is known from the partners of 2019 alone."""
    kind = PARTNER_KINDS.get(row["member_type"], row["member_type"])
    closed = {"nhs_trust": TRUSTS_LISTED_ON, "ccg": STP_CLOSED}.get(kind)
    body = BodyFacts(key, kind, ODS_WORKBOOK, row.at, closed_on=closed)
    return name_body(body, row["register_name"] or row["member_name"], ods=row["member_ods_code"])


class Watches(FileReader):
    """The few Healthwatch that are known by name, as members of their council's area."""

    files = ("healthwatch_areas.csv",)

    def read(self, row: Row) -> None:
        """Add a Healthwatch, if the row names it."""
        if not row["healthwatch_name"]:
            return
        code, key = row["area_ons_code"], f"healthwatch/{row['healthwatch_name'].lower()}"
        area = self.catalogue.find(council_key(code), f"council {code}")
        new = BodyFacts(
            key, "healthwatch", row["name_source"], row.at, names=[Dated(row["healthwatch_name"])]
        )
        body = self.catalogue.find_elsewhere(key, row.at.file) or self.catalogue.add(new)
        body.relate(area.key, "member_of", (None, None), row["name_source"], row.at)


class Clusters(FileReader):
    """Boards that share their leaders, or were about to, as was reported in mid-2025."""

    files = ("icb_clusters_2025.csv",)

    def read(self, row: Row) -> None:
        """Add to each board of a cluster the others; nobody is named, and the report is in the note."""
        codes = row["member_ods_codes"].split(";")
        members = [self.catalogue.find(icb_key(code), f"board {code}") for code in codes]
        known_on, reported = row.day("reported_date"), row["status_as_reported"]
        if known_on is None:
            raise Unusable("the day of the report is missing")
        # Whatever else was reported was still being considered: nobody shared anything yet.
        status = "shared" if reported in AGREED else "not_announced"
        for board in members:
            held = AppointmentFact("chair and chief executive", status, known_on, row["source"], row.at)
            held.shared_with = [each.key for each in members if each is not board]
            held.note = f"cluster of {row['members']}; as reported: {reported}; {row['note']}"
            board.appointments.append(held)
