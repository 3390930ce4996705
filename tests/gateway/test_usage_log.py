"""Every call has its row, also the refused and the rolled back; what is kept of a refused one opens no door."""

import json
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.accounts.services import create_api_key, issue_access_token
from apps.core import clock
from apps.gateway import services
from apps.gateway.masking import masked_text
from apps.gateway.models import ApiUsageLog, IdempotencyRecord, RateBucket, RawInbound
from tests.core.hostile import HostileBody, hostile_bodies
from tests.factories.accounts import UserFactory
from tests.factories.gateway import ApiUsageLogFactory, IdempotencyRecordFactory, RateBucketFactory, RawInboundFactory

pytestmark = pytest.mark.urls("tests.gateway.urls_of_tests")

PARTNER = "/api/v1/partners/groendus/sign-up"


@pytest.fixture(autouse=True)
def roomy_limits(settings) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 10_000)


@pytest.fixture
def machine(db) -> User:
    return UserFactory(service=True)


@pytest.fixture
def partner(machine) -> Client:
    _key, text = create_api_key(user=machine, name="shop", live=True, scopes=["api.access"], expires_at=None, by=None)
    return Client(headers={"authorization": f"Bearer {text}", "user-agent": "Shop/1.0"}, REMOTE_ADDR="192.0.2.7")


def post(client: Client, raw: bytes | str, path: str = PARTNER, **headers: str):
    return client.generic("POST", path, raw, content_type="application/json", headers=headers)


def test_a_call_has_its_row(partner, machine) -> None:
    key = machine.api_keys.get()

    response = post(partner, "{}", **{"x-request-id": "request-12345678"})
    row = ApiUsageLog.objects.get()

    assert response.status_code == 201
    assert (row.direction, row.method, row.endpoint, row.response_status) == ("in", "POST", PARTNER, 201)
    assert (row.integration, row.organization_label) == ("Groendus", "Groendus B.V.")
    assert (row.actor_kind, row.actor_id, row.api_key_id) == ("api_key", str(key.pk), key.pk)
    assert (row.ip_address, row.user_agent, row.request_id) == ("192.0.2.7", "Shop/1.0", "request-12345678")
    assert (row.request_size_bytes, row.response_size_bytes) == (2, len(response.content))
    assert (row.error_code, row.error_message, row.rate_limit_exceeded) == ("", "", False)
    assert RawInbound.objects.count() == 0


def test_a_call_that_is_rolled_back_has_its_row_and_its_body(partner, machine) -> None:
    post(partner, '{"then": "refused", "name": "Jansen"}')
    row, raw = ApiUsageLog.objects.get(), RawInbound.objects.get()

    assert User.objects.get(pk=machine.pk).first_name == "Sanne"
    assert (row.response_status, row.error_code, row.error_message) == (422, "guard_failed", raw_detail(row))
    assert (raw.response_status, raw.error_code, raw.endpoint) == (422, "guard_failed", PARTNER)
    assert json.loads(raw.body) == {"then": "refused", "name": "Jansen"}
    assert raw.request_id == row.request_id


def raw_detail(row: ApiUsageLog) -> str:
    return row.error_message or pytest.fail("a refusal says why")


def test_a_stranger_has_a_row_too(client, db) -> None:
    post(client, '{"password": "geheim"}', authorization="Bearer cc_live_abcdefghij_" + "x" * 43)
    row, raw = ApiUsageLog.objects.get(), RawInbound.objects.get()

    assert (row.response_status, row.error_code, row.api_key_id, row.actor_id) == (401, "invalid_api_key", None, "")
    assert raw.body == '{"password": "***"}'
    assert "Authorization" not in raw.headers


def test_a_replay_and_a_limited_call_are_marked(partner) -> None:
    for _ in range(2):
        post(partner, "{}", **{"idempotency-key": "key-0001"})
    for _ in range(4):
        post(partner, "{}")
    rows = list(ApiUsageLog.objects.order_by("created_at"))

    assert [row.replayed for row in rows[:2]] == [False, True]
    assert [row.rate_limit_exceeded for row in rows] == [False] * 5 + [True]


