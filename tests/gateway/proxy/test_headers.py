from services.gateway.proxy.headers import announces_body, content_length, inward_headers, outward_headers


def test_a_service_hears_only_what_is_meant_for_it() -> None:
    given = [
        (b"content-type", b"application/json"),
        (b"content-encoding", b"gzip"),
        (b"if-match", b'"1"'),
        (b"authorization", b"Bearer dw_1_2"),
        (b"host", b"elsewhere"),
        (b"x-doorway-client", b"forged"),
        (b"x-forwarded-for", b"192.0.2.1"),
        (b"connection", b"if-match"),
        (b"transfer-encoding", b"chunked"),
        (b"cookie", b"a=b"),
    ]
    assert inward_headers(given, signed=False) == [
        (b"content-type", b"application/json"),
        (b"content-encoding", b"gzip"),
        (b"if-match", b'"1"'),
    ]


def test_a_sender_of_signed_bodies_brings_its_own_headers() -> None:
    given = [
        (b"webhook-id", b"1"),
        (b"x-hub-signature-256", b"sha256=00"),
        (b"authorization", b"Bearer theirs"),
        (b"doorway-actor", b"forged; role=x"),
        (b"x-doorway-org", b"forged"),
        (b"x-forwarded-host", b"elsewhere"),
        (b"connection", b"close"),
        (b"content-length", b"3"),
    ]
    assert inward_headers(given, signed=True) == [
        (b"webhook-id", b"1"),
        (b"x-hub-signature-256", b"sha256=00"),
        (b"doorway-sender-authorization", b"Bearer theirs"),
    ]


def test_two_credentials_of_a_sender_are_none() -> None:
    given = [(b"authorization", b"Bearer one"), (b"authorization", b"Bearer two")]
    forged = [(b"doorway-sender-authorization", b"Bearer forged")]
    assert inward_headers(given, signed=True) == []
    assert inward_headers(forged, signed=True) == []
    assert inward_headers(given, signed=False) == []


def test_a_client_hears_nothing_of_hops_and_cookies() -> None:
    given = [(b"etag", b'"1"'), (b"connection", b"close"), (b"set-cookie", b"a=b"), (b"server", b"x")]
    assert outward_headers(given) == [(b"etag", b'"1"')]


def test_a_body_is_announced_by_its_length_or_its_chunks() -> None:
    assert announces_body([(b"content-length", b"0")])
    assert announces_body([(b"host", b"here"), (b"transfer-encoding", b"chunked")])
    assert not announces_body([(b"host", b"here"), (b"content-type", b"text/plain")])


def test_an_announced_length_is_a_number_or_none() -> None:
    assert content_length([(b"content-length", b"12")]) == 12
    assert content_length([(b"content-length", b"-1")]) is None
    assert content_length([]) is None
