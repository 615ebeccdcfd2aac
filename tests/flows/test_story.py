"""The story that `make demo` tells, played through the gateway of a real stack."""

import io

import pytest
from rich.console import Console

from deploy.story import part_one, part_two
from deploy.story.caller import Caller
from deploy.story.cast import Teller
from deploy.story.receiver import run_receiver
from deploy.story.sink import run_mail_server
from deploy.story.tampering import make_text_changer


@pytest.fixture(scope="module")
def told(cast, stack):
    """Play the whole story and return how it was told."""
    text = io.StringIO()
    console = Console(file=text, width=200)
    with run_receiver() as trust, run_receiver() as other:
        part_one.play(cast, Teller(console), part_one.Endpoints(trust, other))
    change_text = make_text_changer(stack.settings["LOOP_DATABASE_URL"])
    with run_receiver() as partner, run_mail_server(int(stack.settings["FEEDBACK_SMTP_PORT"])) as mail:
        part_two.play(cast, Teller(console), part_two.Stagehands(partner, mail, change_text))
    return text.getvalue()


def test_part_one_plays_to_its_end(cast, told):
    assert "North East and North Cumbria" in told
    assert cast.ids["reply_code"] in told
    assert "suggested without a key; by its code it is accepted now" in told
    assert "another organisation was told of none of them" in told


def test_part_two_plays_to_its_end(cast, told):
    for code in ("evidence_required", "activity_not_outcome", "nothing_to_look_at", "self_verification"):
        assert f"refused, {code}" in told
    assert "in public this is shown when the time for it is over" in told.lower()
    assert "who judged it: another_organisation" in told
    assert "2 witnessed" in told
    assert "a text is changed in the database" in told


def test_what_was_changed_for_the_story_was_put_back(cast, told):
    assert cast.anybody.get(f"/v1/loops/{cast.ids['loop']}/verify")["intact"]


def test_its_keys_belong_to_those_who_can_do_something_with_them(cast, told):
    owner = cast.transport.get("/v1/whoami")
    assert (owner["team"], owner["organisation_id"]) == ("transport", cast.ids["trust_organisation"])
    ambulance = Caller(cast.gateway_url, cast.keys["ambulance"])
    found = ambulance.get("/v1/feedback", organisation="ods:RX6")
    ambulance.close()
    assert found["items"] == []


def test_what_is_invented_is_marked(cast, told):
    for name in ("loop", "declined_loop", "inherited_loop"):
        assert cast.anybody.get(f"/v1/loops/{cast.ids[name]}")["demonstration"]
    board = cast.anybody.get("/v1/board", footprint="ods:S1Y5D")
    assert board["numbers"]["loops"] == 0
