"""All that the gateway knows of the services: whose each path is. What is not here is not reachable."""

import re
from dataclasses import dataclass

SEGMENT = re.compile(rb"(?:[A-Za-z0-9._~:@!$&'()*+,;=-]|%[2-9A-Fa-f][0-9A-Fa-f])+")
# Encoded slash, backslash, dot and null, double slashes, segments that lead upwards.
AMBIGUOUS = re.compile(rb"%(2[fFeE]|5[cC]|00)|\\|//|/\.{1,2}(/|$)")


@dataclass(frozen=True, slots=True)
class Door:
    """A path and the service behind it."""

    path: str
    service: str
    limit: str | None = None  # a policy of its own, counted by address
    signed: bool = False  # the body is signed by its sender: no key is read and all its headers are passed on


DOORS = (
    Door("/v1/lookup", "registry"),
    Door("/v1/lookup/batch", "registry", limit="batch"),
    Door("/v1/footprints", "registry"),
    Door("/v1/footprints/{ref}", "registry"),
    Door("/v1/footprints/{ref}/facts", "registry"),
    Door("/v1/footprints/{ref}/corrections", "registry"),
    Door("/v1/footprints/{ref}/ending", "registry"),
    Door("/v1/footprints/{ref}/history", "registry"),
    Door("/v1/footprints/{ref}/relations", "registry"),
    Door("/v1/footprints/{ref}/appointments", "registry"),
    Door("/v1/organisations/{ref}/appointments", "registry"),
    Door("/v1/appointments/{appointment_id}", "registry"),
    Door("/v1/appointments/{appointment_id}/confirmation", "registry"),
    Door("/v1/appointments/{appointment_id}/corrections", "registry"),
    Door("/v1/appointments/{appointment_id}/ending", "registry"),
    Door("/v1/appointments/{appointment_id}/withdrawal", "registry"),
    Door("/v1/footprints/{ref}/suggestions", "registry", limit="suggestion"),
    Door("/v1/organisations/{ref}/suggestions", "registry", limit="suggestion"),
    Door("/v1/suggestions", "registry"),
    Door("/v1/suggestions/lookup", "registry", limit="reply"),
    Door("/v1/suggestions/{suggestion_id}", "registry"),
    Door("/v1/suggestions/{suggestion_id}/acceptance", "registry"),
    Door("/v1/suggestions/{suggestion_id}/refusal", "registry"),
    Door("/v1/footprints/{ref}/contacts", "registry"),
    Door("/v1/footprints/completeness", "registry"),
    Door("/v1/footprints/{ref}/completeness", "registry"),
    Door("/v1/footprints/{ref}/responsiveness", "registry"),
    Door("/v1/organisations/{ref}/contacts", "registry"),
    Door("/v1/contacts/{contact_id}", "registry"),
    Door("/v1/contacts/{contact_id}/corrections", "registry"),
    Door("/v1/contacts/{contact_id}/ending", "registry"),
    Door("/v1/contacts/{contact_id}/knocks", "registry"),
    Door("/v1/contacts/{contact_id}/responsiveness", "registry"),
    Door("/v1/contacts/{contact_id}/verification", "registry"),
    Door("/v1/contacts/{contact_id}/withdrawal", "registry"),
    Door("/v1/knocks", "registry"),
    Door("/v1/knocks/{knock_id}", "registry"),
    Door("/v1/knocks/{knock_id}/outcome", "registry"),
    Door("/v1/footprints/{ref}/lineage", "registry"),
    Door("/v1/footprints/{ref}/members", "registry"),
    Door("/v1/organisations", "registry"),
    Door("/v1/organisations/{ref}", "registry"),
    Door("/v1/organisations/{ref}/facts", "registry"),
    Door("/v1/organisations/{ref}/corrections", "registry"),
    Door("/v1/organisations/{ref}/ending", "registry"),
    Door("/v1/organisations/{ref}/history", "registry"),
    Door("/v1/organisations/{ref}/relations", "registry"),
    Door("/v1/organisations/{ref}/tree", "registry"),
    Door("/v1/successions", "registry"),
    Door("/v1/mergers", "registry"),
    Door("/v1/mergers/{merger_id}", "registry"),
    Door("/v1/mergers/{merger_id}/corrections", "registry"),
    Door("/v1/mergers/{merger_id}/withdrawal", "registry"),
    Door("/v1/relations/{relation_id}", "registry"),
    Door("/v1/relations/{relation_id}/corrections", "registry"),
    Door("/v1/relations/{relation_id}/ending", "registry"),
    Door("/v1/changes", "registry"),
    Door("/v1/footprints/{ref}/changes.atom", "registry"),
    Door("/v1/organisations/{ref}/changes.atom", "registry"),
    Door("/v1/directory.csv", "registry", limit="export"),
    Door("/v1/directory.vcf", "registry", limit="export"),
    Door("/v1/boundaries", "registry"),
    Door("/v1/boundaries/{vintage}", "registry"),
    Door("/v1/footprints/{ref}/boundary", "registry"),
    Door("/v1/route", "registry"),
    Door("/v1/route/misroutes", "registry"),
    Door("/v1/stakeholders", "registry"),
    Door("/v1/stakeholders/{stakeholder_id}", "registry"),
    Door("/v1/stakeholders/{stakeholder_id}/corrections", "registry"),
    Door("/v1/stakeholders/{stakeholder_id}/consent", "registry"),
    Door("/v1/stakeholders/{stakeholder_id}/withdrawal", "registry"),
    Door("/v1/stakeholders/{stakeholder_id}/ending", "registry"),
    Door("/v1/feedback", "feedback"),
    Door("/v1/feedback/batch", "feedback"),
    Door("/v1/feedback/{feedback_id}", "feedback"),
    Door("/v1/feedback/{feedback_id}/erasure", "feedback"),
    Door("/v1/feedback/{feedback_id}/moderation", "feedback"),
    Door("/v1/feedback/{feedback_id}/original", "feedback"),
    Door("/v1/feedback/{feedback_id}/read", "feedback"),
    Door("/v1/feedback/{feedback_id}/revisions", "feedback"),
    Door("/v1/feedback/{feedback_id}/themes", "feedback"),
    Door("/v1/feedback/{feedback_id}/withdrawal", "feedback"),
    Door("/v1/hooks/{source_id}", "feedback", limit="hook", signed=True),
    Door("/v1/reply-codes", "feedback"),
    Door("/v1/replies/lookup", "feedback", limit="reply"),
    Door("/v1/replies/unsubscribe", "feedback", limit="reply"),
    Door("/v1/replies/withdraw", "feedback", limit="reply"),
    Door("/v1/replies/verdict", "loop", limit="reply"),
    Door("/v1/search", "feedback"),
    Door("/v1/sources", "feedback"),
    Door("/v1/sources/{source_id}", "feedback"),
    Door("/v1/sources/{source_id}/attempts", "feedback"),
    Door("/v1/sources/{source_id}/mappings", "feedback"),
    Door("/v1/sources/{source_id}/quarantine", "feedback"),
    Door("/v1/sources/{source_id}/received/{received_id}", "feedback"),
    Door("/v1/sources/{source_id}/replay", "feedback"),
    Door("/v1/sources/{source_id}/rotate-secret", "feedback"),
    Door("/v1/themes", "feedback"),
    Door("/v1/loops", "loop"),
    Door("/v1/loops/measures", "loop"),
    Door("/v1/board", "loop"),
    Door("/v1/board.atom", "loop"),
    Door("/v1/board.json", "loop"),
    Door("/v1/board/inherited", "loop"),
    Door("/v1/loops/{loop_id}", "loop"),
    Door("/v1/loops/{loop_id}/next", "loop"),
    Door("/v1/loops/{loop_id}/timeline", "loop"),
    Door("/v1/loops/{loop_id}/verify", "loop"),
    Door("/v1/loops/{loop_id}/export", "loop"),
    Door("/v1/loops/{loop_id}/opening", "loop"),
    Door("/v1/loops/{loop_id}/acknowledgement", "loop"),
    Door("/v1/loops/{loop_id}/consideration", "loop"),
    Door("/v1/loops/{loop_id}/decisions", "loop"),
    Door("/v1/loops/{loop_id}/commitments", "loop"),
    Door("/v1/loops/{loop_id}/evidence", "loop"),
    Door("/v1/loops/{loop_id}/statement", "loop"),
    Door("/v1/loops/{loop_id}/tellings", "loop"),
    Door("/v1/loops/{loop_id}/tellings/preview", "loop"),
    Door("/v1/loops/{loop_id}/verdicts", "loop"),
    Door("/v1/commitments/{commitment_id}/acceptance", "loop"),
    Door("/v1/commitments/{commitment_id}/revisions", "loop"),
    Door("/v1/commitments/{commitment_id}/evidence", "loop"),
    Door("/v1/commitments/{commitment_id}/change-claims", "loop"),
    Door("/v1/evidence/{evidence_id}/verification", "loop"),
)


