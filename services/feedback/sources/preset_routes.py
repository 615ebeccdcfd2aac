"""The senders that Doorway knows, for whoever sets up a source."""

from services.feedback.errors import PresetNotFound
from services.feedback.sources.presets import Preset, PresetSummary, find_preset, load_presets
from shared.auth import Anyone
from shared.paging import Page
from shared.routing import Router

router = Router(prefix="/v1/source-presets", tags=["sources"])


@router.get("")
async def list_source_presets(_: Anyone) -> Page[PresetSummary]:
    """List the senders for which a source needs no settings of its own, by name."""
    presets = [PresetSummary.model_validate(each) for each in load_presets().values()]
    return Page(items=presets, next=None)


@router.get("/{name}", problems=(PresetNotFound,))
async def read_source_preset(name: str, _: Anyone) -> Preset:
    """Read what is known of a sender: settings, mapping, payloads, what to switch on, what it cannot give."""
    return find_preset(name)
