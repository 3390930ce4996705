"""Front ends elsewhere: those that are named may call the API, and nothing else."""

import pytest
from django.test import Client

FRIEND = "https://portal.example.nl"


@pytest.fixture(autouse=True)
def named(settings: object, db: None) -> None:
    settings.CORS_ALLOWED_ORIGINS = [FRIEND]


def preflight(client: Client, path: str, origin: str) -> object:
    asks = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,idempotency-key"}
    return client.options(path, headers={"origin": origin, **asks})


def test_a_named_origin_may_write_with_its_token_and_its_key(client: Client) -> None:
    answer = preflight(client, "/api/v1/orders", FRIEND)

    assert answer.headers["Access-Control-Allow-Origin"] == FRIEND
    assert {"authorization", "idempotency-key", "content-type"} <= set(answer.headers["Access-Control-Allow-Headers"].split(", "))
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]


def test_it_reads_what_is_left_of_its_limit_but_brings_no_cookies(client: Client) -> None:
    answer = client.get("/api/v1/orders", headers={"origin": FRIEND})

    assert answer.headers["Access-Control-Allow-Origin"] == FRIEND
    assert "RateLimit-Remaining" in answer.headers["Access-Control-Expose-Headers"]
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://portal.example.nl.evil.example", "http://portal.example.nl", "null"]
)
def test_no_other_origin_may(client: Client, origin: str) -> None:
    for answer in (preflight(client, "/api/v1/orders", origin), client.get("/api/v1/orders", headers={"origin": origin})):
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", ["/admin/login/", "/health/live", "/metrics"])
def test_pages_and_the_platforms_own_doors_are_for_no_front_end(client: Client, path: str) -> None:
    assert "Access-Control-Allow-Origin" not in client.get(path, headers={"origin": FRIEND}).headers
