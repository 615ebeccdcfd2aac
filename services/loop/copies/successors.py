"""Who answers for a body that others took over."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from shared.copies import SUCCESSIONS_MAX


class Succeeded(Protocol):
    """A copy of a body that others may have taken over: each successor has an `id` and a `share`."""

    @property
    def successors(self) -> Sequence[Mapping[str, object]]:
        """The bodies that took over, and the share of each."""


Copy = TypeVar("Copy", bound=Succeeded)


async def follow_successors(
    copy: Copy, find: Callable[[UUID], Awaitable[Copy | None]], is_succeeded: Callable[[Copy], bool]
) -> Copy:
    """The body that answers for another: itself, or the body that took over the largest share, and so on.

    A body in a circle answers for itself.
    """
    last = copy
    for _ in range(SUCCESSIONS_MAX):
        if not last.successors or not is_succeeded(last):
            return last
        largest = max(last.successors, key=lambda each: float(str(each["share"] or 0)))
        following = await find(UUID(str(largest["id"])))
        if following is None:
            return last
        last = following
    return copy
