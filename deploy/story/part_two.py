"""The story, part two: you said, we did; through the gateway only."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from deploy.story.caller import Caller, JsonObject, StoryBroken, wait_for
from deploy.story.cast import Cast, Teller
from deploy.story.receiver import Receiver
from deploy.story.sink import MailSink
from shared.clock import today

PEOPLE = ("ada@example.org", "ben@example.org")
PREDECESSOR, SUCCESSOR, MERGED_ON = "ods:QUE", "ods:S1Y5D", "2026-04-01"
REASON = "The transport desk had nobody between six and eight in the evening, so that calls were not taken."
DECISION = {"deciding_role": "director of operations", "forum": "operations board", "reason": REASON}
MINUTES, ROTA = b64encode(b"We met.").decode(), b64encode(b"Monday to Sunday, 18 to 20: two names.").decode()
MINUTE = {"kind": "minute", "description": "Minutes of the transport group.", "content": MINUTES}
INVENTED = {"kind": "photo", "description": "The evening rota.", "sha256": "5" * 64}
PHOTO = {"kind": "photo", "description": "The evening rota, with two names on each day.", "content": ROTA}
VERDICTS = (
    {"did_it_happen": "yes", "worth": "better", "explained_well": 4, "felt_heard": 5},
    {"did_it_happen": "partly", "worth": "same", "explained_well": 3, "felt_heard": 3},
)


@dataclass
class Stagehands:
    """What the story needs apart from the gateway: mail, webhooks, and a hand in the database."""

    partner: Receiver
    mail: MailSink
    change_text: Callable[[str], Callable[[], None]]


def play(cast: Cast, teller: Teller, hands: Stagehands) -> None:
    """Play all steps; StoryBroken as soon as one fails."""
    subscribe_partner(cast, hands)
    loop = open_and_promise(cast, teller)
    loop = keep_the_promise(cast, teller, loop)
    tell_and_ask(cast, teller, hands, loop)
    decline_loop(cast, teller)
    inherit_loop(cast, teller)
    check_the_chain(cast, teller, hands)


def subscribe_partner(cast: Cast, hands: Stagehands) -> None:
    """Subscribe the partner's endpoint to everything that becomes public about loops."""
    made = cast.partner.post("/v1/webhooks/endpoints", {"url": hands.partner.url, "event_types": LOOP_EVENTS})
    hands.partner.secret, cast.ids["partner_endpoint"] = made["secret"], made["id"]


LOOP_EVENTS = [
    "loop.opened.v1",
    "loop.acknowledged.v1",
    "loop.decided.v1",
    "loop.commitment_made.v1",
    "loop.commitment_accepted.v1",
    "loop.change_claimed.v1",
    "loop.evidence_accepted.v1",
    "loop.contributors_told.v1",
    "loop.inherited.v1",
]


def give_feedback(cast: Cast, text: str, address: str | None = None) -> JsonObject:
    """Give feedback about the trust, with an address at which the person may be told or without one."""
    body: JsonObject = {
        "kind": "comment",
        "text": text,
        "organisations": [cast.ids["trust_organisation"]],
    }
    if address:
        contributor = {"channel": "email", "address": address}
        body |= {"permissions": {"contact": "yes"}, "contributor": contributor}
    return cast.partner.post("/v1/feedback", body)


def draft_loop(cast: Cast, title: str, you_said: str, feedback: list[str], **about: str) -> JsonObject:
    """Draft a loop of the trust."""
    body: JsonObject = {
        "title": title,
        "you_said": you_said,
        "feedback_ids": feedback,
        "raised_by": "body",
    }
    body |= {"organisation": cast.ids["trust_organisation"], "demonstration": True, **about}
    return cast.trust.post("/v1/loops", body)


def take_step(who: Caller, path: str, loop: JsonObject, body: object = None) -> JsonObject:
    """Take a step on a loop in the version that was read; the loop after it."""
    return who.post(path, body, version=loop["version"])


def expect_refusal(who: Caller, path: str, loop: JsonObject, body: object = None) -> str:
    """The refusal of a step, as one line; StoryBroken when the step is not refused."""
    answer = who.send("POST", path, json=body or {}, headers={"If-Match": f'"{loop["version"]}"'})
    if not answer.is_client_error:
        raise StoryBroken(f"POST {path} should have been refused, and was answered {answer.status_code}")
    return f"refused, {answer.json()['code']}: {answer.json()['detail']}"


def acknowledge_loop(cast: Cast, loop: JsonObject) -> JsonObject:
    """Preview who would be told, and acknowledge."""
    path = f"/v1/loops/{loop['id']}"
    preview = cast.trust.get(f"{path}/tellings/preview")
    return take_step(
        cast.trust, f"{path}/acknowledgement", loop, {"preview_id": preview["preview_id"], "moderated": True}
    )


