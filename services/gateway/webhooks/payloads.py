"""What an event looks like outside: a CloudEvent, thin (ids, links, state) or full (all public fields)."""

import re
from typing import Any

import orjson

from services.gateway.proxy.table import DOORS
from shared.events import Envelope, catalogue

# Where the gateway answers for the thing that an id names, read off its own table: `loop_id` leads to where a
# path ends with one loop (`/v1/loops/{…}`).
ONE_OF = re.compile(r"([^{}]*/(\w+?)s?)/\{\w+\}")
PATHS = [door.path for door in DOORS if not door.signed] + ["/v1/webhooks/endpoints/{endpoint_id}"]
ADDRESSES = {f"{found[2]}_id": f"{found[1]}/" for path in PATHS if (found := ONE_OF.fullmatch(path))}
ATTRIBUTES = ("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "sequence")
THIN = frozenset({"state", "previous_state", "organisations", "footprints", "head", "length"})


def links(data: dict[str, Any]) -> dict[str, str]:
    """Return the address of each thing that the data names."""
    named = [(name, path) for name, path in ADDRESSES.items() if data.get(name)]
    return {name.removesuffix("_id"): f"{path}{data[name]}" for name, path in named}


def full_data(envelope: Envelope) -> dict[str, Any]:
    """Return all fields that may be told outside, and links."""
    kept_inside = catalogue()[envelope.type].kept_inside
    told = {name: value for name, value in envelope.data.items() if name not in kept_inside}
    return {**told, "links": links(told)}


def thin_data(full: dict[str, Any]) -> dict[str, Any]:
    """Return of the full data the ids, the links and the state."""
    return {
        name: value
        for name, value in full.items()
        if name in THIN or name == "links" or name.endswith(("_id", "_ids"))
    }


def bodies(envelope: Envelope) -> tuple[str, str]:
    """Return the exact thin and full text that subscribers get."""
    attributes = envelope.model_dump(mode="json", include=set(ATTRIBUTES))
    ordered = {name: attributes[name] for name in ATTRIBUTES}
    full = full_data(envelope)
    thin, whole = ({**ordered, "data": data} for data in (thin_data(full), full))
    return orjson.dumps(thin).decode(), orjson.dumps(whole).decode()
