"""A loop shows nobody's personal data, and its history still verifies."""

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from services.loop.history import domain, masking
from services.loop.history.masking import mask_again
from services.loop.models import Loop
from services.loop.records import Decision, HistoryText, Verdict
from shared.masking import RULES, Masked, cover
from shared.personal_data.spans import Kind
from tests.fixtures.clients import ServiceClient
from tests.loop.conftest import Publish
from tests.loop.history.test_domain import verify_history
from tests.loop.scenes import Scene, decision, scene_of
from tests.loop.timeline.test_routes import check
from tests.loop.verdicts.test_routes import PATH, open_scene

WRITTEN = ("smith", "900123", "943 476", "jo@example", "4LP", "Berg")
REASON = (
    "Dr van der Berg says that the door of NE1 4LP was bought in the spring and can be opened by a button."
)


async def personal_scene(service: ServiceClient, publish: Publish) -> Scene:
    """A loop with personal data in most of its words, moderated as it is, and decided."""
    scene = await scene_of(
        service, publish, title="Door of mr smith", you_said="Ring 07700 900123, NHS 943 476 5919."
    )
    assert by_field(scene.loop["masked"]) == {"title": ["name"], "you_said": ["NHS number", "phone number"]}
    await scene.acknowledged()
    await scene.done(scene.lead, "statement", {"statement": "Write to jo@example.org."})
    assert by_field(scene.loop["masked"]) == {"statement": ["e-mail address"]}
    await scene.done(scene.lead, "decisions", decision("will_do_part", reason=REASON))
    assert by_field(scene.loop["masked"]) == {"reason": ["name", "postcode"]}
    return scene


def by_field(masks: list[dict[str, Any]]) -> dict[str, list[str]]:
    """The kinds that were covered, by field."""
    return {mask["field"]: mask["kinds"] for mask in masks}


async def shown_everywhere(scene: Scene, reader: ServiceClient) -> list[str]:
    """Everything that somebody can read of a loop, as text."""
    board = f"organisation={scene.loop['organisation_id']}"
    paths = [scene.path, f"{scene.path}/timeline", f"{scene.path}/export", f"/v1/loops?{board}"]
    paths += [f"/v1/board?{board}", f"/v1/board.atom?{board}", f"/v1/board.json?{board}"]
    answers = [await reader.get(path) for path in paths]
    assert all(answer.is_success for answer in answers)
    return [answer.text for answer in answers]


async def test_nobody_sees_personal_data_in_a_loop(service: ServiceClient, publish: Publish) -> None:
    scene = await personal_scene(service, publish)
    for reader in (service, scene.stranger, scene.judge):
        for shown in await shown_everywhere(scene, reader):
            assert [written for written in WRITTEN if written in shown] == []
    seen = (await service.get(scene.path)).json()
    assert (seen["title"], seen["statement"]) == ("Door of mr [name]", "Write to [e-mail address].")
    assert seen["decisions"][0]["reason"].startswith("Dr [name] says that the door of [postcode] was")
    assert seen["masked"] == []


async def test_the_history_verifies_and_its_export_tells_no_salt_of_what_is_masked(
    service: ServiceClient, publish: Publish, tmp_path: Any
) -> None:
    scene = await personal_scene(service, publish)
    assert (await verify_history(scene))["intact"]
    export = (await service.get(f"{scene.path}/export")).text
    texts = [json.loads(line)["texts"] for line in export.strip().split("\n")]
    masked = [field for each in texts for field, text in each.items() if text and text["salt"] is None]
    assert masked == ["loop.statement", "decision.reason"]
    file = tmp_path / "export.ndjson"
    file.write_text(export)
    assert check(file, scene.loop["head"]) == (
        0,
        f"intact: 5 entries, {len(masked)} masked texts not checked",
    )


async def test_who_wrote_it_gets_it_as_written_and_can_check_all(
    service: ServiceClient, publish: Publish, tmp_path: Any
) -> None:
    scene = await personal_scene(service, publish)
    export = (await scene.lead.get(f"{scene.path}/export")).text
    assert REASON in export
    assert "07700 900123" in export
    file = tmp_path / "export.ndjson"
    file.write_text(export)
    assert check(file, scene.loop["head"]) == (0, "intact: 5 entries")


