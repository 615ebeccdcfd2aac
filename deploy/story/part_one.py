"""The story, part one: the doors, and feedback in and out; through the gateway only."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook

from deploy.story.caller import JsonObject, StoryBroken, wait_for
from deploy.story.cast import Cast, Teller
from deploy.story.receiver import Receiver

POSTCODE = "NE1 4LP"
SURVEY_MAPPING: JsonObject = {
    "fields": {
        "kind": "'survey_response'",
        "text": "comment",
        "rating.value": "score",
        "experienced_on": "date",
    },
    "defaults": {"rating.scale": "fft", "permissions.publish": "no"},
    "required": ["text", "rating.value"],
    "values": {"rating.value": {"very good": 1, "good": 2, "neither good nor poor": 3, "poor": 4}},
    "samples": [
        {
            "synthetic": True,
            "payload": {"comment": "Kind staff.", "score": "good", "date": "2026-03-01"},
            "expected": {
                "kind": "survey_response",
                "text": "Kind staff.",
                "experienced_on": "2026-03-01",
                "rating": {"value": 2, "scale": "fft"},
                "permissions": {"publish": "no"},
            },
        }
    ],
}
ANSWERS = (
    {
        "comment": "The driver waited with my mother until she was seen.",
        "score": "good",
        "date": "2026-10-02",
    },
    {"comment": "Nobody told us that the clinic had moved.", "score": "very poor", "date": "2026-10-03"},
)


@dataclass
class Endpoints:
    """The endpoints of the trust and of a body that the feedback is not about."""

    trust: Receiver
    other: Receiver


def play(cast: Cast, teller: Teller, endpoints: Endpoints) -> None:
    """Play all steps; StoryBroken as soon as one fails."""
    subscribe_both_bodies(cast, endpoints)
    find_the_door(cast, teller)
    suggest_a_door(cast, teller)
    give_feedback(cast, teller)
    send_answers(cast, teller)
    moderate_and_look_up(cast, teller)
    check_the_webhooks(cast, teller, endpoints)


def subscribe_both_bodies(cast: Cast, endpoints: Endpoints) -> None:
    """Subscribe both bodies to all feedback events that they may see."""
    for name, caller, receiver in (
        ("trust_endpoint", cast.trust, endpoints.trust),
        ("verifier_endpoint", cast.verifier, endpoints.other),
    ):
        made = caller.post("/v1/webhooks/endpoints", {"url": receiver.url, "event_types": FEEDBACK_EVENTS})
        receiver.secret = made["secret"]
        cast.ids[name] = made["id"]


FEEDBACK_EVENTS = [
    "feedback.received.v1",
    "feedback.read.v1",
    "feedback.published.v1",
    "feedback.source_payload_quarantined.v1",
]


def find_the_door(cast: Cast, teller: Teller) -> None:
    """(1) Find the footprint of a postcode, its predecessors and its leaders."""
    teller.step(1, f"A partner app asks which footprint the postcode {POSTCODE} is in")
    found = cast.partner.post("/v1/lookup", {"postcode": POSTCODE})
    footprint = found["footprint"]
    cast.ids["footprint"] = footprint["id"]
    teller.fact(f"Today: {footprint['name']} ({footprint['codes']['ods']}), as of {found['as_of']}")
    for before in (each for each in found["lineage"] if each["relation"] == "predecessor"):
        teller.fact(f"before: {before['name']} ({before['edition']}, from {before['valid_from']})")
    for leader in found["leaders"]:
        teller.fact(f"led by {leader['holder']}, {leader['role']}")
    for missing in found["not_known"]:
        last = f"{missing['last_known']} ({missing['last_known_on']})" if missing["last_known"] else "nothing"
        teller.fact(f"not known: {missing['what']}; last known: {last}")
        for instead in missing["try_instead"]:
            teller.fact(f"  try instead: {instead if isinstance(instead, str) else json.dumps(instead)}")


def suggest_a_door(cast: Cast, teller: Teller) -> None:
    """(1) Anybody may suggest a missing contact; a steward accepts it, and its code shows that."""
    trust, page = cast.ids["trust_organisation"], "https://example.org/contact"
    door = {"what": "contact", "channel": "email", "purpose": "enquiries", "value": "voices@example.org"}
    made = cast.anybody.post(f"/v1/organisations/{trust}/suggestions", {**door, "source_url": page})
    waiting = cast.steward.get(f"/v1/suggestions/{made['id']}")
    because = {"reason": "The trust's own page says so."}
    cast.steward.post(f"/v1/suggestions/{made['id']}/acceptance", because, version=waiting["version"])
    found = cast.anybody.post("/v1/suggestions/lookup", {"code": made["code"]})
    (known,) = cast.anybody.get(f"/v1/organisations/{trust}/contacts")["items"]
    teller.fact(f"a contact of the trust is suggested without a key; by its code it is {found['state']} now")
    teller.fact(f"anybody can now read it: {known['channel']}, {known['purpose']}, {known['freshness']}")


def give_feedback(cast: Cast, teller: Teller) -> None:
    """(2) A person gives feedback and gets a code to follow it with."""
    teller.step(2, "It sends feedback about Demonstration Trust (invented)")
    given = cast.partner.post(
        "/v1/feedback",
        {
            "kind": "story",
            "text": "I waited three hours for the transport home, and nobody could say when it would come.",
            "organisations": [cast.ids["trust_organisation"]],
            "experienced_on": "2026-10",
            "permissions": {"publish": "yes", "contact": "yes"},
            "contributor": {"channel": "email", "address": "demonstration@example.org"},
            "external_id": "story-1",
        },
    )
    cast.ids |= {"feedback": given["id"], "reply_code": given["reply_code"]}
    teller.fact(f"its id is {given['id']}, the reply code {given['reply_code']}")
    teller.fact(f"the notice: {given['notice']}")


def send_answers(cast: Cast, teller: Teller) -> None:
    """(3) The trust's survey system posts two answers; one waits until the mapping is corrected."""
    teller.step(3, "The trust's survey system posts two answers by a signed webhook")
    trust = cast.trust
    source = trust.post(
        "/v1/sources",
        {
            "name": "Patient survey (demonstration)",
            "scheme": "standard-webhooks",
            "controller": "Demonstration Trust (invented)",
            "lawful_basis": "public_task",
            "article_9_condition": "health_or_social_care",
            "notice_version": "1",
            "retention_days": 365,
        },
    )
    cast.ids["source"] = source["id"]
    trust.post(f"/v1/sources/{source['id']}/mappings", SURVEY_MAPPING)
    posted = [
        post_signed(cast, source, f"msg_demonstration_{number}", answer)
        for number, answer in enumerate(ANSWERS, 1)
    ]
    first, second = (wait_until_mapped(cast, received_id) for received_id in posted)
    teller.fact(f"the first answer became feedback {first['feedback'][0]['feedback_id']}")
    [fault] = second["quarantined"]
    teller.fact(f"the second answer waits in quarantine: {fault['error_class']} in {fault['field']}")
    corrected = {**SURVEY_MAPPING["values"]["rating.value"], "very poor": 5, "don't know": 6}
    trust.post(
        f"/v1/sources/{source['id']}/mappings", {**SURVEY_MAPPING, "values": {"rating.value": corrected}}
    )
    trust.post(f"/v1/sources/{source['id']}/replay", {"received_ids": [posted[1]]})
    replayed = wait_for("the replay", lambda: payload_if_in_state(cast, posted[1], "mapped"))
    cast.ids["answer"] = replayed["feedback"][0]["feedback_id"]
    teller.fact(f"the mapping is corrected and the answer replayed: feedback {cast.ids['answer']}")


