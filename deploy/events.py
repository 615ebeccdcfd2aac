"""The documents of events, made from the event classes: AsyncAPI 3.0 and a page for people."""

import re
from collections.abc import Iterable

from pydantic import BaseModel

from deploy.joining import Document
from shared.events import Envelope, Event, catalogue
from shared.events.feedback import FeedbackMoved

REF = "#/components/schemas/{model}"
AUDIENCES = {
    "public": "any endpoint can receive it",
    "organisation": "only endpoints of the organisations that it concerns receive it",
    "internal": "never leaves Doorway",
}
PAGE_HEAD = """# Events

Made from the event classes in `shared/events/` by `doorway events docs`; the tests compare.

Every event is a CloudEvent 1.0 in structured JSON. It carries ids and facts, never text that people wrote,
addresses or postcodes. `subject` is the id of what it happened to, `sequence` counts the events of that
subject, `time` is when it happened. The broker's subject is the type, a dot and the id.
Webhooks get the same body without `audience`, `traceparent` and the fields marked *inside*.
"""


def product_events() -> list[type[Event]]:
    """The events of the product by their types; tests declare others."""
    return [event for event in catalogue().values() if event.__module__.startswith("shared.events.")]


def asyncapi() -> Document:
    """The AsyncAPI document of all events."""
    events = product_events()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Doorway events",
            "version": "1",
            "description": "What the services tell each other, over NATS JetStream, at least once each.",
            "license": {"name": "Apache 2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {event.__name__: describe_channel(event) for event in events},
        "operations": {f"send{event.__name__}": describe_operation(event) for event in events},
        "components": {
            "messages": {event.__name__: describe_message(event) for event in events},
            "schemas": describe_schemas(events),
        },
    }


def describe_channel(event: type[Event]) -> Document:
    """The subject that an event is published on."""
    return {
        "address": f"{event.type}.{{{event.aggregate}}}",
        "summary": event_sentence(event),
        "parameters": {event.aggregate: {"description": "The id of what the event happened to."}},
        "messages": {event.__name__: {"$ref": f"#/components/messages/{event.__name__}"}},
    }


def describe_operation(event: type[Event]) -> Document:
    """The operation of the service that sends an event."""
    channel = f"#/channels/{event.__name__}"
    return {
        "action": "send",
        "summary": f"The {sending_service(event)} service sends it.",
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{event.__name__}"}],
    }


def describe_message(event: type[Event]) -> Document:
    """The shape of an event in its envelope."""
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": event_sentence(event),
        "contentType": "application/cloudevents+json",
        "headers": {
            "type": "object",
            "properties": {"Nats-Msg-Id": {"type": "string", "format": "uuid"}},
            "required": ["Nats-Msg-Id"],
        },
        "payload": {"$ref": REF.format(model=name_in_envelope(event))},
        "x-audience": event.audience,
        "x-inside": sorted(event.kept_inside),
    }


def describe_schemas(events: Iterable[type[Event]]) -> Document:
    """The shapes of the envelope and of what is in it."""
    found: Document = {}
    models: list[type[BaseModel]] = [Envelope, *events]
    for model in models:
        schema = model.model_json_schema(ref_template=REF, mode="serialization")
        found |= schema.pop("$defs", {})
        found[model.__name__] = schema
    for name, schema in found.items():
        name_choices(name, schema)
    found |= {name_in_envelope(event): describe_in_envelope(event, found["Envelope"]) for event in events}
    return dict(sorted(found.items()))


def name_choices(model: str, schema: Document) -> None:
    """Name each list of values in a shape after the shape and its field: generators name types by it."""
    for field, described in schema.get("properties", {}).items():
        found = [described, described.get("items", {}), *described.get("anyOf", [])]
        for n, each in enumerate(each for each in found if "enum" in each):
            each["title"] = f"{model}{field.title().replace('_', '')}{n or ''}"


def name_in_envelope(event: type[Event]) -> str:
    """The name of the shape of an event in its envelope: generators name a class by it."""
    return f"{event.__name__}Event"


def describe_in_envelope(event: type[Event], envelope: Document) -> Document:
    """The envelope with what is always the same in one event, and the event's own shape as its data."""
    own = {
        "type": {"type": "string", "const": event.type},
        "source": {"type": "string", "const": f"/{sending_service(event)}"},
        "audience": {"type": "string", "const": event.audience},
        "data": {"$ref": REF.format(model=event.__name__)},
    }
    return {
        **envelope,
        "title": name_in_envelope(event),
        "description": event_sentence(event),
        "properties": envelope["properties"] | own,
    }


def events_page() -> str:
    """The page that shows every event to people."""
    return PAGE_HEAD + "".join(event_section(event) for event in product_events())


def event_section(event: type[Event]) -> str:
    """What the page says of one event."""
    schema = event.model_json_schema()
    rows = "".join(
        f"| `{name}` | {describe_type(field)} | {describe_field(event, name, field)} |\n"
        for name, field in schema["properties"].items()
    )
    return (
        f"\n### {event.__name__}\n\n{event_sentence(event)}\n\n"
        f"`{event.type}.<{event.aggregate}>`, audience *{event.audience}*: {audience_sentence(event)}.\n\n"
        f"| field | type | |\n|---|---|---|\n{rows}"
    )


def audience_sentence(event: type[Event]) -> str:
    """Whose endpoints receive an event."""
    # What has left a body is told to that body alone.
    tells_sender = "sender_id" in event.model_fields and event is not FeedbackMoved
    return AUDIENCES[event.audience] + (", and those of the sender of the feedback" if tells_sender else "")


def describe_type(field: Document) -> str:
    """A field's type in a few words."""
    if "anyOf" in field:
        return " or ".join(describe_type(each) for each in field["anyOf"])
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "$ref" in field:
        return f"{field['$ref'].rpartition('/')[2]}"
    if field.get("type") == "array":
        return f"list of {describe_type(field.get('items', {}))}"
    return str(field.get("format") or field.get("type") or "any")


def describe_field(event: type[Event], name: str, field: Document) -> str:
    """The description of a field, marked when webhooks do not carry it."""
    said = re.sub(r"\s+", " ", field.get("description", "")).strip()
    return f"{said} *inside*".strip() if name in event.kept_inside else said


def event_sentence(event: type[Event]) -> str:
    """What an event says has happened: the first line of its docstring."""
    return (event.__doc__ or "").strip().splitlines()[0]


def sending_service(event: type[Event]) -> str:
    """The service that sends an event."""
    return event.type.partition(".")[0]