def test_what_the_guard_refuses_is_noted(partner) -> None:
    partner.get(PARTNER + "?x=%00")
    partner.get(PARTNER + "%00")
    rows = ApiUsageLog.objects.order_by("created_at")

    assert [(row.response_status, row.error_code) for row in rows] == [(400, "nul_character")] * 2
    assert rows[1].endpoint == PARTNER + "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("body", hostile_bodies(), ids=str)
def test_every_hostile_body_is_kept_as_text(partner, body: HostileBody) -> None:
    post(partner, body.raw)
    row = ApiUsageLog.objects.get()

    assert row.response_status < 500
    if row.response_status >= 400:
        assert RawInbound.objects.get().error_code == row.error_code


def test_other_calls_have_a_row_and_no_body(db) -> None:
    caller = Client(headers={"authorization": f"Bearer {issue_access_token(UserFactory())}"})
    post(caller, '{"x": 1}', "/api/v1/people-only")

    assert ApiUsageLog.objects.get().response_status == 405
    assert RawInbound.objects.count() == 0


def test_pages_and_the_description_have_no_row(client, db) -> None:
    client.get("/admin/login/")
    client.get("/api/v1/schema")

    assert ApiUsageLog.objects.count() == 0


def test_the_kept_body_is_unreadable_in_the_database(db) -> None:
    RawInboundFactory(body='{"name": "Jansen"}')

    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM raw_inbound")
        (stored,) = cursor.fetchone()

    assert "Jansen" not in stored
    assert RawInbound.objects.get().body == '{"name": "Jansen"}'


def test_a_row_in_the_log_cannot_be_changed(db) -> None:
    from django.db import ProgrammingError

    row = ApiUsageLogFactory()

    with pytest.raises(ProgrammingError, match="permission denied"):
        ApiUsageLog.objects.filter(pk=row.pk).update(response_status=200)


SECRETS = {
    '{"api_key": "abc"}': '{"api_key": "***"}',
    '{"apiKey" : "a\\"b", "x": 1}': '{"apiKey" : "***", "x": 1}',
    '{"client_secret": 12345}': '{"client_secret": "***"}',
    '{"wachtwoord": "open': '{"wachtwoord": "***"',
    '{"IBAN": "NL00BANK0123456789"}': '{"IBAN": "***"}',
    "key cc_live_abcdefghij_" + "x" * 43: "key cc_live_abcdefghij_***",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": "whsec_***",
    "Authorization: Bearer abcdefgh.ijkl": "Authorization: Bearer ***",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0abc.c2lnbmF0dXJl": "***",
    '{"name": "Jansen", "postal_code": "1234AB"}': '{"name": "Jansen", "postal_code": "1234AB"}',
}


@pytest.mark.parametrize(("given", "kept"), SECRETS.items())
def test_secrets_are_masked_and_the_rest_is_not(given: str, kept: str) -> None:
    assert masked_text(given.encode(), max_length=1_000) == kept


@pytest.mark.parametrize("piece", ['"password', '"password":"', '\\"', "bearer ", "eyJaaaaaaaa.", "whsec_", '":"', "cc_live_"])
def test_masking_takes_no_long_whatever_is_sent(piece: str) -> None:
    raw = (piece * (262_144 // len(piece))).encode()
    began = time.monotonic()

    masked_text(raw, max_length=300_000)

    assert time.monotonic() - began < 2


def test_what_was_kept_long_enough_is_forgotten(db) -> None:
    now = clock.now()
    for factory, moment, days in [
        (ApiUsageLogFactory, "occurred_at", 400),
        (RawInboundFactory, "received_at", 60),
        (IdempotencyRecordFactory, "created_at", 30),
        (RateBucketFactory, "window_ends_at", 1),
    ]:
        factory(**{moment: now - timedelta(days=days, minutes=1)})
        factory(**{moment: now - timedelta(days=days) + timedelta(hours=1)})

    assert services.forget_old() == 4
    assert [model.objects.count() for model in (ApiUsageLog, RawInbound, IdempotencyRecord, RateBucket)] == [1, 1, 1, 1]
