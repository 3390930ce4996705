"""The API describes itself."""

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema


@pytest.fixture
def schema() -> dict:
    GENERATOR_STATS.reset()
    return SchemaGenerator().get_schema(request=None, public=True)


def test_it_is_openapi_3_1_and_was_made_without_a_warning(schema) -> None:
    validate_schema(schema)

    assert schema["openapi"] == "3.1.0"
    assert list(GENERATOR_STATS._warn_cache) + list(GENERATOR_STATS._error_cache) == []


def test_every_endpoint_names_its_refusal(schema) -> None:
    operations = [operation for path in schema["paths"].values() for operation in path.values()]

    assert operations != []
    for operation in operations:
        assert "application/problem+json" in operation["responses"]["default"]["content"]


def test_every_write_offers_an_idempotency_key_but_the_logins_and_what_knows_repeats_by_itself(schema) -> None:
    posts = {path: methods["post"] for path, methods in schema["paths"].items() if "post" in methods}
    without = {
        path
        for path, post in posts.items()
        if "Idempotency-Key" not in [parameter["name"] for parameter in post.get("parameters", [])]
    }

    by_themselves = {"/api/v1/bank-statements", "/api/v1/payments/reconcile"}  # the same bytes, and lines that are settled
    assert without == {"/api/v1/auth/token", "/api/v1/auth/token/refresh"} | by_themselves


def test_it_can_be_read_and_browsed(db) -> None:
    client = Client()
    description = client.get("/api/v1/schema")
    page = client.get("/api/v1/docs")
    script = client.get("/api/v1/docs?script=")

    assert description.status_code == 200
    assert page.status_code == 200
    assert "<script>" not in page.text
    assert script.headers["Content-Type"] == "application/javascript"


def test_it_is_json_for_whoever_asks_for_nothing_else(client: Client, db) -> None:
    plain = client.get("/api/v1/schema")
    as_yaml = client.get("/api/v1/schema", headers={"accept": "application/vnd.oai.openapi"})

    assert plain.headers["Content-Type"] == "application/json"
    assert plain.json()["openapi"] == "3.1.0"
    assert as_yaml.content.startswith(b"openapi: 3.1.0")
