"""A body that passes validation for each operation that takes one: what refuses it is then about rights."""

from typing import Any

from deploy.story.part_one import SURVEY_MAPPING

OWNER = {"organisation": "ods:QHM", "team": "estates", "role": "head of estates"}
EVIDENCE = {
    "kind": "photo",
    "description": "The new sign.",
    "url": "https://example.org",
    "content": "VGhlIHNpZ24u",
    "observed_on": "2026-10-01",
}
WHY = {"reason": "They told us so.", "source": "https://example.org"}
BODIES: dict[str, Any] = {
    "moderate_feedback": {"action": "withhold", "reason": "It names a member of staff."},
    "erase_feedback": {"reason": "They asked us to."},
    "label_feedback": {"themes": []},
    "add_source_mapping": SURVEY_MAPPING,
    "change_source": {"name": "Taken over"},
    "rotate_source_secret": {},
    "replay_source": {"all": True},
    "import_rows": {"columns": [{"column": "A", "to": "text"}]},
    "issue_reply_codes": {"count": 1},
    "change_endpoint": {"enabled": False},
    "replay_deliveries": {"since": "2026-01-01T00:00:00Z"},
    "agree_to_loop": {"agreed": True},
    "open_loop": {"moderated": True},
    "resume_loop": {"moderated": True, "reason": "The complaint is with our complaints team now."},
    "resume_for_body": {"moderated": True, "reason": "The complaint is with their complaints team now."},
    "moderate_for_body": {"moderated": True},
    "acknowledge_loop": {"moderated": True},
    "decide_loop": {
        "answer": "will_do",
        "deciding_role": "chair",
        "forum": "board",
        "decided_on": "2026-10-01",
    },
    "make_commitment": {
        "owner": OWNER,
        "due_on": "2027-03-01",
        "people_will_notice": "People will notice that signs are right.",
        "measure": "Calls about the way.",
    },
    "show_it_was_done": EVIDENCE,
    "show_commitment": EVIDENCE,
    "log_group_telling": {"held_on": "2026-10-01", "way": "panel", "people": 12},
    "state_on_loop": {"statement": "We were closed."},
    "accept_commitment": {},
    "claim_change": {},
    "revise_commitment": {"due_on": "2027-04-01", "reason": "The supplier of the signs is late by a month."},
    "correct_stakeholder": {**WHY, "name": "Taken over"},
    "renew_stakeholder_consent": {**WHY, "given_on": "2026-10-01", "expires_on": "2027-10-01"},
    "withdraw_stakeholder_consent": WHY,
    "end_stakeholder": WHY,
    "record_knock": {"knocked_at": "2026-10-01T10:00:00Z"},
    "record_outcome": {"outcome": "automatic"},
    "correct_contact": {**WHY, "hours": "9 to 5"},
    "verify_contact": {**WHY, "verified_on": "2026-10-01", "how": "was_answered"},
    "end_contact": {**WHY, "ended_on": "2026-10-01"},
    "withdraw_contact": WHY,
    "correct_appointment": {**WHY, "held_to": "2026-10-01"},
    "confirm_appointment": WHY,
    "end_appointment": {**WHY, "held_to": "2026-10-01"},
    "withdraw_appointment": WHY,
    "accept_suggestion": WHY,
    "sweep_suggestions": {"body": "ods:QHM", "reason": "All of it is the same."},
    "refuse_suggestion": {"reason": "She left in May."},
    "correct_merger": {
        **WHY,
        "effective_on": "2030-04-01",
        "links": [{"predecessor": "ods:QVV", "successor": "ods:QSL", "share": 1}],
    },
    "withdraw_merger": WHY,
    "end_relation": {**WHY, "valid_to": "2026-10-01"},
    "correct_relation": {**WHY, "withdrawn": True},
    "verify_evidence": {"accept": True, "reason": "I went there and saw it."},
}
