"""What an event looks like outside: a CloudEvent, thin (ids, links, state) or full (all public fields)."""

from collections.abc import Mapping

import orjson

from services.gateway.table import ROUTES
from shared.events import Envelope, catalogue

Data = Mapping[str, object]
ROUTE_OF_ONE = {each.route.one_of: each.route.path for each in ROUTES if each.route.one_of}
# Where the gateway answers for the thing that an id names: `loop_id` leads to `/v1/loops/{loop_id}`.
ADDRESSES = {f"{thing}_id": path.rpartition("/")[0] + "/" for thing, path in ROUTE_OF_ONE.items()}
ATTRIBUTES = ("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "sequence")
THIN = frozenset({"state", "previous_state", "organisations", "footprints", "head", "length"})


def links_to_things(data: Data) -> dict[str, str]:
    """The address of each thing that the data names."""
    named = [(name, path) for name, path in ADDRESSES.items() if data.get(name)]
    return {name.removesuffix("_id"): f"{path}{data[name]}" for name, path in named}


def full_data(envelope: Envelope) -> Data:
    """All fields that may leave Doorway, and links."""
    kept_inside = catalogue()[envelope.type].kept_inside
    public = {name: value for name, value in envelope.data.items() if name not in kept_inside}
    return {**public, "links": links_to_things(public)}


def thin_data(full: Data) -> Data:
    """The ids, the links and the state of the full data."""
    return {
        name: value
        for name, value in full.items()
        if name in THIN or name == "links" or name.endswith(("_id", "_ids"))
    }


def webhook_bodies(envelope: Envelope) -> tuple[str, str]:
    """The exact thin and full text that subscribers receive."""
    attributes = envelope.model_dump(mode="json", include=set(ATTRIBUTES))
    ordered = {name: attributes[name] for name in ATTRIBUTES}
    full = full_data(envelope)
    thin, whole = ({**ordered, "data": data} for data in (thin_data(full), full))
    return orjson.dumps(thin).decode(), orjson.dumps(whole).decode()
