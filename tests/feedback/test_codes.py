"""Reply codes are derived, forgiving of how they are typed, and not of a wrong letter."""

import base64
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.feedback.codes import WRONG_PER_MINUTE, ReplyKeys, WrongCodes, mailbox_of
from shared.codes import ALPHABET, read_code
from shared.errors import Invalid, TooMany
from shared.ids import new_id

KEYS = ReplyKeys(base64.b64encode(bytes(32)).decode())
OTHER = ReplyKeys(base64.b64encode(b"\1" * 32).decode())


@given(st.uuids())
def test_a_code_is_read_back_however_it_is_typed(code_id: UUID) -> None:
    code = KEYS.code_of(code_id)
    assert len(code) == 14
    assert read_code(code) == code
    assert read_code(code.lower().replace("-", " ").replace("0", "o").replace("1", "l")) == code


@given(st.uuids(), st.integers(0, 11), st.sampled_from(ALPHABET))
def test_a_wrong_letter_is_noticed(code_id: UUID, place: int, letter: str) -> None:
    letters = KEYS.code_of(code_id).replace("-", "")
    wrong = letters[:place] + letter + letters[place + 1 :]
    if wrong != letters:
        with pytest.raises(Invalid) as refused:
            read_code(wrong)
        assert refused.value.errors[0].pointer == "/reply_code"


@given(st.uuids(), st.uuids())
def test_codes_and_what_is_kept_of_them_differ_by_row_and_by_key(one: UUID, two: UUID) -> None:
    assert (KEYS.code_of(one) == KEYS.code_of(two)) is (one == two)
    assert KEYS.code_of(one) != OTHER.code_of(one)
    assert KEYS.ref_of(KEYS.code_of(one)) != OTHER.ref_of(KEYS.code_of(one))
    assert KEYS.pseudonym_of(one) != KEYS.ref_of(KEYS.code_of(one))


def test_what_is_derived_never_changes() -> None:
    # Codes on paper cards have to be good for years: these are known answers.
    code = KEYS.code_of(UUID(int=1))
    assert (code, KEYS.ref_of(code)) == ("MW6Y-C8T2-TRK6", "60fb33547f4847b3fc7258e43940c71e")


@pytest.mark.parametrize(
    "typed", ["", "ABCD-EFGH-JKM", "ABCD-EFGH-JKMU", "AB\u212aD-EFGH-JKMN", "0000-0000-0001"]
)
def test_what_cannot_be_a_code_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        read_code(typed)


def test_wrong_codes_are_forgotten_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1000.0
    monkeypatch.setattr("services.feedback.codes.time.monotonic", lambda: moment)
    wrong, sender, other = WrongCodes(), new_id(), new_id()
    for _ in range(WRONG_PER_MINUTE):
        wrong.check(sender)
        wrong.count(sender)
        moment += 0.5
    with pytest.raises(TooMany) as refused:
        wrong.check(sender)
    assert refused.value.headers["Retry-After"] == str(60 - WRONG_PER_MINUTE // 2)
    wrong.check(other)
    moment = 1060.0
    wrong.check(sender)
    moment = 1100.0
    wrong.check(sender)
    assert wrong.wrong == {}


def test_one_mailbox_has_one_name_however_its_address_is_written() -> None:
    loop_id = new_id()
    written = ("jo.smith@gmail.com", "JoSmith+2@Gmail.com", "j.o.s.m.i.t.h@googlemail.com")
    assert len({KEYS.mailbox_ref_of(loop_id, address) for address in written}) == 1
    others = ("jo.smith@example.org", "josmith@example.org", "josmith@gmail.com")
    assert len({KEYS.mailbox_ref_of(loop_id, address) for address in others}) == 3


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("josmith@proton.me", "Jo.S-mi_th+2@pm.me"),
        ("josmith@protonmail.com", "jo-smith@proton.me"),
        ("jo.smith@icloud.com", "jo.smith+1@me.com"),
        ("jo.smith@mac.com", "Jo.Smith@icloud.com"),
        ("josmith@yahoo.co.uk", "josmith-doors@yahoo.co.uk"),
        ("jo@fastmail.com", "doors@jo.fastmail.com"),
        ("jo@fastmail.fm", "x+1@a.jo.fastmail.fm"),
    ],
)
def test_what_a_provider_takes_for_one_mailbox_is_one(one: str, same: str) -> None:
    assert mailbox_of(one) == mailbox_of(same)


def test_what_may_be_two_people_is_two_mailboxes() -> None:
    written = ("jo-smith@example.org", "josmith@example.org", "jo.smith@icloud.com", "josmith@icloud.com")
    assert len({mailbox_of(each) for each in written}) == 4
