"""The manifest of the loop service."""

from shared.manifest import Route, Secret, Service

LOOP, COMMITMENT, EVIDENCE = (
    "/v1/loops/{loop_id}",
    "/v1/commitments/{commitment_id}",
    "/v1/evidence/{evidence_id}",
)
# Where each step is taken, by its name: the steps, `next` and the gateway read it here.
STEP_PATHS = {
    "agreement": f"{LOOP}/agreement",
    "opening": f"{LOOP}/opening",
    "moderation": f"{LOOP}/opening",
    "moderation_by_others": f"{LOOP}/moderation",
    "resumption": f"{LOOP}/resumption",
    "resumption_by_others": f"{LOOP}/resumption-by-others",
    "acknowledgement": f"{LOOP}/acknowledgement",
    "consideration": f"{LOOP}/consideration",
    "statement": f"{LOOP}/statement",
    "decision": f"{LOOP}/decisions",
    "evidence_before": f"{LOOP}/evidence",
    "commitment": f"{LOOP}/commitments",
    "acceptance": f"{COMMITMENT}/acceptance",
    "revision": f"{COMMITMENT}/revisions",
    "evidence": f"{COMMITMENT}/evidence",
    "change_claim": f"{COMMITMENT}/change-claims",
    "verification": f"{EVIDENCE}/verification",
    "group_telling": f"{LOOP}/tellings",
}

SERVICE = Service(
    "loop",
    question="What happened because of it?",
    stream_days=30,
    routes=(
        Route("/v1/replies/verdict", limit="reply"),
        Route("/v1/replies/verdict/lookup", limit="reply"),
        Route("/v1/loops"),
        Route("/v1/loops/measures"),
        Route("/v1/board"),
        Route("/v1/board.atom"),
        Route("/v1/board.json"),
        Route("/v1/board/inherited"),
        Route("/v1/loops/{loop_id}", one_of="loop"),
        Route("/v1/loops/{loop_id}/next"),
        Route("/v1/loops/{loop_id}/timeline"),
        Route("/v1/loops/{loop_id}/verify"),
        Route("/v1/loops/{loop_id}/export"),
        Route("/v1/loops/{loop_id}/tellings/preview"),
        Route("/v1/loops/{loop_id}/verdicts"),
        Route(f"{EVIDENCE}/file"),
        *(Route(path) for path in dict.fromkeys(STEP_PATHS.values())),
    ),
    scopes={
        "loop:read": "Read your own organisation's loops before they are public.",
        "loop:write": "Work on your own organisation's loops.",
        "loop:raise": "Open a loop with any body.",
        "loop:verify": "Judge evidence that others gave, and moderate or resume loops that their body left.",
    },
    hears=("registry", "feedback"),
    local={"public_url": "http://127.0.0.1:$gateway"},
    in_containers={"public_url": "${DOORWAY_PUBLIC_URL:-}"},
    secrets=(
        Secret(
            "reply_ref_key",
            "derived",
            source="feedback_reply_key",
            purpose="reply ref",
            if_it_differs="The loop's key for reply codes is not derived from feedback's: "
            "no verdict can arrive.",
        ),
    ),
)
