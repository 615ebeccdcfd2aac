import pytest

from shared.ids import new_id
from tests.gateway.gateways import Gateways, exchange

OWN = "/v1/audit"
PASSED = "/v1/feedback"


@pytest.mark.parametrize("path", [OWN, PASSED])
@pytest.mark.parametrize(
    "credentials",
    [
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Basic ZHc6ZHc=",
        "dw_x_y",
        "",
        "Bearer dw_\xe9",
        "Bearer dw_1_2",
    ],
)
async def test_malformed_credentials_are_unknown_keys(
    gateways: Gateways, path: str, credentials: str
) -> None:
    gateway = await gateways.start()
    refused = await gateway.get(path, headers=[(b"Authorization", credentials.encode("latin-1"))])
    assert (refused.status_code, refused.json()["code"]) == (401, "key_unknown")
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["x-request-id"] == refused.json()["request_id"]
    assert "ratelimit" in refused.headers
    assert gateways.upstream.reached == []


async def test_a_wrong_secret_is_an_unknown_key(gateways: Gateways) -> None:
    gateway, partner = await gateways.start(), await gateways.partner()
    wrong = partner.key[:-1] + ("0" if partner.key[-1] != "0" else "1")
    refused = await gateway.get(PASSED, headers={"Authorization": f"Bearer {wrong}"})
    assert (refused.status_code, refused.json()["code"]) == (401, "key_unknown")


async def test_two_keys_in_one_request_are_refused(gateways: Gateways) -> None:
    gateway, partner, other = await gateways.start(), await gateways.partner(), await gateways.partner()
    both = [("Authorization", f"Bearer {each.key}") for each in (partner, other)]
    refused = await gateway.get(PASSED, headers=both)
    assert (refused.status_code, refused.json()["code"]) == (401, "key_unknown")


@pytest.mark.parametrize("name", ["key", "api_key", "access_token", "Authorization", "token"])
async def test_a_key_in_the_query_lets_nobody_in(gateways: Gateways, name: str) -> None:
    gateway, partner = await gateways.start(), await gateways.partner()
    for value in (partner.key, f"Bearer {partner.key}"):
        refused = await gateway.get(OWN, params={name: value})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
        assert partner.key not in refused.text


async def test_keys_count_only_in_their_own_header(gateways: Gateways) -> None:
    gateway, partner = await gateways.start(), await gateways.partner()
    elsewhere = {
        "X-API-Key": partner.key,
        "Proxy-Authorization": f"Bearer {partner.key}",
        "Cookie": f"key={partner.key}",
        "X-Doorway-Client": str(partner.id),
    }
    assert (await gateway.get(OWN, headers=elsewhere)).json()["code"] == "key_required"


ROUNDABOUT = [
    "/v1/feedback/../clients",
    "/v1/feedback/%2e%2e/clients",
    "/v1/feedback/%2E%2e%2fclients",
    "/v1/feedback%2f..%2fclients",
    "/v1%2fclients",
    "/v1/clients%2f",
    "//v1/clients",
    "/v1//clients",
    "/v1/./clients",
    "/v1/clients/.",
    "/v1/clients/..",
    "/v1/feedback\\..\\clients",
    "/v1/feedback/%5c",
    "/v1/clients/",
    "/V1/clients",
    "/v1/footprints//lineage",
    "/v1/footprints/x/lineage/",
    "/metrics/../v1/clients",
    "/v1/clients;a=b",
]


async def test_roundabout_paths_lead_nowhere(gateways: Gateways) -> None:
    gateway, admin = await gateways.serve(), await gateways.partner("clients:admin")
    for path in ROUNDABOUT:
        answer = await exchange(gateway, f"GET {path} HTTP/1.1\r\nAuthorization: Bearer {admin.key}\r\n")
        assert (path, answer.status, answer.json()["code"]) == (path, 404, "not_found")
    assert gateways.upstream.reached == []


async def test_what_cannot_be_stored_is_refused_in_paths_and_queries(gateways: Gateways) -> None:
    gateway = await gateways.start()
    for path in ("/v1/feedback/%00", "/v1/feedback?q=%00", "/v1/feedback/%ff", "/v1/feedback?q=%ed%a0%80"):
        refused = await gateway.get(path)
        assert (refused.status_code, refused.json()["code"]) == (422, "bad_text")
        assert "ratelimit" in refused.headers


async def test_no_redirect_is_made_of_the_host_header(gateways: Gateways) -> None:
    gateway = await gateways.start()
    for path in ("/v1/clients/", "/docs/", "/v1/whoami/", "/livez/"):
        answer = await gateway.get(path, headers={"Host": "elsewhere.example"})
        assert answer.status_code == 404
        assert "elsewhere.example" not in answer.text + str(answer.headers)


async def test_every_answer_is_hardened(gateways: Gateways) -> None:
    gateway = await gateways.start()
    for path in ("/v1/whoami", "/v1/feedback", "/nothing"):
        headers = (await gateway.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "max-age" in headers["strict-transport-security"]
        assert "server" not in headers


async def test_scripts_of_other_origins_are_let_in_by_setting_only(gateways: Gateways) -> None:
    asking = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    closed = await gateways.start()
    assert "access-control-allow-origin" not in (await closed.options(PASSED, headers=asking)).headers
    opened = await gateways.start(cors_origins="https://app.example")
    allowed = await opened.options(
        PASSED, headers=asking | {"Access-Control-Request-Headers": "Authorization"}
    )
    assert allowed.headers["access-control-allow-origin"] == "https://app.example"
    other = await opened.options(PASSED, headers=asking | {"Origin": "https://other.example"})
    assert "access-control-allow-origin" not in other.headers
    assert (other.status_code, other.json()["code"]) == (403, "forbidden")
    assert other.headers["content-type"] == "application/problem+json"
    assert other.headers["vary"].startswith("Origin")


async def test_bodies_of_its_own_routes_are_bounded(gateways: Gateways) -> None:
    gateway, admin = await gateways.start(body_bytes_max=1000), await gateways.partner("clients:admin")
    refused = await gateway.post("/v1/clients", content=b"x" * 1001, headers=admin.headers)
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")


async def test_logs_name_the_template_and_never_the_query(
    gateways: Gateways, capfd: pytest.CaptureFixture[str]
) -> None:
    gateway, partner = await gateways.start(), await gateways.partner()
    secret = f"ods:{new_id().hex[:8]}"
    for path in (f"/v1/footprints/{secret}?postcode={secret}", f"/v1/clients/{secret}?q={secret}"):
        await gateway.get(path, headers=partner.headers)
    logged = capfd.readouterr().err
    assert '"route":"/v1/footprints/{ref}"' in logged
    assert '"route":"/v1/clients/{client_id}"' in logged
    assert secret not in logged
    assert partner.key not in logged


async def test_keys_that_cannot_be_checked_for_long_are_not_taken(gateways: Gateways) -> None:
    gateway, partner = await gateways.start(keys_stale_seconds=0), await gateways.partner()
    refused = await gateway.get(OWN, headers=partner.headers)
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert refused.headers["retry-after"] == "1"


async def test_the_gateways_own_routes_read_no_compressed_body(gateways: Gateways) -> None:
    gateway, operator = await gateways.start(), await gateways.partner("clients:admin")
    headers = operator.headers | {"Content-Type": "application/json"}
    marked = await gateway.post("/v1/clients", content=b"\xef\xbb\xbf{}", headers=headers)
    assert marked.json()["code"] == "invalid"
    headers["Content-Encoding"] = "gzip"
    refused = await gateway.post("/v1/clients", content=b"{}", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (415, "encoding_not_read")
