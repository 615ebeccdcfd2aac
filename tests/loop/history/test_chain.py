"""The form of an entry: one way to write it down, and texts only as salted digests."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

from services.loop.history.chain import BY_RULE, By, canonical, digest, entry_of, hash_of, new_salt
from shared.auth import Actor, Caller
from shared.ids import new_id

LOOP = UUID(int=1)


def test_an_entry_is_the_same_text_however_its_facts_are_ordered() -> None:
    at = datetime(2026, 5, 4, 9, tzinfo=UTC)
    texts = [
        entry_of(LOOP, 1, "", at, "draft", BY_RULE, dict(facts), {})
        for facts in ([("a", 1), ("b", 2)], [("b", 2), ("a", 1)])
    ]
    assert texts[0] == texts[1]
    assert json.loads(texts[0])["by"]["role"] == "rule"


def test_days_ids_and_instants_are_written_plainly_and_in_utc() -> None:
    in_france = datetime(2026, 5, 4, 11, tzinfo=timezone(timedelta(hours=2)))
    written = canonical({"id": LOOP, "day": date(2026, 5, 4), "at": in_france, "word": "é"})
    assert written == (
        '{"at":"2026-05-04T09:00:00Z","day":"2026-05-04","id":"00000000-0000-0000-0000-000000000001",'
        '"word":"é"}'
    )


def test_the_same_text_has_another_digest_under_another_salt() -> None:
    salts = {new_salt() for _ in range(3)}
    assert len({digest(salt, "The door is heavy.") for salt in salts}) == 3
    assert digest("ab", "c") == hash_of("abc")


def test_who_acts_is_a_pseudonym_and_the_clients_body() -> None:
    caller = Caller(new_id(), new_id(), "estates", frozenset())
    by = By.of(caller, Actor("jd-17", "lead"))
    assert by.columns() == {
        "client_id": caller.client_id,
        "organisation_id": caller.organisation_id,
        "team": "estates",
        "actor": "jd-17",
        "actor_role": "lead",
    }
