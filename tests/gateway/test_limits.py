"""Limits that hold when everybody comes at once, with Redis and without."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from apps.accounts.services import issue_access_token
from apps.core import clock
from apps.core.errors import TooMany
from apps.gateway import limits
from apps.gateway.limits import take_token
from apps.gateway.models import RateBucket
from tests.concurrency import together
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.urls("tests.gateway.urls_of_tests")


def outcomes(results: list[object]) -> tuple[int, int]:
    allowed = sum(isinstance(result, limits.Allowance) for result in results)
    refused = sum(isinstance(result, TooMany) for result in results)
    return allowed, refused


def test_64_at_once_at_a_limit_of_ten_let_ten_through(redis_url) -> None:
    rounds = [outcomes(together([lambda n=number: take_token(f"round:{n}", limit=10, seconds=60)] * 64)) for number in range(5)]

    assert rounds == [(10, 54)] * 5


def test_a_limiter_that_reads_and_then_writes_lets_more_through(redis_url, monkeypatch) -> None:
    """The negative control: what REST framework's own limiter does."""
    import redis

    client = redis.Redis.from_url(redis_url)

    def read_then_write(self, bucket: str, seconds: int) -> tuple[int, float]:
        taken = int(client.get(bucket) or 0) + 1
        client.set(bucket, taken, ex=seconds)
        return taken, float(seconds)

    monkeypatch.setattr(limits._Counter, "take", read_then_write)
    allowed = [
        outcomes(together([lambda n=number: take_token(f"loose:{n}", limit=10, seconds=60)] * 64))[0] for number in range(5)
    ]

    assert max(allowed) > 10


def test_without_redis_a_row_counts_and_half_as_many_pass(real_commits) -> None:
    results = together([lambda: take_token("row", limit=10, seconds=60)] * 64)

    assert outcomes(results) == (5, 59)
    assert RateBucket.objects.get().taken == 64


def test_the_row_starts_anew_with_the_next_window(db) -> None:
    for _ in range(5):
        take_token("row", limit=10, seconds=60)
    with pytest.raises(TooMany):
        take_token("row", limit=10, seconds=60)

    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        assert take_token("row", limit=10, seconds=60).remaining == 4


def test_a_limit_of_one_is_not_halved_to_none(db) -> None:
    assert take_token("one", limit=1, seconds=60).remaining == 0


def test_redis_takes_over_again_when_it_is_back(db, settings, redis_url, monkeypatch) -> None:
    there, settings.REDIS_URL = settings.REDIS_URL, "redis://127.0.0.1:1/0"
    without = take_token("back", limit=10, seconds=60)
    settings.REDIS_URL = there
    with_redis = take_token("back", limit=10, seconds=60)

    assert (without.limit, with_redis.limit) == (5, 10)


def test_the_window_says_when_to_come_back(redis_url) -> None:
    take_token("window", limit=1, seconds=60)

    with pytest.raises(TooMany) as refusal:
        take_token("window", limit=1, seconds=60)

    assert 1 <= refusal.value.retry_after <= 61


