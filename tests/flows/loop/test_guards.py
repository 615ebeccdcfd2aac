"""Each guard of a loop, through the gateway: refused with its code, and let through when it is satisfied."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from deploy.story.caller import Caller
from deploy.story.cast import Cast
from shared.clock import today

WRITE, JUDGE = ["loop:read", "loop:write"], ["loop:read", "loop:write", "loop:verify"]
REASON = "The council refused consent for a ramp in May 2026, because the front of the house is listed."
DECISION = {"deciding_role": "chair", "forum": "board", "decided_on": "2026-10-01", "reason": REASON}
DECLINE = DECISION | {
    "answer": "cannot",
    "would_change": "Consent for a ramp.",
    "revisit_on": "2030-01-01",
    "how_to_object": "Write to the board secretary.",
}
PHOTO = {
    "kind": "photo",
    "description": "The new door, open.",
    "content": "VGhlIGRvb3Iu",
    "observed_on": "2026-10-01",
}
MINUTE = {**PHOTO, "kind": "minute", "description": "Minutes of the access group."}
YES = {"accept": True, "reason": "We went there and saw it."}


@dataclass
class Desk:
    """The teams that work on the trust's loops, and others."""

    cast: Cast
    lead: Caller
    estates: Caller
    quality: Caller
    stranger: Caller

    def draft(self, *, said: bool = True) -> "Play":
        """Draft a loop of the trust."""
        about = {"organisation": self.cast.ids["trust_organisation"]}
        organisations = [about["organisation"]]
        given = {"kind": "comment", "text": "The door is too heavy.", "organisations": organisations}
        ids = [self.cast.trust.post("/v1/feedback", given)["id"]] if said else []
        draft = {"title": "Doors", "you_said": "The door is too heavy.", "feedback_ids": ids, **about}
        return Play(self, self.lead.post("/v1/loops", draft))


