"""The rules of routing as they stand in their file: whom to turn to, in which order, and why."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import product
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from services.registry.contacts.schemas import Purpose

Matter = Literal[
    "urgent",
    "safety",
    "safeguarding",
    "complaint",
    "professional",
    "plan",
    "service_change",
    "equality",
    "information",
    "question",
    "compliment",
]
Level = Literal["local", "national"]
MATTERS: Sequence[Matter] = get_args(Matter)
LEVELS: Sequence[Level] = get_args(Level)
# Who is found by the place; all others are under `externals`.
LOCAL = ("board", "trust", "practice", "council", "healthwatch", "region")
EMERGENCY = ("999", "111")

Path = tuple[str | int, ...]
Text = Annotated[str, StringConstraints(min_length=1, max_length=1_000, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[a-z0-9_]+$")]
Web = Annotated[str, StringConstraints(max_length=300, pattern=r"^https://\S+$")]


def as_list(given: Any) -> Any:
    """Take one word for a list of one."""
    return [given] if isinstance(given, str) else given


class Shape(BaseModel):
    """A part of the file; words that it does not know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Shape):
    """Something with a name and an address in the web: a body outside the registry, or a source."""

    name: Text
    web: Web


class Topic(Shape):
    """A kind of service, with the other words that people use for it."""

    name: Text
    words: list[Text] = []
    # A part of the names of the trusts that run it, where that tells them from others.
    trusts_named: Text | None = None


class NoReply(Shape):
    """How long to wait for an answer, and what to do then."""

    days: Annotated[int, Field(ge=0, le=400)] | None = None
    working_days: Annotated[int, Field(ge=0, le=250)] | None = None
    then: Text

    @model_validator(mode="after")
    def counts_one_kind(self) -> Self:
        """Refuse both kinds of days at once, and none."""
        if (self.days is None) == (self.working_days is None):
            raise ValueError("say either `days` or `working_days`")
        return self


class StepRule(Shape):
    """Whom to turn to next."""

    to: Name
    why: Text
    purpose: Purpose = "enquiries"
    if_no_reply_after: NoReply
    source: Name


class When(Shape):
    """What a rule is for; without a topic or a level it is for all of them."""

    matter: Annotated[list[Matter], BeforeValidator(as_list), Field(min_length=1)]
    topic: Annotated[list[Name], BeforeValidator(as_list), Field(min_length=1)] | None = None
    level: Level | None = None

    def holds(self, matter: str, topic: str | None, level: str) -> bool:
        """Tell whether it is for this."""
        of_topic = self.topic is None or topic in self.topic
        return matter in self.matter and of_topic and self.level in (None, level)


class Rule(Shape):
    """Whom to turn to in some cases, in order."""

    id: Name
    when: When
    note: Text | None = None
    steps: Annotated[list[StepRule], Field(min_length=1, max_length=10)]


class RuleBook(Shape):
    """All rules. The first that holds is taken."""

    version: Text
    edited_by: Text
    # From when the law has been as the rules say; before that they may be wrong, and the answer says so.
    holds_from: date
    topics: dict[Name, Topic]
    externals: dict[Name, Page]
    # Who helps where the place has none of these, or it is not known.
    instead: dict[Name, Name]
    sources: dict[Name, Page]
    rules: Annotated[list[Rule], Field(min_length=1)]

    def topic_of(self, words: str) -> str | None:
        """Return the topic that is meant by its code or by another word for it; None when there is none."""
        wanted = " ".join(words.lower().replace("_", " ").split())
        return next((code for code, known in self.words() if known == wanted), None)

    def words(self) -> Iterator[tuple[str, str]]:
        """Yield each word for a topic: (topic, word)."""
        for code, topic in self.topics.items():
            for word in dict.fromkeys((code, topic.name, *topic.words)):
                yield code, " ".join(word.lower().replace("_", " ").split())

    def rule_for(self, matter: str, topic: str | None, level: str) -> Rule:
        """Return the first rule that holds; there is one for every matter."""
        return next(rule for rule in self.rules if rule.when.holds(matter, topic, level))


