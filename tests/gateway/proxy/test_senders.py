"""What senders show at a hook: their credentials reach the service, and no secret stands anywhere else."""

import pytest
from prometheus_client import generate_latest

from tests.gateway.gateways import Gateways


async def test_nobody_else_brings_the_credentials_of_a_sender(gateways: Gateways) -> None:
    gateway, partner = await gateways.start(), await gateways.partner()
    forged = {"Doorway-Sender-Authorization": "Bearer forged"}
    await gateway.post("/v1/hooks/abc", content=b"{}", headers=forged)
    await gateway.post("/v1/feedback", content=b"{}", headers=partner.headers | forged)
    credentials = [each.header("doorway-sender-authorization") for each in gateways.upstream.reached]
    assert credentials == [None, None]


async def test_a_secret_in_an_address_is_in_no_line_answer_or_figure(
    gateways: Gateways, capfd: pytest.CaptureFixture[str]
) -> None:
    gateway, secret = await gateways.start(), "5ec2e7" * 10
    answers = [
        await gateway.request(method, f"/v1/hooks/abc/{secret}{end}", content=b"{}")
        for method, end in (
            ("POST", ""),
            ("POST", "?as=break"),
            ("POST", "?as=refuse"),
            ("PUT", ""),
            ("POST", "/more"),
            ("POST", "%00"),
            ("POST", "%ff"),
        )
    ]
    assert gateways.upstream.reached[0].path == f"/v1/hooks/abc/{secret}"
    # The server in the place of the services says in good answers what it was asked.
    told = [each.text for each in answers if each.status_code >= 400]
    shown = [*told, *(str(each.headers) for each in answers)]
    assert len(told) >= 4
    figures = generate_latest().decode()
    assert "/v1/hooks/{source_id}/{secret}" in figures
    logged = capfd.readouterr()
    assert "/v1/hooks/{source_id}/{secret}" in logged.err
    assert not [each for each in (*shown, logged.err, logged.out, figures) if secret[:20] in each]
