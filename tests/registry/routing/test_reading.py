"""Files of rules that are wrong: each is refused with its line, in words for those who edit them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services.registry.main import create_app
from services.registry.routing.checking import SHIPPED
from services.registry.routing.reading import RulesBroken, read_rules
from services.registry.routing.rules import RuleBook
from services.registry.settings import Settings
from shared.state import part_in

TEXT = SHIPPED.read_text(encoding="utf-8")
AGAIN = '{days: 0, then: "Call again;'
LAST = TEXT[TEXT.index("  - id: compliment\n") :]


def line_of(text: str, words: str) -> int:
    """Return the line on which some words stand first."""
    return text[: text.index(words)].count("\n") + 1


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Return where a test writes its rules."""
    return tmp_path / "ours.yaml"


@pytest.mark.parametrize(
    ("old", "new", "at", "says"),
    [
        ("if_no_reply_after:", "if_no_reply_afer:", "if_no_reply_afer:", "did you mean `if_no_reply_after`?"),
        ("why: Somebody's", "surprise: Somebody's", "surprise:", "surprise: is not known here"),
        (
            "why: Somebody's",
            "note: Somebody's",
            '  - to: "999"',
            "urgent → steps → number 1 → why: is missing",
        ),
        ("{matter: urgent}", "{matter: urgnt}", "{matter: urgnt}", "must be one of 'urgent', 'safety'"),
        ("{matter: urgent}", "[urgent]", "[urgent]", "followed by a colon"),
        (AGAIN, AGAIN.replace("0", "soon"), "{days: soon", "whole number"),
        (AGAIN, AGAIN.replace("0", "-1"), "{days: -1", "must be 0 or more"),
        (AGAIN, AGAIN.replace("days: 0, ", ""), "{then:", "say either `days` or `working_days`"),
        ("to: trust\n", "to: trst\n", "to: trst", "nobody is called `trst`: take board, trust, practice"),
        (
            "source: when_999",
            "source: when_998",
            "source: when_998",
            "`when_998` does not stand under `sources`",
        ),
        (
            "topic: medicines}",
            "topic: potions}",
            "topic: potions}",
            "`potions` does not stand under `topics`",
        ),
        ("  board: find_a_board\n", "", "instead:", "says nobody for `board`"),
        ("  board: find_a_board\n", "  board: nobody\n", "  board: nobody", "somebody from `externals`"),
        ("words: [dental,", "words: [doctor,", "  dentist:", "the word `doctor` already stands for `gp`"),
        ("- id: safety\n", "- id: urgent\n", "", "another one is called `urgent`"),
        ('- to: "999"', '- to: "111"', '- to: "111"', "an urgent matter must start with `999` or `111`"),
        (LAST, "", "rules:\n  #", "`compliment` needs a rule without a topic and level"),
        (
            "when: {matter: safety, topic: medicines}",
            "when: {matter: safety}",
            "  - id: safety_primary_care",
            "safety_primary_care: never applies: the rules before it cover all that it is for",
        ),
        ('version: "2026-11-30"', "version: [1]", "version: [1]", "version: must be words, not a list"),
        (
            "holds_from: 2024-01-31",
            "holds_from: soon",
            "holds_from: soon",
            "must be a day, such as 2026-04-01",
        ),
        (
            "source: online_trust",
            "source: nowhere",
            "everywhere: {codes: [K0N6A], source: nowhere",
            "`nowhere` does not stand under `sources`",
        ),
        (
            "    when: {matter: urgent}\n    checked_on: 2026-11-23\n",
            "    when: {matter: urgent}\n",
            "  - id: urgent",
            "checked_on",
        ),
        ("rules:\n", "rules: none\nmore:\n", "rules: none", "with a dash before each line"),
        (
            'web: "https://www.lgo.org.uk/"',
            'web: "http://www.lgo.org.uk/"',
            "http://www.lgo",
            "an address with https://",
        ),
        (
            "    when: {matter: urgent}",
            "    when: {matter: urgent}\n    id: twice",
            "    id: twice",
            "`id` stands here twice. Keep only one.",
        ),
        ("    when: {matter: urgent}", "    when: {matter: urgent", "", "this is not YAML"),
        ("    when: {matter: urgent}", "\twhen: 1", "\twhen", "this is not YAML"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(broken: Path, old: str, new: str, at: str, says: str) -> None:
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    if old == '- to: "999"':
        text = text.replace('"999"', '"998"').replace('- to: "111"', "- to: cqc", 1)
        at = "- to: cqc"
    broken.write_text(text, encoding="utf-8")
    with pytest.raises(RulesBroken) as caught:
        read_rules(broken)
    lines = str(caught.value).splitlines()
    where = f"ours.yaml, line {line_of(text, at)}" if at else "ours.yaml, line "
    assert any(line.startswith(where) and says in line for line in lines), (where, lines[:3])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe", "cannot be read"),
        (b"", "followed by a colon"),
        (b"- 1\n", "followed by a colon"),
        (b"a: &x [1]\nb: *x\n", "Write that part out"),
        (b"rules: \x00", "cannot be read"),
    ],
)
def test_what_are_no_rules_at_all_is_refused(broken: Path, content: bytes, says: str) -> None:
    broken.write_bytes(content)
    with pytest.raises(RulesBroken, match=says):
        read_rules(broken)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RulesBroken, match=r"nowhere\.yaml cannot be read: No such file"):
        read_rules(tmp_path / "nowhere.yaml")


def test_words_are_words_whatever_yaml_takes_them_for(broken: Path) -> None:
    broken.write_text(TEXT.replace('version: "2026-11-30"', "version: 1.10"), encoding="utf-8")
    assert read_rules(broken).version == "1.10"


@pytest.fixture
def named(imported: Settings, broken: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], int]:
    """Return what changes some words of the rules and lets the registry be started with them."""
    for name, value in (imported.model_dump() | {"routing_path": broken}).items():
        monkeypatch.setenv(f"REGISTRY_{name.upper()}", str(value))
    return lambda old, new: broken.write_text(TEXT.replace(old, new, 1), encoding="utf-8")


def test_a_broken_file_stops_the_start(named: Callable[[str, str], int]) -> None:
    named("to: trust\n", "to: trst\n")
    with pytest.raises(RulesBroken, match=r"ours\.yaml, line \d+: .*trst"):
        create_app()


async def test_another_file_can_be_named(named: Callable[[str, str], int]) -> None:
    named('version: "2026-11-30"', "version: ours")
    app = create_app()
    async with app.router.lifespan_context(app) as state:
        assert part_in({"state": state}, RuleBook).version == "ours"
