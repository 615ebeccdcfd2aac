"""What one piece of feedback adds to counts: the only place that says so.

A cell is named by the voice, by what it counts, and by the value: `people/kind/story`.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from services.feedback.items.schemas import Kind, Polarity
from services.feedback.themes.taxonomy import load_taxonomy

# Staff's voice is never counted among that of patients and public.
Voice = Literal["people", "staff"]
By = Literal["kind", "theme", "polarity", "method", "step", "month"]
Depth = Literal["score", "words", "long"]
Step = Literal["read", "in_a_loop", "decided", "changed", "told"]
RECEIVED = "received"
LONG_CHARACTERS = 500

WORDS = """
    coalesce(length(f.text), 0) + coalesce(
        (SELECT sum(length(answer ->> 'text')) FROM jsonb_array_elements(f.answers) AS answer), 0)
"""
LOOPS = """
    SELECT count(*) > 0 AS in_a_loop, bool_or(c.answer IS NOT NULL) AS decided,
        bool_or(c.state IN ('telling', 'verdict_open', 'closed') AND c.answer NOT IN ('cannot', 'will_not'))
            AS changed,
        bool_or(EXISTS (SELECT FROM loop_moment m WHERE m.loop_id = c.id AND m.what = 'told')) AS told
    FROM loop_copy c WHERE c.feedback_ids @> ARRAY[f.id] AND c.demonstration = f.demonstration
"""


def pieces(which: str) -> str:
    """SQL for what pieces add, if they count: to which month, to which bodies, and to which cells.

    A model's suggestions of themes add nothing; a demonstration adds only to its invented organisations.
    """
    return f"""
    SELECT f.id AS feedback_id,
        date_trunc('month', f.received_at AT TIME ZONE 'Europe/London')::date AS month,
        CASE WHEN f.demonstration OR f.footprint_id IS NULL OR f.footprint_id = ANY (f.organisation_ids)
            THEN f.organisation_ids ELSE f.organisation_ids || f.footprint_id END AS bodies,
        array_remove(ARRAY[
            voice || 'kind/' || f.kind,
            voice || 'method/' || f.kind || '/' || CASE WHEN words = 0 THEN 'score'
                WHEN words < {LONG_CHARACTERS} THEN 'words' ELSE 'long' END,
            CASE WHEN f.read_at IS NOT NULL THEN voice || 'step/read' END,
            CASE WHEN l.in_a_loop THEN voice || 'step/in_a_loop' END,
            CASE WHEN l.decided THEN voice || 'step/decided' END,
            CASE WHEN l.changed THEN voice || 'step/changed' END,
            CASE WHEN l.told THEN voice || 'step/told' END
        ] || ARRAY(
            SELECT voice || 'theme/' || (theme ->> 'code') FROM jsonb_array_elements(f.themes) AS theme
            WHERE theme ->> 'by' IN ('sender', 'person')
            UNION SELECT voice || 'polarity/' || (theme ->> 'polarity')
            FROM jsonb_array_elements(f.themes) AS theme
            WHERE theme ->> 'by' IN ('sender', 'person') AND theme ? 'polarity'
            ORDER BY 1
        ), NULL) AS cells
    FROM feedback f
    CROSS JOIN LATERAL (SELECT CASE f.kind WHEN 'staff' THEN 'staff/' ELSE 'people/' END, {WORDS})
        AS said (voice, words)
    CROSS JOIN LATERAL ({LOOPS}) AS l
    WHERE f.state IN ('received', 'published', 'withheld') AND f.id IN ({which})
    """  # noqa: S608 -- made of constants


KINDS: Mapping[Voice, Sequence[str]] = {
    "people": [kind for kind in get_args(Kind) if kind != "staff"],
    "staff": ["staff"],
}


def keys_of(by: By, voice: Voice) -> list[str]:
    """All values of a table, also those that nothing was counted of."""
    match by:
        case "theme":
            return list(load_taxonomy())
        case "polarity":
            return list(get_args(Polarity))
        case "method":
            return [f"{kind}/{depth}" for kind in KINDS[voice] for depth in get_args(Depth)]
        case "step":
            return [RECEIVED, *get_args(Step)]
        case _:
            return list(KINDS[voice])
