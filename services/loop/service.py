"""The manifest of the loop service."""

from shared.manifest import Route, Secret, Service

SERVICE = Service(
    "loop",
    question="What happened because of it?",
    stream_days=30,
    routes=(
        Route("/v1/replies/verdict", limit="reply"),
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
        Route("/v1/loops/{loop_id}/opening"),
        Route("/v1/loops/{loop_id}/acknowledgement"),
        Route("/v1/loops/{loop_id}/consideration"),
        Route("/v1/loops/{loop_id}/decisions"),
        Route("/v1/loops/{loop_id}/commitments"),
        Route("/v1/loops/{loop_id}/evidence"),
        Route("/v1/loops/{loop_id}/statement"),
        Route("/v1/loops/{loop_id}/tellings"),
        Route("/v1/loops/{loop_id}/tellings/preview"),
        Route("/v1/loops/{loop_id}/verdicts"),
        Route("/v1/commitments/{commitment_id}/acceptance"),
        Route("/v1/commitments/{commitment_id}/revisions"),
        Route("/v1/commitments/{commitment_id}/evidence"),
        Route("/v1/commitments/{commitment_id}/change-claims"),
        Route("/v1/evidence/{evidence_id}/verification"),
    ),
    scopes={
        "loop:read": "Read your own organisation's loops before they are public.",
        "loop:write": "Work on your own organisation's loops.",
        "loop:raise": "Open a loop with any body.",
        "loop:verify": "Judge evidence that others gave.",
    },
    secrets=(
        Secret(
            "reply_ref_key",
            "derived",
            source="feedback_reply_key",
            purpose="reply ref",
            if_it_differs="The loop finds reply codes with a key that is not derived from feedback's: "
            "no verdict arrives.",
        ),
    ),
)
