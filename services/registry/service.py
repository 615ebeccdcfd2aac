"""The manifest of the registry."""

from collections.abc import Iterator

from shared.manifest import Limit, Route, Service

OF_BODIES = (
    "facts",
    "corrections",
    "ending",
    "history",
    "relations",
    "appointments",
    "contacts",
    "changes.atom",
)


def below(path: str, *parts: str) -> Iterator[Route]:
    """Yield the routes that lead on from a path."""
    yield from (Route(f"{path}/{part}") for part in parts)


SERVICE = Service(
    "registry",
    question="Where are the doors, and who is behind them?",
    stream_days=None,  # kept for good: the copies of other services are rebuilt from it
    routes=(
        Route("/v1/lookup"),
        Route("/v1/lookup/batch", limit="batch"),
        Route("/v1/footprints"),
        Route("/v1/footprints/completeness"),
        Route("/v1/footprints/{ref}", one_of="footprint"),
        *below("/v1/footprints/{ref}", *OF_BODIES),
        *below("/v1/footprints/{ref}", "completeness", "responsiveness", "lineage", "members", "boundary"),
        Route("/v1/footprints/{ref}/suggestions", limit="suggestion", tells_network=True),
        Route("/v1/organisations"),
        Route("/v1/organisations/{ref}", one_of="organisation"),
        *below("/v1/organisations/{ref}", *OF_BODIES, "lineage", "tree"),
        Route("/v1/organisations/{ref}/suggestions", limit="suggestion", tells_network=True),
        Route("/v1/appointments/{appointment_id}", one_of="appointment"),
        *below("/v1/appointments/{appointment_id}", "confirmation", "corrections", "ending", "withdrawal"),
        Route("/v1/contacts/{contact_id}", one_of="contact"),
        *below("/v1/contacts/{contact_id}", "corrections", "ending", "knocks", "responsiveness"),
        *below("/v1/contacts/{contact_id}", "verification", "withdrawal"),
        Route("/v1/suggestions"),
        Route("/v1/suggestions/lookup", limit="reply"),
        Route("/v1/suggestions/sweeps"),
        Route("/v1/suggestions/sweeps/{sweep_id}/withdrawal"),
        Route("/v1/suggestions/{suggestion_id}", one_of="suggestion"),
        *below("/v1/suggestions/{suggestion_id}", "acceptance", "refusal"),
        Route("/v1/knocks"),
        Route("/v1/knocks/{knock_id}", one_of="knock"),
        Route("/v1/knocks/{knock_id}/outcome"),
        Route("/v1/successions"),
        Route("/v1/mergers"),
        Route("/v1/mergers/{merger_id}", one_of="merger"),
        *below("/v1/mergers/{merger_id}", "corrections", "withdrawal"),
        Route("/v1/relations/{relation_id}", one_of="relation"),
        *below("/v1/relations/{relation_id}", "corrections", "ending"),
        Route("/v1/changes"),
        Route("/v1/directory.csv", limit="export"),
        Route("/v1/directory.vcf", limit="export"),
        Route("/v1/boundaries"),
        Route("/v1/boundaries/{edition}"),
        Route("/v1/route"),
        Route("/v1/route/misroutes"),
        Route("/v1/sources-of-facts"),
        Route("/v1/disputes"),
        Route("/v1/disputes/{dispute_id}"),
        *below("/v1/disputes/{dispute_id}", "settlement", "reopening"),
        Route("/v1/stakeholders"),
        Route("/v1/stakeholders/{stakeholder_id}", one_of="stakeholder"),
        *below("/v1/stakeholders/{stakeholder_id}", "corrections", "consent", "withdrawal", "ending"),
    ),
    limits={
        "suggestion": Limit(5, "How many suggestions an address may make in a minute."),
        "batch": Limit(
            30, "How many lists of up to 1,000 places a client may look up in a minute.", counts="client"
        ),
        "export": Limit(10, "How many whole directories a client may fetch in a minute.", counts="client"),
    },
    local={"public_url": "http://127.0.0.1:$gateway"},
    in_containers={"public_url": "${DOORWAY_PUBLIC_URL:-}"},
    scopes={
        "registry:read": "Read what of the registry is not public.",
        "registry:write": "Register, correct and end bodies, appointments and contacts.",
    },
)