def open_and_promise(cast: Cast, teller: Teller) -> JsonObject:
    """(6) A loop is opened from feedback, acknowledged, decided; the owner's team accepts the promise."""
    teller.step(6, "The trust's engagement lead opens a loop from what people said")
    said = [
        give_feedback(cast, f"Nobody answers the transport desk after six ({n}).", who)
        for n, who in enumerate(PEOPLE)
    ]
    loop = draft_loop(
        cast,
        "Evening transport",
        "Nobody answers the transport desk in the evening.",
        [s["id"] for s in said],
    )
    cast.ids["loop"] = loop["id"]
    path = f"/v1/loops/{loop['id']}"
    for step in cast.trust.get(f"{path}/next")["steps"]:
        missing = ", ".join(each["pointer"] for each in step["missing"]) or "nothing"
        teller.fact(f"next step: {step['step']}; missing: {missing}")
    preview = cast.trust.get(f"{path}/tellings/preview")
    teller.fact(
        f"{preview['contributors']} people; how many of so few can be told is {preview['reachable']['shown']}"
    )
    loop = acknowledge_loop(cast, loop)
    decision = {**DECISION, "answer": "will_do", "decided_on": today().isoformat()}
    loop = take_step(cast.trust, f"{path}/decisions", loop, decision)
    due = (today() + timedelta(days=30)).isoformat()
    owner = {"organisation": cast.ids["trust_organisation"], "team": "transport", "role": "head of transport"}
    promise = {
        "owner": owner,
        "due_on": due,
        "measure": "Calls answered between six and eight, week by week.",
        "people_will_notice": "People will notice that the transport desk answers until eight at night.",
    }
    loop = take_step(cast.trust, f"{path}/commitments", loop, promise)
    cast.ids["commitment"] = loop["commitments"][-1]["id"]
    loop = take_step(cast.transport, f"/v1/commitments/{cast.ids['commitment']}/acceptance", loop)
    teller.fact(f"decided: will do; promised by {due}; the transport team accepted: {loop['state']}")
    return loop


def keep_the_promise(cast: Cast, teller: Teller, loop: JsonObject) -> JsonObject:
    """(7) The change is claimed: refused without evidence, with minutes only, and judged by others."""
    teller.step(7, "The team claims the change")
    promise, on = f"/v1/commitments/{cast.ids['commitment']}", {"observed_on": today().isoformat()}
    teller.fact(f"without evidence: {expect_refusal(cast.transport, f'{promise}/change-claims', loop)}")
    loop = take_step(cast.transport, f"{promise}/evidence", loop, MINUTE | on)
    teller.fact(f"with a minute only: {expect_refusal(cast.transport, f'{promise}/change-claims', loop)}")
    invented = expect_refusal(cast.transport, f"{promise}/evidence", loop, INVENTED | on)
    teller.fact(f"with the digest of a file that nobody can see: {invented}")
    loop = take_step(cast.transport, f"{promise}/evidence", loop, PHOTO | on)
    loop = take_step(cast.transport, f"{promise}/change-claims", loop)
    evidence = f"/v1/evidence/{loop['commitments'][-1]['evidence'][-1]['id']}/verification"
    judged = {"accept": True, "reason": "I rang at seven on three evenings and was answered."}
    teller.fact(f"verified by themselves: {expect_refusal(cast.transport, evidence, loop, judged)}")
    loop = take_step(cast.verifier, evidence, loop, judged)
    teller.fact(f"another body's team verified the evidence and accepted it: {loop['state']}")
    seen = cast.anybody.get(f"/v1/loops/{loop['id']}")
    teller.fact(f"everybody can read who judged it: {seen['judged_by']}")
    return loop


def tell_and_ask(cast: Cast, teller: Teller, hands: Stagehands, loop: JsonObject) -> None:
    """(8) Contributors are told by mail, and give their verdict with the codes that mail brought."""
    teller.step(8, "The people who gave feedback are told by mail and asked for their verdict")
    path = f"/v1/loops/{loop['id']}"
    wait_for("the telling", lambda: cast.trust.get(path)["state"] == "verdict_open")
    for address, verdict in zip(PEOPLE, VERDICTS, strict=True):
        code = wait_for(f"mail to {address}", partial(hands.mail.codes_for, address))[-1]
        given = {"reply_code": code, "loop_id": loop["id"], **verdict}
        found = cast.anybody.post("/v1/replies/verdict", given)
        teller.fact(
            f"mail to {address} carries the code {code}, which no sender knows ({found['given_with']}); "
            f"their answer: {found['did_it_happen']}"
        )
    public, own = cast.anybody.get(f"{path}/verdicts"), cast.trust.get(f"{path}/verdicts")
    teller.fact(f"in public: {public['message']}")
    answers = {name: count["n"] for name, count in own["did_it_happen"].items()}
    teller.fact(f"the trust sees {own['verdicts']['n']}, {own['witnessed']['n']} witnessed: {answers}")


