"""The story that `make demo` tells, played through the gateway of a real stack."""

import io

import pytest
from rich.console import Console

from deploy.story import part_one
from deploy.story.receiver import listening
from deploy.story.telling import Teller

pytestmark = pytest.mark.xdist_group("flows")


def test_part_one_plays_to_its_end(cast):
    told = io.StringIO()
    with listening() as trust, listening() as other:
        part_one.play(cast, Teller(Console(file=told, width=200)), part_one.Endpoints(trust, other))
    assert "North East and North Cumbria" in told.getvalue()
    assert cast.ids["reply_code"] in told.getvalue()
    assert "another organisation was told of none of them" in told.getvalue()