async def test_ways_to_reach_a_body_teams_and_addresses_stay(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await scene_of(service, publish)
    how = "Write to pals@example.org or ring 0191 498 0123, for Mrs Jones."
    await scene.decided("cannot", how_to_object=how)
    assert scene.loop["decisions"][0]["how_to_object"] == how.replace("Jones", "[name]")
    assert domain.text_of("evidence.url", "https://example.org/943-476-5919").masked.kinds == frozenset()
    assert domain.text_of("commitment.owner_team", "Team of Dr Smith").masked.kinds == frozenset()


async def test_a_comment_of_a_verdict_is_masked_and_its_giver_is_told(
    service: ServiceClient, publish: Publish
) -> None:
    scene, _, codes = await open_scene(service, publish)
    verdict = {"reply_code": codes[0], "did_it_happen": "yes", "comment": "Dr Smith, 07700 900123"}
    told = (await service.post(PATH, json=verdict)).json()
    assert by_field(told["masked"]) == {"comment": ["name", "phone number"]}
    own = (await scene.lead.get(f"{scene.path}/verdicts")).json()
    assert [each["comment"] for each in own["comments"]] == ["Dr [name], [phone number]"]


async def mask_everything(service: ServiceClient) -> int:
    """Mask again, a little in each transaction, until nothing is left; how many texts there were."""
    count, done = 0, 1
    while done:
        async with service.state.sessions.begin() as session:
            done = await mask_again(session)
        count += done
    return count


async def as_before_masks(scene: Scene) -> None:
    """Put a loop's rows and history as they were before loops were masked."""
    loop_id = UUID(scene.loop["id"])
    async with scene.service.state.sessions.begin() as session:
        of_loop = update(HistoryText).where(HistoryText.loop_id == loop_id)
        await session.execute(of_loop.values(shown=None, masked_with=0))
        texts = (await session.scalars(select(HistoryText).where(HistoryText.loop_id == loop_id))).all()
        written = {text.field: text.text for text in sorted(texts, key=lambda text: -text.position)}
        words = {name: written[f"loop.{name}"] for name in ("title", "you_said", "statement")}
        await session.execute(update(Loop).where(Loop.id == loop_id).values(words))
        reason = written["decision.reason"]
        await session.execute(update(Decision).where(Decision.loop_id == loop_id).values(reason=reason))


async def test_loops_from_before_are_masked_and_still_verify(
    service: ServiceClient, publish: Publish
) -> None:
    scene = await personal_scene(service, publish)
    await as_before_masks(scene)
    assert "Berg" in (await service.get(scene.path)).text
    assert await mask_everything(service) > 0
    for shown in await shown_everywhere(scene, service):
        assert [written for written in WRITTEN if written in shown] == []
    assert (await verify_history(scene))["intact"]
    assert await mask_everything(service) == 0


async def test_other_rules_show_again_what_earlier_rules_covered(
    service: ServiceClient, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = await personal_scene(service, publish)
    for module in (domain, masking):
        monkeypatch.setattr(module, "RULES", RULES + 1)

    def cover_no_names(text: str, keep: frozenset[Kind] = frozenset()) -> Masked:
        return cover(text, {*keep, "name"})

    monkeypatch.setattr(domain, "cover", cover_no_names)
    await mask_everything(service)
    seen = (await service.get(scene.path)).json()
    assert seen["decisions"][0]["reason"] == REASON.replace("NE1 4LP", "[postcode]")
    assert (await verify_history(scene))["intact"]


async def test_other_words_for_a_masked_text_are_found(service: ServiceClient, publish: Publish) -> None:
    scene = await personal_scene(service, publish)
    async with service.state.sessions.begin() as session:
        mine = HistoryText.loop_id == UUID(scene.loop["id"]), HistoryText.field == "decision.reason"
        await session.execute(update(HistoryText).where(*mine).values(shown="All is well."))
        theirs = Decision.loop_id == UUID(scene.loop["id"])
        await session.execute(update(Decision).where(theirs).values(reason="All is well."))
    found = await verify_history(scene)
    assert (found["intact"], found["detail"]) == (
        False,
        "The text decision.reason of entry 5 is not shown as masked.",
    )


async def test_comments_from_before_are_masked(service: ServiceClient, publish: Publish) -> None:
    scene, _, codes = await open_scene(service, publish)
    await service.post(PATH, json={"reply_code": codes[0], "did_it_happen": "yes", "comment": "Good."})
    mine = Verdict.loop_id == UUID(scene.loop["id"])
    async with service.state.sessions.begin() as session:
        await session.execute(update(Verdict).where(mine).values(comment="Dr Smith", masked_with=0))
    await mask_everything(service)
    async with service.state.sessions() as session:
        assert await session.scalar(select(Verdict.comment).where(mine)) == "Dr [name]"