def faults(book: RuleBook) -> Iterator[tuple[Path, str]]:
    """Yield what is wrong with the rules as a whole: (where, what)."""
    yield from unknown_names(book)
    yield from unclear_words(book)
    for number, rule in enumerate(book.rules):
        if "urgent" in rule.when.matter and rule.steps[0].to not in EMERGENCY:
            yield ("rules", number, "steps", 0, "to"), "an urgent matter has to start with `999` or `111`"
    yield from uncovered(book)
    yield from unreachable(book)


def unknown_names(book: RuleBook) -> Iterator[tuple[Path, str]]:
    """Yield the names that stand for nothing."""
    for word in LOCAL:
        if word not in book.instead:
            yield ("instead",), f"says nobody for `{word}`: name who helps where there is none"
    for word, other in book.instead.items():
        if word not in LOCAL or other not in book.externals:
            yield ("instead", word), f"has to be one of {listed(LOCAL)}, with somebody from `externals`"
    for number, rule in enumerate(book.rules):
        for place, topic in enumerate(rule.when.topic or ()):
            if topic not in book.topics:
                yield ("rules", number, "when", "topic", place), f"`{topic}` does not stand under `topics`"
        for place, step in enumerate(rule.steps):
            yield from unknown_in_step(book, ("rules", number, "steps", place), step)


def unknown_in_step(book: RuleBook, path: Path, step: StepRule) -> Iterator[tuple[Path, str]]:
    """Yield the names in a step that stand for nothing."""
    if step.to not in LOCAL and step.to not in book.externals:
        detail = f"nobody is called `{step.to}`: take {listed(LOCAL)}, or add it to `externals`"
        yield (*path, "to"), detail
    if step.source not in book.sources:
        yield (*path, "source"), f"`{step.source}` does not stand under `sources`"


def unclear_words(book: RuleBook) -> Iterator[tuple[Path, str]]:
    """Yield what stands for two things: words of topics, names of rules."""
    meant: dict[str, str] = {}
    for code, word in book.words():
        if meant.setdefault(word, code) != code:
            yield ("topics", code), f"the word `{word}` already stands for `{meant[word]}`"
    seen: set[str] = set()
    for number, rule in enumerate(book.rules):
        if rule.id in seen:
            yield ("rules", number, "id"), f"another rule is called `{rule.id}` already"
        seen.add(rule.id)


def uncovered(book: RuleBook) -> Iterator[tuple[Path, str]]:
    """Yield the matters that have no rule for all topics and levels."""
    plain = (rule.when for rule in book.rules if rule.when.topic is None and rule.when.level is None)
    covered = {matter for when in plain for matter in when.matter}
    for matter in MATTERS:
        if matter not in covered:
            yield (
                ("rules",),
                f"`{matter}` needs a rule without a topic and level, for all that no other is for",
            )


def unreachable(book: RuleBook) -> Iterator[tuple[Path, str]]:
    """Yield the rules that are never taken, for others before them are for all that they are for."""
    taken = {book.rule_for(*case).id for case in cases(book) if covers(book.rules, *case)}
    for number, rule in enumerate(book.rules):
        if rule.id not in taken:
            yield ("rules", number), "is never taken: the rules before it are for all that it is for"


def covers(rules: Sequence[Rule], matter: str, topic: str | None, level: str) -> bool:
    """Tell whether there is a rule for a case."""
    return any(rule.when.holds(matter, topic, level) for rule in rules)


def cases(book: RuleBook) -> Iterator[tuple[str, str | None, str]]:
    """Yield every case that can be asked about: matter, topic, level."""
    yield from product(MATTERS, (None, *book.topics), LEVELS)


def listed(words: Sequence[str] | Mapping[str, Any]) -> str:
    """Return words as a sentence lists them."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
