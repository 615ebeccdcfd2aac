"""Whatever is killed in the middle: nothing that was answered 201 is lost, and nothing takes effect twice."""

import asyncio
import json
import os
import signal
import threading
import time
from functools import partial

import asyncpg
import httpx2
import pytest

from deploy.story.caller import Caller, wait_for
from deploy.story.receiver import run_receiver
from tests.feedback.examples import word

POSTS = 120
SENDERS = 4


class Posting:
    """Posts feedback from several threads; what gets no 201 is sent again under the same external id."""

    def __init__(self, cast, kind):
        self.cast, self.kind = cast, kind
        self.answered, self.lock = {}, threading.Lock()
        self.half_way = threading.Event()

    def run(self, numbers):
        caller = Caller(self.cast.gateway_url, self.cast.keys["partner"])
        for number in numbers:
            external_id = f"{self.kind}-{number}"
            found = wait_for("an answer", partial(self.post, caller, external_id))
            with self.lock:
                self.answered[external_id] = found["id"]
                if len(self.answered) >= POSTS // 3:
                    self.half_way.set()
        caller.close()

    def post(self, caller, external_id):
        body = {
            "kind": "comment",
            "text": "It took too long.",
            "organisations": [self.cast.ids["trust_organisation"]],
            "external_id": external_id,
        }
        try:
            answer = caller.send("POST", "/v1/feedback", json=body)
        except httpx2.HTTPError:
            return None
        assert answer.status_code < 400 or answer.status_code in {409, 429, 500, 502, 503, 504}, answer.text
        if answer.status_code == 429:
            time.sleep(float(answer.headers["retry-after"]))
        return answer.json() if answer.status_code == 201 else None

    def all_sent(self, kill):
        """Send everything, and kill something when a third is through."""
        threads = [
            threading.Thread(target=self.run, args=(range(n, POSTS, SENDERS),)) for n in range(SENDERS)
        ]
        for thread in threads:
            thread.start()
        assert self.half_way.wait(60)
        kill()
        for thread in threads:
            thread.join(120)
        assert len(self.answered) == POSTS


def all_items(caller, path, **params):
    """The whole of a list, page by page."""
    found, page = [], caller.get(path, limit=200, **params)
    while True:
        found += page["items"]
        if page["next"] is None:
            return found
        page = caller.get(page["next"])


@pytest.mark.parametrize("victim", ["feedback-worker", "feedback-api", "nats", "postgres", "gateway-worker"])
def test_nothing_is_lost_or_doubled(broken_stack, broken_cast, victim):
    cast = broken_cast
    with run_receiver() as receiver:
        wanted = {"url": receiver.url, "event_types": ["feedback.received.v1"]}
        endpoint = cast.trust.post("/v1/webhooks/endpoints", wanted)
        receiver.secret = endpoint["secret"]
        posting = Posting(cast, f"{victim}-{word()}")
        posting.all_sent(lambda: os.kill(broken_stack.pid(victim), signal.SIGKILL))
        expected = set(posting.answered.values())
        # What a killed worker had taken is given out again after its lease, and that of the broker.
        wait_for("webhooks", lambda: expected <= {e["subject"] for e in receiver.events}, 150)
        told = [each["subject"] for each in receiver.events if each["subject"] in expected]
        assert len(told) == len(expected)
        deliveries = all_items(cast.trust, "/v1/webhooks/deliveries", endpoint=endpoint["id"])
        assert len({each["event_id"] for each in deliveries}) == len(deliveries)
    kept = all_items(cast.trust, "/v1/feedback", organisation=cast.ids["trust_organisation"])
    mine = [each for each in kept if str(each["external_id"]).startswith(posting.kind)]
    assert {each["external_id"]: each["id"] for each in mine} == posting.answered
    assert len(mine) == POSTS


def is_storing(database_url):
    """Whether a batch has stored its first lines, and is not committed yet."""

    async def ask():
        connection = await asyncpg.connect(database_url)
        try:
            return await connection.fetchval(
                "SELECT true FROM pg_stat_activity"
                " WHERE query LIKE 'COPY %' AND state <> 'idle' AND usename = current_user"
            )
        finally:
            await connection.close()

    return asyncio.run(ask())


@pytest.mark.parametrize("victim", ["feedback-api", "postgres"])
def test_a_batch_in_the_middle_of_a_kill_is_stored_once(broken_stack, broken_cast, victim):
    cast, kind, lines = broken_cast, f"batch-{victim}-{word()}", 4000
    said = {"kind": "comment", "text": "It took long.", "organisations": [cast.ids["trust_organisation"]]}
    body = "\n".join(json.dumps(said | {"external_id": f"{kind}-{number}"}) for number in range(lines))
    headers = {"Content-Type": "application/x-ndjson", "Idempotency-Key": kind}
    caller = Caller(cast.gateway_url, cast.keys["partner"])

    def send():
        try:
            answer = caller.send("POST", "/v1/feedback/batch", content=body.encode(), headers=headers)
        except httpx2.HTTPError:
            return None
        assert answer.status_code in {200, 429, 500, 502, 503, 504}, answer.text
        return answer.json() if answer.status_code == 200 else None

    def kill():
        wait_for("the first lines", partial(is_storing, broken_stack.settings["FEEDBACK_DATABASE_URL"]))
        os.kill(broken_stack.pid(victim), signal.SIGKILL)

    killing = threading.Thread(target=kill)
    killing.start()
    assert send() is None
    killing.join()
    told = wait_for("the batch", send, 150)
    assert told == wait_for("the same answer", send, 60)
    caller.close()
    assert told["accepted"] == lines
    kept = all_items(cast.trust, "/v1/feedback", organisation=cast.ids["trust_organisation"])
    mine = [each for each in kept if str(each["external_id"]).startswith(kind)]
    assert {each["id"] for each in mine} == {each["id"] for each in told["results"]}
    assert len(mine) == lines
