"""The catalogue of events: each is described, and none can carry what people wrote."""

import re
from types import ModuleType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from services.feedback import consumers as feedback
from services.loop import consumers as loop
from shared.columns import CLASS
from shared.events import Event, catalogue
from tests.repository.test_columns import CLASSIFIED, columns_of
from tests.repository.tree import ROOT, SERVICES

EVENTS = [event for event in catalogue().values() if event.__module__.startswith("shared.events.")]
# Text in events is a code, a hash or a public name of a body; never prose. Where a service classifies its
# columns, a text field of an event is a column of that name that says `in_event`; the others are named here.
TEXT = {
    "FootprintState": {"name", "kind", "edition", "ods", "ons", "region"},
    "OrganisationState": {"name", "kind", "ods", "ons"},
    "AppointmentState": {"role"},
    "ContactState": {"channel", "purpose", "accessible"},
    "StakeholderState": {"reaches", "languages"},
    "LoopFact": {"head"},
    "AuditedEvent": {"actor", "role"},
    "Event": {"themes"},
}
HOLDERS = {tuple, list, dict, Union, UnionType}
every_event = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)


def texts(annotation: Any) -> bool:
    """Tell whether a field can hold any text."""
    if annotation is str:
        return True
    if get_origin(annotation) is Literal:
        return False
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return any(texts(field.annotation) for field in annotation.model_fields.values())
    return get_origin(annotation) in {tuple, list, dict, Union, UnionType} and any(
        map(texts, get_args(annotation))
    )


def columns_in_events(service: str) -> set[str]:
    """The names of a service's columns that its events may carry; free text never says so."""
    columns = columns_of(service) if service in CLASSIFIED else []
    return {column.name for column in columns if CLASS in column.info and column.info[CLASS].in_event}


def test_there_are_events() -> None:
    assert len(EVENTS) >= 15


@every_event
def test_every_event_has_a_sentence_a_version_and_a_page(event: type[Event]) -> None:
    assert (event.__doc__ or "").strip().endswith(".")
    assert re.fullmatch(rf"({'|'.join(SERVICES)})\.[a-z_]+\.v\d+", event.type)
    assert f"### {event.__name__}\n" in (ROOT / "docs" / "events.md").read_text()


@every_event
def test_every_event_says_who_may_hear_of_it_and_what_it_is_about(event: type[Event]) -> None:
    assert event.audience in {"public", "organisation", "internal"}
    assert event.aggregate in event.model_fields
    assert event.model_config.get("frozen")


@every_event
def test_no_event_can_carry_prose(event: type[Event]) -> None:
    allowed = {name for base in event.__mro__ for name in TEXT.get(base.__name__, ())}
    allowed |= columns_in_events(event.type.partition(".")[0])
    found = {name for name, field in event.model_fields.items() if texts(field.annotation)}
    assert found <= allowed


def test_every_event_of_a_service_stands_in_its_file() -> None:
    assert [e.type for e in EVENTS if e.__module__.rpartition(".")[2] != e.type.partition(".")[0]] == []


def named_events(service: str, heading: str, among: set[str]) -> set[str]:
    """The events that a part of a service's page names, and those among others that it names by `loop.*`.

    Without versions; `_ended` and `ended` go on from the name before.
    """
    page = (ROOT / "services" / service / "README.md").read_text()
    part = page.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found, last = set[str](), f"{service}."
    for name in re.findall(r"`([a-z_.]+\*?)(?:\.v\d+)?`", part):
        joint = "" if "." in name else "_" if name.startswith("_") else "."
        last = last.rpartition(joint)[0] + joint + name.lstrip("_") if joint else name
        found |= {each for each in among if last.endswith("*") and each.startswith(last[:-1])} or {last}
    return found & {event.type.rpartition(".")[0] for event in EVENTS}


@pytest.mark.parametrize("service", SERVICES)
def test_the_page_of_a_service_names_the_events_that_it_publishes(service: str) -> None:
    own = {event.type.rpartition(".")[0] for event in EVENTS if event.type.startswith(f"{service}.")}
    assert named_events(service, "Events out", own) == own


@pytest.mark.parametrize("consumers", [feedback, loop])
def test_the_page_of_a_service_names_the_events_that_it_takes(consumers: ModuleType) -> None:
    taken = {event.type.rpartition(".")[0] for event in (*consumers.COPIES, *consumers.REACTIONS)}
    assert named_events(consumers.__name__.split(".")[1], "Events in", taken) == taken
