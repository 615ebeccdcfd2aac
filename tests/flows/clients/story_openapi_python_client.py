"""What a partner does with a client that was made from the API document; run by the generator's own Python.

It reads addresses and keys as JSON from its input, and prints what came of it as JSON.
"""

import json
import sys
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

from doorway_client.api.feedback import give_feedback
from doorway_client.api.footprints import list_footprints
from doorway_client.api.lookup import look_up
from doorway_client.api.loops import acknowledge_loop, draft_loop
from doorway_client.api.tellings import preview_tellings
from doorway_client.client import AuthenticatedClient
from doorway_client.models import Acknowledgement, NewFeedback, NewLoop, Place

TRIES = 30


def ask(operation: Any, *path: Any, **given: Any) -> Any:
    """Call an operation, again as `Retry-After` says; what the generated client read of the answer."""
    for _ in range(TRIES):
        answer = operation.sync_detailed(*path, **given)
        if answer.status_code < 300:
            return answer.parsed
        if "retry-after" not in answer.headers:
            break
        time.sleep(float(answer.headers["retry-after"]))
    raise SystemExit(f"{operation.__name__}: {answer.status_code} {answer.content.decode()}")


def play(url: str, partner_key: str, trust_key: str, trust: str) -> dict[str, object]:
    """Look a postcode up, follow cursors, give feedback, and take a loop to `acknowledged`."""
    partner = AuthenticatedClient(url, partner_key)
    staff = AuthenticatedClient(url, trust_key)
    found = ask(look_up, client=partner, body=Place(postcode="NE1 4LP"))
    pages = [ask(list_footprints, client=partner, limit=2)]
    while pages[-1].next_ and len(pages) < 3:
        [cursor] = parse_qs(urlsplit(pages[-1].next_).query)["cursor"]
        pages.append(ask(list_footprints, client=partner, limit=2, cursor=cursor))
    said = NewFeedback.from_dict({"kind": "comment", "text": "Nobody answers.", "organisations": [trust]})
    receipt = ask(give_feedback, client=partner, body=said)
    draft = NewLoop.from_dict(
        {
            "title": "Desk",
            "you_said": "Nobody answers.",
            "feedback_ids": [str(receipt.id)],
            "organisation": trust,
            "demonstration": True,
        }
    )
    actor = "demo-1; role=engagement lead"
    loop = ask(draft_loop, client=staff, body=draft, doorway_actor=actor)
    preview = ask(preview_tellings, loop.id, client=staff)
    after = ask(
        acknowledge_loop,
        loop.id,
        client=staff,
        body=Acknowledgement(moderated=True, preview_id=preview.preview_id),
        doorway_actor=actor,
        if_match=f'"{loop.version}"',
    )
    return {
        "footprint": found.footprint.name,
        "listed": [str(each.id) for page in pages for each in page.items],
        "states": [str(loop.state), str(after.state)],
        "acknowledged_at": after.acknowledged_at.isoformat(),
    }


if __name__ == "__main__":
    print(json.dumps(play(**json.load(sys.stdin))))
