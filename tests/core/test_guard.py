"""What does not even come in: hostile paths, queries and headers."""

import pytest
from django.test import Client

from apps.accounts.services import issue_access_token
from tests.factories.accounts import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.core.urls_of_tests")]


@pytest.fixture
def caller() -> Client:
    return Client(headers={"authorization": f"Bearer {issue_access_token(UserFactory())}"})


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("search=%00", 400, "nul_character"),
        ("%00=1", 400, "nul_character"),
        ("status__exact=%00", 400, "nul_character"),
        ("search=%ed%a0%80", 400, "invalid_encoding"),
        ("search=%ff", 400, "invalid_encoding"),
        ("search=%1b", 400, "control_character"),
        ("search=" + "x" * 101, 400, "search_too_long"),
        ("search=a+b+c+d+e+f", 400, "search_too_long"),
        ("search=" + "a+" * 1000, 400, "parameter_too_long"),
        ("search=" + "a+" * 20_000, 414, "uri_too_long"),
        ("&".join(f"p{number}=1" for number in range(100)), 414, "uri_too_long"),
        ("note=" + "x" * 1001, 400, "parameter_too_long"),
    ],
)
def test_a_hostile_query_does_not_come_in(caller, query: str, status: int, code: str) -> None:
    response = caller.get("/api/v1/people", QUERY_STRING=query)

    assert (response.status_code, response.json()["code"]) == (status, code)


def test_a_hostile_path_does_not_come_in(caller) -> None:
    nul = caller.get("/api/v1/people%00")
    long = caller.get("/api/v1/" + "x" * 1_000)

    assert (nul.status_code, nul.json()["code"]) == (400, "nul_character")
    assert (long.status_code, long.json()["code"]) == (414, "uri_too_long")


def test_hostile_headers_do_not_come_in(caller) -> None:
    nul = caller.get("/api/v1/people", headers={"x-anything": "a\x00b"})
    large = caller.get("/api/v1/people", headers={"x-anything": "x" * 20_000})
    many = caller.get("/api/v1/people", headers={f"x-{number}": "1" for number in range(100)})
    length = caller.post("/api/v1/people", CONTENT_LENGTH="many", content_type="application/json")
    chunks = caller.post(
        "/api/v1/people", CONTENT_LENGTH="", headers={"transfer-encoding": "chunked"}, content_type="application/json"
    )

    assert (nul.status_code, nul.json()["code"]) == (400, "nul_character")
    assert (large.status_code, large.json()["code"]) == (431, "headers_too_large")
    assert (many.status_code, many.json()["code"]) == (431, "headers_too_large")
    assert (length.status_code, length.json()["code"]) == (400, "bad_request")
    assert (chunks.status_code, chunks.json()["code"]) == (411, "length_required")


def test_people_are_told_in_a_word(client) -> None:
    response = client.get("/admin/?q=%00")

    assert response.status_code == 400
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_refusal_at_the_door_has_the_headers_of_every_answer(client) -> None:
    response = client.get("/api/v1/people?search=%00")

    assert response.headers["Cache-Control"] == "no-store"
    assert len(response.headers["X-Request-ID"]) == 32


@pytest.mark.parametrize("given", ["short", "x" * 65, "with space", "naïve-request", "a;b;c;d;e;f"])
def test_a_request_id_of_another_shape_is_replaced(client, given: str) -> None:
    response = client.get("/api/v1/nothing", headers={"x-request-id": given})

    assert response.headers["X-Request-ID"] != given
    assert len(response.headers["X-Request-ID"]) == 32
