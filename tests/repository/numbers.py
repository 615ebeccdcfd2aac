"""Numbers of the code, as pages say them."""

import re
from collections.abc import Sequence

from deploy.settings_page import settings_of
from shared.tidying import TIDY


def tidied_after(table: str) -> int:
    """After how many days or hours a worker deletes rows of the plumbing."""
    found = re.search(r"'(\d+) (?:days|hours)'", TIDY[table])
    assert found
    return int(found[1])


def setting(service: str, name: str) -> int:
    """The default of a setting."""
    return int(settings_of(service).model_fields[name].default)


def series(values: Sequence[int]) -> str:
    """Numbers as a sentence lists them."""
    return f"{', '.join(map(str, values[:-1]))} and {values[-1]}"
