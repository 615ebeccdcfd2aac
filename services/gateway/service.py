"""The manifest of the gateway; it answers its own routes itself."""

from shared.manifest import Route, Service

SERVICE = Service(
    "gateway",
    question="Who may come in, and who is told outside?",
    stream_days=30,
    command="client",
    routes=(
        Route("/v1/audit"),
        Route("/v1/clients"),
        Route("/v1/clients/{client_id}"),
        Route("/v1/clients/{client_id}/keys"),
        Route("/v1/clients/{client_id}/keys/{key_id}"),
        Route("/v1/webhooks/deliveries"),
        Route("/v1/webhooks/deliveries/{delivery_id}/attempts"),
        Route("/v1/webhooks/deliveries/{delivery_id}/redeliver"),
        Route("/v1/webhooks/endpoints"),
        Route("/v1/webhooks/endpoints/{endpoint_id}", one_of="endpoint"),
        Route("/v1/webhooks/endpoints/{endpoint_id}/events"),
        Route("/v1/webhooks/endpoints/{endpoint_id}/replay"),
        Route("/v1/webhooks/endpoints/{endpoint_id}/rotate-secret"),
        Route("/v1/webhooks/endpoints/{endpoint_id}/test"),
        Route("/v1/webhooks/event-types"),
        Route("/v1/whoami"),
    ),
    scopes={
        "webhooks:manage": "Set up endpoints that receive events.",
        "clients:admin": "Make clients and keys for any organisation.",
        "operator": "Act for the operator, for every body; only `doorway client create` gives it.",
    },
    local={"allowed_networks": '["127.0.0.0/8"]', "trusted_proxies": "[]"},
    reaches_outside=("api", "worker"),
    is_entrance=True,
)
