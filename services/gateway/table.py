"""All that the gateway knows about the services: which service each path belongs to, by their manifests.

A path that is not here cannot be reached.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from shared.manifest import Route, manifests

OWN = "gateway"
SEGMENT = re.compile(rb"(?:[A-Za-z0-9._~:@!$&'()*+,;=-]|%[2-9A-Fa-f][0-9A-Fa-f])+")
# Encoded slash, backslash, dot and null, double slashes, segments that lead upwards.
AMBIGUOUS = re.compile(rb"%(2[fFeE]|5[cC]|00)|\\|//|/\.{1,2}(/|$)")


@dataclass(frozen=True, slots=True)
class ServiceRoute:
    """A route and the service that answers it."""

    service: str
    route: Route


ROUTES = tuple(
    ServiceRoute(service.name, route) for service in manifests().values() for route in service.routes
)


class RouteTree:
    """Routes by the segments of their paths: to find one costs the same however many there are."""

    def __init__(self, routes: Iterable[ServiceRoute] = ()) -> None:
        self.named: dict[bytes, RouteTree] = {}
        self.any: RouteTree | None = None
        self.leaf: ServiceRoute | None = None
        for each in routes:
            self.add(each)

    def add(self, added: ServiceRoute) -> None:
        """Put a route where its path leads."""
        node = self
        for segment in added.route.path.encode().split(b"/")[1:]:
            if segment.startswith(b"{"):
                node.any = node = node.any or RouteTree()
            else:
                node = node.named.setdefault(segment, RouteTree())
        node.leaf = added

    def find(self, raw_path: bytes) -> ServiceRoute | None:
        """The route that a path leads to, as it came over the wire; None when there is none."""
        node: RouteTree | None = self
        for segment in raw_path.split(b"/")[1:]:
            if node is None:
                return None
            node = node.named.get(segment) or (node.any if SEGMENT.fullmatch(segment) else None)
        return node.leaf if node else None


TREE = RouteTree(ROUTES)


def is_ambiguous(raw_path: bytes) -> bool:
    """Whether two readers could take the path for different paths."""
    return AMBIGUOUS.search(raw_path) is not None


def find_route(raw_path: bytes) -> ServiceRoute | None:
    """The route that a path leads to, or None."""
    return TREE.find(raw_path)