def decline_loop(cast: Cast, teller: Teller) -> None:
    """(9) A second loop is declined, with its reason and what would change it."""
    teller.step(9, "A second loop is declined")
    said = give_feedback(cast, "Please run the shuttle on Sundays too.")
    loop = acknowledge_loop(
        cast, draft_loop(cast, "Sunday shuttle", "The shuttle should run on Sundays.", [said["id"]])
    )
    cast.ids["declined_loop"] = loop["id"]
    decision = {
        **DECISION,
        "answer": "cannot",
        "decided_on": today().isoformat(),
        "reason": "On the twelve Sundays of the trial between one and three people used it on each day.",
        "would_change": "Ten people or more who say that they would use it.",
        "revisit_on": (today() + timedelta(days=365)).isoformat(),
        "how_to_object": "Write to the trust's board secretary, or give your verdict with your code.",
    }
    loop = take_step(cast.trust, f"/v1/loops/{loop['id']}/decisions", loop, decision)
    [shown] = cast.anybody.get(f"/v1/loops/{loop['id']}")["decisions"]
    teller.fact(f"cannot: {shown['reason']}")
    teller.fact(
        f"what would change it: {shown['would_change']} To be looked at again on {shown['revisit_on']}."
    )


def inherit_loop(cast: Cast, teller: Teller) -> None:
    """(10) The successor of a merged board takes over its loop."""
    teller.step(10, f"A third loop, about Cambridgeshire and Peterborough ({PREDECESSOR}), is inherited")
    said = give_feedback(cast, "The clinic by the river has no lift.")
    about = {"footprint": PREDECESSOR}
    loop = acknowledge_loop(
        cast, draft_loop(cast, "A lift for the clinic", "The clinic has no lift.", [said["id"]], **about)
    )
    cast.ids["inherited_loop"] = loop["id"]
    wanted = {"effective_on": MERGED_ON, "predecessors": [PREDECESSOR], "dry_run": True}
    shown = cast.steward.post("/v1/successions", wanted)["successions"][0]
    heirs = ", ".join(f"{each['name']} ({each['share']:.0%})" for each in shown["successors"])
    teller.fact(f"a dry run first: {shown['predecessor']['name']} goes to {heirs}")
    if not shown["applied_at"]:
        cast.steward.post("/v1/successions", wanted | {"dry_run": False})
    path = f"/v1/loops/{loop['id']}"
    found = wait_for("the inheritance", lambda: loop_if_taken_over(cast.anybody.get(path)))
    board = wait_for("the board", lambda: board_if_it_shows(cast, loop["id"]))
    teller.fact(
        f"{found['title']}: still {found['state']}, now at {board['name']}, with an owner to be named"
    )


def loop_if_taken_over(loop: JsonObject) -> JsonObject | None:
    """The loop, if a successor has taken it over; otherwise None."""
    return loop if loop["inherited_from"] else None


def board_if_it_shows(cast: Cast, loop_id: str) -> JsonObject | None:
    """The successor's board, if it shows a loop marked as a demonstration; otherwise None."""
    board = cast.anybody.get("/v1/board", footprint=SUCCESSOR)
    return board if any(e["loop_id"] == loop_id and e["demonstration"] for e in board["items"]) else None


def check_the_chain(cast: Cast, teller: Teller, hands: Stagehands) -> None:
    """(11) Each step was published with the chain's head; a text changed in the database is found."""
    teller.step(11, "Each step reached the partner's endpoint with the head of the loop's history")
    wait_for("the webhooks", lambda: set(LOOP_EVENTS) <= set(hands.partner.types()))
    if hands.partner.refused:
        raise StoryBroken(f"{hands.partner.refused} signatures were wrong")
    loop = cast.ids["loop"]
    mine = [each for each in hands.partner.events if each["subject"] == loop]
    for event in sorted(mine, key=lambda each: str(each["sequence"])):
        teller.fact(f"verified: {event['type']}, head {event['data']['head'][:16]}…")
    path = f"/v1/loops/{loop}/verify"
    intact = cast.anybody.get(path)
    heads = {each["data"]["head"] for each in mine}
    if not intact["intact"] or intact["head"] not in heads | {cast.trust.get(f"/v1/loops/{loop}")["head"]}:
        raise StoryBroken("the history differs from what was published")
    teller.fact(f"the history is intact: {intact['length']} entries")
    put_back = hands.change_text(loop)
    try:
        found = cast.anybody.get(path)
    finally:
        put_back()
    if found["intact"]:
        raise StoryBroken("the check did not find the text that was changed in the database")
    teller.fact(f"a text is changed in the database: {found['detail']}")
    teller.fact("the text is put back, and the history is intact again.")