@dataclass
class Play:
    """A loop on its way."""

    desk: Desk
    loop: dict[str, Any]

    def at(self, path: str) -> str:
        """The path of a step: of the loop, of its newest promise, or of its newest evidence."""
        of, _, step = path.partition(":")
        promises, shown = self.loop["commitments"], [*self.loop["evidence"]]
        shown += promises[-1]["evidence"] if promises else []
        return {
            "loop": f"/v1/loops/{self.loop['id']}/{step}",
            "promise": f"/v1/commitments/{promises[-1]['id']}/{step}" if promises else "",
            "shown": f"/v1/evidence/{shown[-1]['id']}/{step}" if shown else "",
        }[of]

    def take(self, who: Caller, path: str, body: Any = None) -> "Play":
        """Take a step that has to pass."""
        self.loop = who.post(self.at(path), body, version=self.loop["version"])
        return self

    def refused(self, who: Caller, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
        """Status and code of a step that is refused."""
        match = {"If-Match": f'"{self.loop["version"]}"'} | headers
        answer = who.send("POST", self.at(path), json=body or {}, headers=match)
        assert answer.is_error, answer.text
        assert len(answer.json()["detail"]) > 20
        return answer.status_code, answer.json()["code"]

    def acknowledged(self) -> "Play":
        """Lead the loop until it is acknowledged."""
        steps = self.desk.lead.get(f"/v1/loops/{self.loop['id']}/next")["steps"]
        [heard] = [each["example"] for each in steps if each["step"] == "acknowledgement"]
        preview = self.desk.lead.get(f"/v1/loops/{self.loop['id']}/tellings/preview")
        heard["preview_id"] = preview["preview_id"]
        return self.take(self.desk.lead, "loop:acknowledgement", heard)

    def decided(self) -> "Play":
        """Lead the loop to a decision."""
        return self.acknowledged().take(self.desk.lead, "loop:decisions", DECISION | {"answer": "will_do"})

    def promised(self) -> "Play":
        """Lead the loop to a promise that is not accepted."""
        return self.decided().take(self.desk.lead, "loop:commitments", self.promise())

    def promise(self, **fields: Any) -> dict[str, Any]:
        """A promise of the estates team."""
        owner = {"organisation": self.desk.cast.ids["trust_organisation"], "team": "estates", "role": "head"}
        due = (today() + timedelta(days=90)).isoformat()
        outcome = "People will notice that the door opens by itself."
        return {
            "owner": owner,
            "due_on": due,
            "people_will_notice": outcome,
            "measure": "Five days of counts.",
        } | fields

    def accepted(self) -> "Play":
        """Lead the loop to a promise that is worked on."""
        return self.promised().take(self.desk.estates, "promise:acceptance")

    def claimed(self) -> "Play":
        """Lead the loop to a change that is claimed."""
        shown = self.accepted().take(self.desk.estates, "promise:evidence", PHOTO)
        return shown.take(self.desk.estates, "promise:change-claims")


@pytest.fixture(scope="module")
def desk(cast: Cast) -> Iterator[Desk]:
    """Make a client for each team of the trust, and one of another body."""
    trust, other = cast.ids["trust_organisation"], cast.ids["verifier_organisation"]

    def client(organisation: str, team: str, scopes: list[str]) -> Caller:
        made = {"organisation": organisation, "team": team, "name": team, "scopes": scopes}
        key = cast.admin.post("/v1/clients", made)["key"]
        return Caller(cast.gateway_url, key, f"{team}-1; role={team} lead")

    made = Desk(
        cast,
        client(trust, "access", WRITE),
        client(trust, "estates", JUDGE),
        client(trust, "quality", JUDGE),
        client(other, "estates", JUDGE),
    )
    yield made
    for caller in (made.lead, made.estates, made.quality, made.stranger):
        caller.close()


def test_opening(desk: Desk) -> None:
    empty = desk.draft(said=False)
    assert empty.refused(desk.lead, "loop:opening", {"moderated": True}) == (422, "feedback_required")
    play = desk.draft()
    assert play.refused(desk.stranger, "loop:opening", {"moderated": True}) == (404, "not_found")
    assert play.refused(desk.lead, "loop:opening") == (422, "moderation_required")
    assert play.take(desk.lead, "loop:opening", {"moderated": True}).loop["state"] == "open"
    assert desk.cast.anybody.get(f"/v1/loops/{play.loop['id']}")["title"] == "Doors"
    assert play.refused(desk.stranger, "loop:acknowledgement") == (403, "not_responsible")


def test_a_complaint_comes_into_no_loop(desk: Desk) -> None:
    about = {"organisation": desk.cast.ids["trust_organisation"]}
    said = {"kind": "complaint", "text": "No!", "organisations": [about["organisation"]]}
    complaint = desk.cast.trust.post("/v1/feedback", said)["id"]
    draft = {"title": "Doors", "you_said": "No!", "feedback_ids": [complaint], **about}
    caller = desk.lead
    answer = caller.send("POST", "/v1/loops", json=draft)
    while answer.status_code == 409:  # the complaint is still on its way to the loop service, which waits
        answer = caller.send("POST", "/v1/loops", json=draft)
    assert (answer.status_code, answer.json()["code"]) == (422, "complaint_in_loop")


def test_versions(desk: Desk) -> None:
    play = desk.draft()
    stale = {"If-Match": '"7"'}
    assert play.refused(desk.lead, "loop:opening", {"moderated": True}, **stale) == (412, "version_stale")
    answer = desk.lead.send("POST", play.at("loop:opening"), json={"moderated": True})
    assert (answer.status_code, answer.json()["code"]) == (428, "version_required")


def test_acknowledging_and_stating(desk: Desk) -> None:
    play = desk.draft()
    assert play.refused(desk.lead, "loop:consideration") == (409, "step_not_allowed")
    unseen = play.refused(desk.lead, "loop:acknowledgement", {"moderated": True})
    assert unseen == (422, "preview_required")
    assert play.acknowledged().loop["state"] == "acknowledged"
    assert play.take(desk.lead, "loop:statement", {"statement": "We know."}).loop["statement"] == "We know."
    twice = play.refused(desk.lead, "loop:statement", {"statement": "We really know."})
    assert twice == (409, "statement_given")
    assert play.take(desk.lead, "loop:consideration").loop["state"] == "considering"


@pytest.mark.parametrize(
    ("lacking", "code"),
    [
        ({"reason": "Due to operational reasons."}, "reason_too_thin"),
        ({"reason": "There are no resources for a second door at the side."}, "constraint_required"),
        ({"would_change": None}, "revisit_required"),
        ({"answer": "already_done"}, "evidence_required"),
    ],
)
def test_declining(desk: Desk, lacking: dict[str, Any], code: str) -> None:
    play = desk.draft().acknowledged()
    assert play.refused(desk.lead, "loop:decisions", DECLINE | lacking) == (422, code)
    assert play.take(desk.lead, "loop:decisions", DECLINE).loop["state"] in {"telling", "verdict_open"}


def test_already_done(desk: Desk) -> None:
    play = desk.draft().acknowledged().take(desk.lead, "loop:evidence", PHOTO)
    play.take(desk.lead, "loop:decisions", DECISION | {"answer": "already_done"})
    assert play.loop["state"] == "evidence_check"
    assert play.take(desk.quality, "shown:verification", YES).loop["state"] in {"telling", "verdict_open"}


def test_promising(desk: Desk) -> None:
    play = desk.draft().decided()
    for fields, code in (
        ({"people_will_notice": None}, "outcome_required"),
        ({"people_will_notice": "Hold a meeting about the door."}, "activity_not_outcome"),
        ({"due_on": "2020-01-01"}, "invalid"),
    ):
        assert play.refused(desk.lead, "loop:commitments", play.promise(**fields)) == (422, code)
    assert play.take(desk.lead, "loop:commitments", play.promise()).loop["state"] == "committed"
    assert play.refused(desk.lead, "promise:acceptance") == (403, "not_the_owner")
    assert play.refused(desk.stranger, "promise:acceptance") == (403, "not_the_owner")
    assert play.take(desk.estates, "promise:acceptance").loop["state"] == "in_progress"
    assert play.refused(desk.estates, "promise:acceptance") == (409, "already_accepted")


def test_moving_a_due_date(desk: Desk) -> None:
    play = desk.draft().accepted()
    first = play.loop["commitments"][0]["due_on"]
    later = (date.fromisoformat(first) + timedelta(days=30)).isoformat()
    thin = {"due_on": later, "reason": "Late."}
    assert play.refused(desk.estates, "promise:revisions", thin) == (422, "reason_too_thin")
    play.take(desk.estates, "promise:revisions", {"due_on": later, "reason": REASON})
    [promise] = desk.cast.anybody.get(f"/v1/loops/{play.loop['id']}")["commitments"]
    assert (promise["due_on"], promise["original_due_on"], promise["slips"]) == (later, first, 1)


def test_claiming(desk: Desk) -> None:
    play = desk.draft().promised()
    assert play.refused(desk.estates, "promise:change-claims") == (409, "step_not_allowed")
    play.take(desk.estates, "promise:acceptance")
    assert play.refused(desk.estates, "promise:change-claims") == (422, "evidence_required")
    play.take(desk.estates, "promise:evidence", MINUTE)
    assert play.refused(desk.estates, "promise:change-claims") == (422, "activity_not_outcome")
    undigested = {**PHOTO, "content": None, "sha256": "0" * 64}
    assert play.refused(desk.estates, "promise:evidence", undigested) == (422, "nothing_to_look_at")
    play.take(desk.estates, "promise:evidence", PHOTO)
    assert play.refused(desk.quality, "shown:verification", YES) == (409, "step_not_allowed")
    assert play.take(desk.estates, "promise:change-claims").loop["state"] == "change_claimed"
    again = play.promise()
    assert play.refused(desk.lead, "loop:commitments", again) == (409, "step_not_allowed")


def test_another_owner_accepts_first(desk: Desk) -> None:
    play = desk.draft().accepted().take(desk.estates, "promise:evidence", PHOTO)
    owner = {**play.promise()["owner"], "team": "access"}
    play.take(desk.lead, "promise:revisions", {"owner": owner, "reason": REASON})
    assert play.refused(desk.lead, "promise:change-claims") == (422, "acceptance_required")
    play.take(desk.lead, "promise:acceptance").take(desk.lead, "promise:change-claims")


def test_judging(desk: Desk) -> None:
    play = desk.draft().claimed()
    assert play.refused(desk.estates, "shown:verification", YES) == (403, "self_verification")
    assert play.refused(desk.lead, "shown:verification", YES) == (403, "scope_missing")
    rejected = {"accept": False, "reason": "The photo shows another door."}
    assert play.take(desk.quality, "shown:verification", rejected).loop["state"] == "in_progress"
    assert play.refused(desk.estates, "promise:change-claims") == (422, "evidence_required")
    play.take(desk.estates, "promise:evidence", PHOTO).take(desk.estates, "promise:change-claims")
    assert play.take(desk.quality, "shown:verification", YES).loop["state"] in {"telling", "verdict_open"}
    checked = desk.cast.anybody.get(f"/v1/loops/{play.loop['id']}/verify")
    assert (checked["intact"], checked["first_broken"]) == (True, None)
