"""What a source keeps no longer is erased by rule, after a list of it could be read."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from services.feedback import cli
from services.feedback.models import Feedback
from services.feedback.moderation import commands, retention
from services.feedback.moderation.commands import find_overdue
from services.feedback.settings import Settings
from services.feedback.sources.models import Source
from services.feedback.worker import erase_what_is_kept_no_longer
from shared.clock import day_in_england, now
from shared.ids import new_id
from shared.outbox import Outbox
from shared.worker import worker_context
from tests.feedback.examples import ACTOR, a_trust, tell
from tests.feedback.sources.conftest import MANAGE, Settle, settle_all
from tests.feedback.sources.senders import PAYLOAD, Sender, a_source
from tests.fixtures.clients import ServiceClient

__all__ = ["settle_all"]
KEPT_DAYS = 30


@pytest.fixture
async def sender(service: ServiceClient, client_of: Any, trust_id: UUID) -> Sender:
    """A source that keeps what it sends for 30 days."""
    source = await a_source(service, client_of(trust_id, *MANAGE), retention_days=KEPT_DAYS)
    await source.map_by()
    return source


async def given(service: ServiceClient, sender: Sender, settle_all: Settle, *days_ago: int) -> list[Any]:
    """Feedback of a source that was received so many days ago."""
    taken = [(await sender.send(PAYLOAD | {"id": f"r-{days}"})).json()["received_id"] for days in days_ago]
    await settle_all()
    told = [(await sender.read(f"received/{each}"))["feedback"][0] for each in taken]
    async with service.state.sessions.begin() as session:
        for each, days in zip(told, days_ago, strict=True):
            of_this = update(Feedback).where(Feedback.id == UUID(each["feedback_id"]))
            await session.execute(of_this.values(received_at=now() - timedelta(days=days, hours=1)))
    return told


async def states(service: ServiceClient, told: list[Any]) -> list[str]:
    """The state of each piece."""
    async with service.state.sessions() as session:
        return [(await session.get_one(Feedback, UUID(each["feedback_id"]))).state for each in told]


async def listed(settings: Settings, sender: Sender, days: int = 0) -> list[int]:
    """How many pieces of the source the list names, if it is read so many days from now."""
    overdue = await find_overdue(settings, now() + timedelta(days=days))
    return [each.pieces for each in overdue if each.source_id == UUID(sender.source["id"])]


async def test_what_a_source_keeps_no_longer_is_listed_and_then_erased(
    service: ServiceClient, settings: Settings, sender: Sender, settle_all: Settle, monkeypatch: Any
) -> None:
    monkeypatch.setattr(retention, "ERASED_TOGETHER", 1)
    told = await given(service, sender, settle_all, 31, 30, 29)
    assert (await listed(settings, sender), await listed(settings, sender, days=1)) == ([2], [3])
    assert await states(service, told) == ["received"] * 3
    async with worker_context("feedback", settings) as context:
        await erase_what_is_kept_no_longer(context)
    assert await states(service, told) == ["erased", "erased", "received"]
    assert await listed(settings, sender) == []


async def test_an_erasure_by_rule_is_told_and_audited_as_that(
    service: ServiceClient, settings: Settings, sender: Sender, settle_all: Settle, trust_id: UUID
) -> None:
    [told] = await given(service, sender, settle_all, 40)
    async with worker_context("feedback", settings) as context:
        await erase_what_is_kept_no_longer(context)
    async with service.state.sessions() as session:
        feedback = await session.get_one(Feedback, UUID(told["feedback_id"]))
        bodies = await session.scalars(select(Outbox.body))
        events = [json.loads(each) for each in bodies if told["feedback_id"] in each]
    until = day_in_england(feedback.received_at + timedelta(days=KEPT_DAYS)).isoformat()
    assert (feedback.text, feedback.erased_by, feedback.erased_by_id) == (None, "rule", None)
    [erased] = [each["data"] for each in events if each["type"] == "feedback.erased.v1"]
    assert erased["erased_by"] == "rule"
    [handled] = [each["data"] for each in events if each["type"] == "feedback.handled.v1"]
    assert (handled["action"], handled["actor"], handled["role"]) == ("feedback_erased", "rule", "retention")
    assert str(trust_id) in handled["organisations"]

    seen = (await service.post("/v1/replies/lookup", json={"reply_code": told["reply_code"]})).json()
    assert seen["message"] == f"Everything personal about it was erased by rule: kept until {until}."
    assert seen["steps"][-1] | {"at": None} == {
        "what": "erased",
        "at": None,
        "by": "rule",
        "reason": f"kept until {until}",
        "to": None,
        "acknowledge_by": None,
    }


async def test_nothing_goes_where_a_source_says_no_time_and_nothing_twice(
    service: ServiceClient, settings: Settings, sender: Sender, settle_all: Settle
) -> None:
    told = await given(service, sender, settle_all, 90)
    async with service.state.sessions.begin() as session:
        of_this = update(Source).where(Source.id == UUID(sender.source["id"]))
        await session.execute(of_this.values(retention_days=None))
    async with worker_context("feedback", settings) as context:
        await erase_what_is_kept_no_longer(context)
        assert await states(service, told) == ["received"]


async def test_who_keeps_less_than_people_were_told_is_named_as_who_erased_it(
    service: ServiceClient, client_of: Any, settings: Settings, sender: Sender, settle_all: Settle
) -> None:
    trust = a_trust(name="Walrus Trust (invented)", organisation_id=UUID(sender.source["organisation_id"]))
    await tell(service, trust, sequence=2)
    [told] = await given(service, sender, settle_all, 5)
    tag = (await sender.owner.get(sender.path)).headers["ETag"]
    change: dict[str, Any] = {"json": {"retention_days": 2}, "headers": {"If-Match": tag, **ACTOR}}
    refused = await sender.owner.patch(sender.path, **change)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    eraser = client_of(trust.organisation_id, "sources:manage", "feedback:erase")
    assert (await eraser.patch(sender.path, **change)).status_code == 200
    async with worker_context("feedback", settings) as context:
        await erase_what_is_kept_no_longer(context)
    seen = (await service.post("/v1/replies/lookup", json={"reply_code": told["reply_code"]})).json()
    by = "Walrus Trust (invented), which it was about"
    assert seen["message"] == f"Everything personal about it was erased by {by}."
    async with service.state.sessions() as session:
        feedback = await session.get_one(Feedback, UUID(told["feedback_id"]))
    assert (feedback.erased_by, feedback.erased_by_id) == ("body", trust.organisation_id)


async def test_what_comes_after_a_source_keeps_less_is_erased_by_rule(
    service: ServiceClient, settings: Settings, sender: Sender, settle_all: Settle
) -> None:
    [told] = await given(service, sender, settle_all, 31)
    async with service.state.sessions.begin() as session:
        of_this = update(Source).where(Source.id == UUID(sender.source["id"]))
        await session.execute(of_this.values(shortened_at=now() - timedelta(days=60)))
    async with worker_context("feedback", settings) as context:
        await erase_what_is_kept_no_longer(context)
    async with service.state.sessions() as session:
        feedback = await session.get_one(Feedback, UUID(told["feedback_id"]))
    assert (feedback.erased_by, feedback.erased_by_id) == ("rule", None)


def test_the_reason_names_the_day_in_england() -> None:
    assert retention.reason_of_rule(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == "kept until 2026-07-01"
    assert retention.reason_of_rule(datetime(2026, 12, 1, 23, 30, tzinfo=UTC)) == "kept until 2026-12-01"


def test_the_command_lists_by_source(monkeypatch: pytest.MonkeyPatch) -> None:
    first, last = datetime(2031, 5, 3, 23, 30, tzinfo=UTC), datetime(2031, 5, 31, 12, tzinfo=UTC)
    lines = [retention.Overdue(new_id(), "Survey system", 30, 1_200, first, last)]

    async def found(_: object, at: datetime) -> list[retention.Overdue]:
        assert at.isoformat() == "2031-07-01T23:00:00+00:00"
        return lines

    async def waiting(_: object, at: datetime) -> int:
        assert at.isoformat() == "2031-07-01T23:00:00+00:00"
        return 2_400

    monkeypatch.setattr(commands, "find_overdue", found)
    monkeypatch.setattr(commands, "count_waiting", waiting)
    monkeypatch.setattr(commands, "Settings", lambda: None)
    shown = CliRunner().invoke(cli.app, ["retention", "--by", "2031-07-02"])
    assert shown.exit_code == 0, shown.output
    assert "1,200  received 2031-05-04 to 2031-05-31" in shown.output
    assert "kept 30 days  Survey system" in shown.output
    assert "1,200 pieces of feedback would be erased." in shown.output
    assert "2,400 payloads that wait to be mapped would be deleted." in shown.output
