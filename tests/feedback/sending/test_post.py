"""Mail goes to a server whose certificate is from an authority that the operator names."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from services.feedback.sending.post import post_mail
from services.feedback.settings import Settings
from tests.feedback.sending.sink import sink_running
from tests.fixtures.authority import Authority, make_authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority, and a server's certificate from it."""
    return make_authority(tmp_path_factory.mktemp("authority"))


def mail() -> EmailMessage:
    """A mail."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "us@example.org", "jo@example.org", "What happened"
    message.set_content("It is warm now.")
    return message


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_certificate_of_an_authority_of_your_own_is_trusted(
    settings: Settings, authority: Authority, security: str
) -> None:
    async with sink_running(**{security: authority.server}) as sink:
        own = {"smtp_port": sink.port, "smtp_security": security, "smtp_ca_path": str(authority.file)}
        assert await post_mail(settings.model_copy(update=own), mail()) == "delivered"
    assert [each["To"] for each in sink.mails] == ["jo@example.org"]


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("named", ["", "another", "missing", "empty"])
async def test_no_other_certificate_is_trusted_and_the_mail_waits(
    settings: Settings,
    authority: Authority,
    tmp_path: Path,
    security: str,
    named: str,
) -> None:
    (tmp_path / "empty").write_text("No certificate.")
    files = {"": "", "another": str(make_authority(tmp_path).file)}
    async with sink_running(**{security: authority.server}) as sink:
        own = {"smtp_port": sink.port, "smtp_security": security}
        file = {"smtp_ca_path": files.get(named, str(tmp_path / named))}
        assert await post_mail(settings.model_copy(update=own | file), mail()) == "again"
    assert sink.mails == []
