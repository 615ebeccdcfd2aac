"""Presets: what is known of a sender, so that its source needs no settings of its own. Each is a file."""

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import ConfigDict, JsonValue, ValidationError

from services.feedback.errors import PresetNotFound
from services.feedback.sources.mapping import ANNOUNCED_ONLY
from services.feedback.sources.schemas import MappingRules, NewMapping, NewSource, Sample, SuccessStatus
from services.feedback.sources.scheme_schemas import HmacSettings, Scheme, TokenSettings
from shared.errors import FieldError, Invalid, invalid
from shared.schemas import Answer

FOLDER = Path(__file__).parent / "senders"
# The settings of a source that a preset brings, unless the request has its own.
SETTINGS = ("scheme", "hmac", "token", "success_status")


class PresetSample(Answer):
    """A payload as the sender shapes it, with the feedback that it becomes, or the fault that it has."""

    model_config = ConfigDict(extra="forbid")

    title: str
    sent_as: Literal["json", "form", "multipart"]
    content_type: str | None = None
    payload: JsonValue
    expected: dict[str, JsonValue] | list[dict[str, JsonValue]] | None = None
    waits_as: str | None = None


class PresetSummary(Answer):
    """A sender that Doorway knows."""

    name: str
    title: str
    about: str
    scheme: Scheme


class Preset(PresetSummary):
    """What is known of a sender: how it shows who it is, its payloads, and what to switch on there."""

    model_config = ConfigDict(extra="forbid")

    documentation: list[str]
    hmac: HmacSettings | None = None
    token: TokenSettings | None = None
    success_status: SuccessStatus = 202
    switch_on: list[str]
    cannot_give: list[str]
    mapping: MappingRules
    samples: list[PresetSample]

    @property
    def first_mapping(self) -> NewMapping:
        """The first version of the mapping of a source: the owner can add others."""
        samples = [
            Sample(payload=each.payload, expected=each.expected, synthetic=True)
            for each in self.samples
            if each.expected is not None
        ]
        return NewMapping(**self.mapping.model_dump(), samples=samples)


@cache
def load_presets() -> dict[str, Preset]:
    """All presets by their names, which are those of the files."""
    presets: dict[str, Preset] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        # Everybody waits for the first who asks: in C this takes a tenth of the time.
        known = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
        presets[path.stem] = Preset.model_validate({"name": path.stem, **known})
    return presets


def find_preset(name: str) -> Preset:
    """A preset; PresetNotFound if there is none of that name."""
    preset = load_presets().get(name)
    if preset is None:
        raise PresetNotFound
    return preset


def with_preset(new: NewSource) -> NewSource:
    """A new source with the settings of its preset where it has none of its own.

    Who chooses another scheme gives the settings of that scheme too.
    """
    if new.preset is None:
        return new
    preset = load_presets().get(new.preset)
    if preset is None:
        raise invalid("/preset", "There is no such preset. `GET /v1/source-presets` lists them.")
    given = new.model_dump(exclude_unset=True)
    brought = preset.model_dump(include=set(SETTINGS))
    if new.scheme not in (None, preset.scheme):
        brought = {"success_status": preset.success_status}
    kept = {name: value for name, value in given.items() if name not in SETTINGS or value is not None}
    try:
        return NewSource.model_validate({**brought, **kept})
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]["msg"].removeprefix("Value error, ")
        raise Invalid(errors=[FieldError(pointer="/scheme", detail=detail)]) from None


def hint_of_fault(preset_name: str | None, error_class: str) -> str | None:
    """What the owner of a source can do about a payload that only announces an answer.

    Under a mapping of the owner's own, such a payload may only miss its words.
    """
    preset = load_presets().get(preset_name or "")
    if error_class == "missing" and preset and any(each.waits_as for each in preset.samples):
        return " ".join(["The sender may only have announced an answer.", *preset.switch_on])
    if error_class != ANNOUNCED_ONLY:
        return None
    start = "The sender announced an answer and sent none of it."
    return " ".join([start, *(preset.switch_on if preset else ["Let it send the answers themselves."])])
