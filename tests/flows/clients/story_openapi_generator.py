"""What a partner does with the Python client of openapi-generator; run by the generators' own Python.

It reads addresses and keys as JSON from its input, and prints what came of it as JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from doorway_client import ApiClient, Configuration
from doorway_client.api.feedback_api import FeedbackApi
from doorway_client.api.footprints_api import FootprintsApi
from doorway_client.api.lookup_api import LookupApi
from doorway_client.api.loops_api import LoopsApi
from doorway_client.api.tellings_api import TellingsApi
from doorway_client.exceptions import ApiException
from doorway_client.models.acknowledgement import Acknowledgement
from doorway_client.models.new_feedback import NewFeedback
from doorway_client.models.new_loop import NewLoop
from doorway_client.models.place import Place

TRIES = 30


def ask(operation: Callable[..., Any], *path: Any, **given: Any) -> Any:
    """Call an operation, again as `Retry-After` says."""
    for _ in range(TRIES):
        try:
            return operation(*path, **given)
        except ApiException as refused:
            if "retry-after" not in refused.headers:
                raise
            time.sleep(float(refused.headers["retry-after"]))
    raise SystemExit(f"{operation.__name__}: not in {TRIES} tries")


def play(url: str, partner_key: str, trust_key: str, trust: str) -> dict[str, object]:
    """Look a postcode up, follow cursors, give feedback, and take a loop to `acknowledged`."""
    partner = ApiClient(Configuration(host=url, access_token=partner_key))
    staff = ApiClient(Configuration(host=url, access_token=trust_key))
    found = ask(LookupApi(partner).look_up, Place(postcode="NE1 4LP"))
    pages = [ask(FootprintsApi(partner).list_footprints, limit=2)]
    while pages[-1].next and len(pages) < 3:
        [cursor] = parse_qs(urlsplit(pages[-1].next).query)["cursor"]
        pages.append(ask(FootprintsApi(partner).list_footprints, limit=2, cursor=cursor))
    said = NewFeedback(kind="comment", text="Nobody answers.", organisations=[trust])
    receipt = ask(FeedbackApi(partner).give_feedback, said)
    actor = "demo-1; role=engagement lead"
    draft = NewLoop(
        title="Desk",
        you_said="Nobody answers.",
        feedback_ids=[receipt.id],
        organisation=trust,
        demonstration=True,
    )
    loop = ask(LoopsApi(staff).draft_loop, actor, draft)
    preview = ask(TellingsApi(staff).preview_tellings, loop.id)
    after = ask(
        LoopsApi(staff).acknowledge_loop,
        loop.id,
        actor,
        f'"{loop.version}"',
        Acknowledgement(moderated=True, preview_id=preview.preview_id),
    )
    return {
        "footprint": found.footprint.name,
        "listed": [str(each.id) for page in pages for each in page.items],
        "states": [loop.state, after.state],
        "acknowledged_at": after.acknowledged_at.isoformat(),
    }


if __name__ == "__main__":
    print(json.dumps(play(**json.load(sys.stdin))))