class TestCalls:
    PATH = "/api/v1/people-only"

    @pytest.fixture
    def caller(self, db) -> Client:
        return Client(headers={"authorization": f"Bearer {issue_access_token(UserFactory())}"})

    def test_every_answer_tells_what_is_left(self, caller, redis_url, settings) -> None:
        settings.RATE_LIMITS = settings.RATE_LIMITS | {"user": 3, "public": 10, "stranger": 10}
        answers = [caller.get(self.PATH) for _ in range(4)]

        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
        assert {answer.headers["RateLimit-Limit"] for answer in answers} == {"3"}
        assert answers[3].json()["code"] == "rate_limited"
        assert answers[3].headers["Retry-After"] == answers[3].headers["RateLimit-Reset"]

    def test_people_do_not_count_for_each_other(self, caller, redis_url, settings) -> None:
        settings.RATE_LIMITS = settings.RATE_LIMITS | {"user": 1, "public": 10, "stranger": 10}
        another = Client(headers={"authorization": f"Bearer {issue_access_token(UserFactory())}"})

        assert [caller.get(self.PATH).status_code, another.get(self.PATH).status_code] == [200, 200]

    def test_guessing_is_limited_by_address(self, client, db, redis_url, settings) -> None:
        settings.RATE_LIMITS = settings.RATE_LIMITS | {"user": 1000, "public": 10, "stranger": 3}
        guesses = [client.get(self.PATH, headers={"authorization": f"Bearer cc_live_{n}"}).status_code for n in range(5)]
        elsewhere = client.get(self.PATH, REMOTE_ADDR="192.0.2.7").status_code

        assert guesses == [401, 401, 401, 429, 429]
        assert elsewhere == 401

    def test_the_login_is_limited_by_address(self, client, db, redis_url, settings) -> None:
        settings.RATE_LIMITS = settings.RATE_LIMITS | {"user": 1000, "public": 1, "sign_in": 3, "stranger": 120}
        paths = ["token", "token/refresh", "token", "token", "token/refresh"]
        tries = [client.post(f"/api/v1/auth/{path}", "{}", content_type="application/json").status_code for path in paths]

        assert tries == [400, 400, 400, 429, 429]

    def test_the_back_office_counts_with_it(self, client, db, redis_url, settings) -> None:
        settings.RATE_LIMITS = settings.RATE_LIMITS | {"sign_in": 3}
        client.post("/api/v1/auth/token", "{}", content_type="application/json")
        guesses = [client.post("/admin/login/", {"username": f"name{n}@example.org", "password": "x"}) for n in range(3)]
        elsewhere = client.post("/admin/login/", {"username": "a@example.org", "password": "x"}, REMOTE_ADDR="192.0.2.7")

        assert [answer.status_code for answer in guesses] == [200, 200, 429]
        assert 1 <= int(guesses[2].headers["Retry-After"]) <= 61
        assert (client.get("/admin/login/").status_code, elsewhere.status_code) == (200, 200)

    def test_whoever_is_known_is_not_counted_as_a_stranger(self, client, db, redis_url, settings) -> None:
        settings.RATE_LIMITS = settings.RATE_LIMITS | {"sign_in": 1}
        client.force_login(UserFactory(staff=True))

        assert [client.post("/i18n/setlang/", {"language": "en"}).status_code for _ in range(3)] == [302, 302, 302]

    def test_strangers_read_a_public_door_ten_times_a_minute(self, client, db, redis_url, settings) -> None:
        answers = [client.get("/api/v1/docs") for _ in range(11)]
        known = Client(headers={"authorization": f"Bearer {issue_access_token(UserFactory())}"}).get("/api/v1/docs")

        assert settings.RATE_LIMITS["public"] == 10
        assert [answer.status_code for answer in answers] == [200] * 10 + [429]
        assert answers[10].headers["Retry-After"] == answers[10].headers["RateLimit-Reset"]
        assert (known.status_code, known.headers["RateLimit-Limit"]) == (200, "1000")

    def test_an_address_that_the_caller_wrote_itself_does_not_count(self, client, db, redis_url, settings) -> None:
        settings.RATE_LIMITS = settings.RATE_LIMITS | {"user": 1000, "public": 10, "stranger": 1}
        forged = [client.get(self.PATH, headers={"x-forwarded-for": f"192.0.2.{n}"}).status_code for n in range(2)]
        settings.NUM_PROXIES = 1
        real = [client.get(self.PATH, headers={"x-forwarded-for": f"10.0.0.1, 192.0.2.{n}"}).status_code for n in range(2)]

        assert forged == [401, 429]
        assert real == [401, 401]

    def test_a_partner_has_the_limit_of_its_integration(self, db, redis_url) -> None:
        from apps.accounts.services import create_api_key

        machine = UserFactory(service=True)
        _key, text = create_api_key(user=machine, name="x", live=True, scopes=["api.access"], expires_at=None, by=None)

        def call():
            headers = {"authorization": f"Bearer {text}"}
            return Client().post("/api/v1/partners/groendus/sign-up", {}, content_type="application/json", headers=headers)

        answers = [call() for _ in range(11)]

        assert [answer.status_code for answer in answers] == [201] * 10 + [429]
        assert answers[0].headers["RateLimit-Limit"] == "10"