def post_signed(cast: Cast, source: JsonObject, message_id: str, answer: Mapping[str, object]) -> str:
    """Post an answer as the survey system does: signed, without a key."""
    body, at = json.dumps(answer), datetime.now(UTC)
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(source["secret"]).sign(message_id, at, body),
        "content-type": "application/json",
    }
    taken = cast.anybody.ask("POST", source["hook"], content=body.encode(), headers=headers, expect=202)
    return str(taken["received_id"])


def payload_if_in_state(cast: Cast, received_id: str, *states: str) -> JsonObject | None:
    """What became of a payload if it is in one of the states."""
    found = cast.trust.get(f"/v1/sources/{cast.ids['source']}/received/{received_id}")
    return found if found["state"] in states else None


def wait_until_mapped(cast: Cast, received_id: str) -> JsonObject:
    """What became of a payload once the worker has taken it."""
    return wait_for("the mapping", lambda: payload_if_in_state(cast, received_id, "mapped", "quarantined"))


def moderate_and_look_up(cast: Cast, teller: Teller) -> None:
    """(4) A moderator reads and publishes it; the reply code alone shows what has happened."""
    teller.step(4, "A moderator of the trust reads the story and publishes it")
    place = f"/v1/feedback/{cast.ids['feedback']}"
    read = cast.trust.post(f"{place}/read", version=cast.trust.get(place)["version"])
    published = cast.trust.post(f"{place}/moderation", {"action": "publish"}, version=read["version"])
    teller.fact(f"its state is {published['state']}; anyone can now read it: GET {place}")
    if cast.anybody.get(place)["state"] != "published":
        raise StoryBroken("the published feedback cannot be read")
    found = cast.anybody.post("/v1/replies/lookup", {"reply_code": cast.ids["reply_code"]})
    teller.fact(
        "with the reply code alone: " + ", ".join(f"{each['what']} {each['at']}" for each in found["steps"])
    )
    teller.fact(found["message"])
    current = cast.trust.get(place)["version"]
    refused = cast.trust.send("POST", f"{place}/withdrawal", headers={"If-Match": f'"{current}"'})
    if refused.status_code != 403:
        raise StoryBroken("a body could withdraw what was said about it")
    teller.fact(f"the trust tries to withdraw what was said about it: {refused.json()['detail']}")
    audited = wait_for("the audit", lambda: audited_publication(cast))
    teller.fact(f"the audit says that {audited['actor']} ({audited['actor_role']}) published it")


def audited_publication(cast: Cast) -> JsonObject | None:
    """The row of the trust's audit that says who published the story, once it is there."""
    rows: list[JsonObject] = cast.trust.get("/v1/audit")["items"]
    mine = [each for each in rows if each["subject_id"] == cast.ids["feedback"]]
    return next((each for each in mine if each["action"] == "feedback_published"), None)


def check_the_webhooks(cast: Cast, teller: Teller, endpoints: Endpoints) -> None:
    """(5) The trust was told of each event that it may see; the other body was told of none."""
    teller.step(5, "The trust's endpoint was told of each event by a signed webhook")
    wait_for("the webhooks", lambda: set(FEEDBACK_EVENTS) <= set(endpoints.trust.types()))
    wait_for("the publication's webhook", lambda: len(endpoints.trust.about(cast.ids["feedback"])) >= 3)
    if endpoints.trust.refused:
        raise StoryBroken(f"{endpoints.trust.refused} signatures were wrong")
    for event in endpoints.trust.events:
        teller.fact(f"verified: {event['type']} about {event['subject']}")
    told = cast.verifier.get("/v1/webhooks/deliveries", endpoint=cast.ids["verifier_endpoint"])["items"]
    if told or endpoints.other.events or endpoints.other.refused:
        raise StoryBroken("a body was told of feedback about another body")
    teller.fact("and the endpoint of another organisation was told of none of them.")
