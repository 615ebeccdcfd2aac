"""The words of mails: true, the same at each try, and marked where nothing real is told."""

from typing import get_args

import pytest
from aiosmtplib.email import flatten_message

from services.feedback.sending.letters import (
    TEMPLATES,
    MailPart,
    add_stop_headers,
    compose_mail,
    new_message_id,
    subject_of_mail,
)
from services.feedback.sending.models import Mail
from shared.clock import now
from shared.events.loop import TellingKind
from shared.ids import new_id

FROM = "Doorway <doorway@nhs.example>"


def part(kind: TellingKind = "changed", body: str = "A Trust", *, demonstration: bool = False) -> MailPart:
    """What a mail says of one piece of feedback."""
    return MailPart(kind, body, "ABCD-EFGH-JKMN", demonstration)


@pytest.mark.parametrize("kind", get_args(TellingKind))
def test_each_kind_names_the_body_and_the_code(kind: TellingKind) -> None:
    assert kind in TEMPLATES
    assert "A Trust" in part(kind).text()
    assert "ABCD-EFGH-JKMN" in part(kind).text()


def test_a_mail_is_the_same_at_each_try() -> None:
    mail = Mail(id=new_id(), made_at=now(), tries=0, next_try_at=now(), message_id="")
    mail.message_id = new_message_id(mail.id, FROM)
    made = [
        compose_mail(mail, "jo@example.org", [part()], sender=FROM, url="https://a.example") for _ in range(2)
    ]
    assert made[0].as_bytes() == made[1].as_bytes()
    assert made[0]["Message-ID"] == f"<{mail.id}@nhs.example>"
    assert "https://a.example" in made[0].get_content()
    assert "999" in made[0].get_content()


def test_the_address_that_stops_mail_is_sent_in_one_piece() -> None:
    mail = Mail(id=new_id(), made_at=now(), tries=0, next_try_at=now(), message_id="<1@nhs.example>")
    message = compose_mail(mail, "jo@example.org", [part()], sender=FROM, url="")
    text = message.get_content()
    add_stop_headers(
        message, url := f"https://{'a-long-name.' * 8}example/v1/replies/unsubscribe/{'a1' * 32}"
    )
    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in flatten_message(message)
    assert message.get_content() == text


def test_a_demonstration_says_so() -> None:
    shown = part(demonstration=True)
    assert subject_of_mail([shown]).startswith("[Demonstration]")
    assert shown.text().startswith("This is a demonstration")
    assert subject_of_mail([part(), part(body="A Board")]) == "What came of what you told 2 bodies"