class Tree:
    """The doors by the segments of their paths: finding one costs the same however many there are."""

    def __init__(self) -> None:
        self.named: dict[bytes, Tree] = {}
        self.any: Tree | None = None
        self.door: Door | None = None

    def add(self, door: Door) -> None:
        """Put a door where its path leads."""
        node = self
        for segment in door.path.encode().split(b"/")[1:]:
            if segment.startswith(b"{"):
                node.any = node = node.any or Tree()
            else:
                node = node.named.setdefault(segment, Tree())
        node.door = door

    def find(self, raw_path: bytes) -> Door | None:
        """Return the door that a path leads to, as it came over the wire; None when there is none."""
        node: Tree | None = self
        for segment in raw_path.split(b"/")[1:]:
            if node is None:
                return None
            node = node.named.get(segment) or (node.any if SEGMENT.fullmatch(segment) else None)
        return node.door if node else None


def tree_of(doors: tuple[Door, ...]) -> Tree:
    """Return the tree of some doors."""
    tree = Tree()
    for door in doors:
        tree.add(door)
    return tree


TREE = tree_of(DOORS)


def is_ambiguous(raw_path: bytes) -> bool:
    """Tell whether one reader could take the path for another than the next reader does."""
    return AMBIGUOUS.search(raw_path) is not None


def door_at(raw_path: bytes) -> Door | None:
    """Return the door that a path leads to, or None."""
    return TREE.find(raw_path)
