"""The manifest of the feedback service."""

from shared.manifest import Limit, Role, Route, Secret, Service

TELLER = "feedback_teller"
# Who said it is kept apart: the service may add and erase contributors, and only the teller may read them.
GRANTING = "ALTER DEFAULT PRIVILEGES FOR ROLE feedback_owner IN SCHEMA contributors GRANT"

SERVICE = Service(
    "feedback",
    question="What do people say, and how do we reach them?",
    stream_days=30,
    routes=(
        Route("/v1/asked-before"),
        Route("/v1/counts"),
        Route("/v1/feedback"),
        Route("/v1/feedback/batch", body_bytes_max=16 * 1_048_576),
        Route("/v1/feedback-bulk/moderations"),
        Route("/v1/feedback-bulk/readings"),
        Route("/v1/feedback-work"),
        Route("/v1/feedback-files", body_bytes_max=16 * 1_048_576),
        Route("/v1/feedback-files/{file_id}"),
        Route("/v1/feedback-files/{file_id}/rows"),
        Route("/v1/feedback/{feedback_id}", one_of="feedback"),
        Route("/v1/feedback/{feedback_id}/erasure"),
        Route("/v1/feedback/{feedback_id}/forwarding"),
        Route("/v1/feedback/{feedback_id}/moderation"),
        Route("/v1/feedback/{feedback_id}/original"),
        Route("/v1/feedback/{feedback_id}/read"),
        Route("/v1/feedback/{feedback_id}/revisions"),
        Route("/v1/feedback/{feedback_id}/theme-refusals"),
        Route("/v1/feedback/{feedback_id}/theme-suggestions"),
        Route("/v1/feedback/{feedback_id}/themes"),
        Route("/v1/feedback/{feedback_id}/withdrawal"),
        Route("/v1/hooks/{source_id}", limit="hook", signed=True),
        Route("/v1/hooks/{source_id}/{secret}", limit="hook", signed=True),
        Route("/v1/reply-codes"),
        Route("/v1/published-counts"),
        Route("/v1/publishing-rules"),
        Route("/v1/publishing-rules/{rule_id}"),
        Route("/v1/replies/lookup", limit="reply"),
        Route("/v1/replies/lookup/batch"),
        Route("/v1/replies/unsubscribe", limit="reply"),
        Route("/v1/replies/unsubscribe/{token}", limit="unsubscribe"),
        Route("/v1/replies/withdraw", limit="reply"),
        Route("/v1/search"),
        Route("/v1/source-presets"),
        Route("/v1/source-presets/{name}"),
        Route("/v1/sources"),
        Route("/v1/sources/{source_id}", one_of="source"),
        Route("/v1/sources/{source_id}/attempts"),
        Route("/v1/sources/{source_id}/mappings", limit="mapping"),
        Route("/v1/sources/{source_id}/mappings/{version}/preview", limit="mapping"),
        Route("/v1/sources/{source_id}/mapping-preview", limit="mapping"),
        Route("/v1/sources/{source_id}/quarantine"),
        Route("/v1/sources/{source_id}/received/{received_id}"),
        Route("/v1/sources/{source_id}/received/{received_id}/payload"),
        Route("/v1/sources/{source_id}/replay", limit="mapping"),
        Route("/v1/sources/{source_id}/rotate-secret"),
        Route("/v1/themes"),
        Route("/v1/who-we-heard"),
    ),
    limits={
        "reply": Limit(
            60,
            "How many wrong reply codes a client, or an address without a key, may send in a minute; a "
            "network, ten times as many.",
            counts="misses",
        ),
        # Mail providers send the clicks of many people from few addresses; nobody guesses a token.
        "unsubscribe": Limit(60, "How many clicks that stop mail an address may send in a minute."),
        # Each may take seconds of work.
        "mapping": Limit(
            10,
            "How many mappings, previews and replays a client may send in a minute.",
            counts="client",
        ),
        # Suppliers send for many trusts from few addresses.
        "hook": Limit(
            600,
            "How many webhooks an address may send to a source in a minute; to all, ten times as many.",
            counts="path",
        ),
    },
    scopes={
        "feedback:read": "Read your own organisation's feedback before it is published.",
        "feedback:write": "Send feedback, and moderate your own organisation's.",
        "feedback:identify": "Read text as it was given, without masks; each use is audited.",
        "feedback:erase": "Erase what was said about your own organisation, with a reason; you are named.",
        "sources:manage": "Set up the systems that send feedback in.",
    },
    calls=("registry",),
    hears=("registry", "loop"),
    secrets=(
        Secret("reply_key"),
        Secret("contributor_private_key", "x25519"),
        Secret(
            "contributor_public_key",
            "public",
            source="feedback_contributor_private_key",
            if_it_differs="Contributors are sealed to a key that does not match the worker's: "
            "nobody can be told.",
        ),
    ),
    roles=(Role(TELLER, setting="teller_database_url"),),
    grants=(
        "CREATE SCHEMA IF NOT EXISTS contributors AUTHORIZATION feedback_owner",
        f"GRANT USAGE ON SCHEMA contributors TO feedback, {TELLER}",
        f"{GRANTING} INSERT, DELETE ON TABLES TO feedback",
        f"{GRANTING} SELECT ON TABLES TO {TELLER}",
    ),
    ports=("mail",),
    local={
        "public_url": "http://127.0.0.1:$gateway",
        "sending": "allow_list",
        "sending_allow_list": '["@example.org"]',
        "sending_batch_seconds": "1",
        "smtp_port": "$mail",
    },
    in_containers={
        "public_url": "${DOORWAY_PUBLIC_URL:-}",
        "smtp_ca_path": "${DOORWAY_MAIL_CA:+/etc/doorway/mail-ca.pem}",
    },
    reaches_outside=("worker",),
    worker_only=("teller_", "contributor_private_", "smtp_", "sending"),
)
