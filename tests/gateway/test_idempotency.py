"""One key, one effect, one answer."""

import json
from collections import Counter

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.accounts.services import issue_access_token
from apps.gateway import idempotency
from apps.gateway.models import IdempotencyRecord
from tests.concurrency import together
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.urls("tests.gateway.urls_of_tests")

KEY = "order-0001"
PATH = "/api/v1/sign-up"


@pytest.fixture(autouse=True)
def roomy_limits(settings) -> None:
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 10_000)


def client_of(user: User) -> Client:
    return Client(headers={"authorization": f"Bearer {issue_access_token(user)}"})


@pytest.fixture
def caller(db) -> Client:
    return client_of(UserFactory(email="caller@example.org"))


def sign_up(client: Client, body: dict | bytes, key: str | None = KEY, path: str = PATH):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {} if key is None else {"idempotency-key": key}
    return client.generic("POST", path, raw, content_type="application/json", headers=headers)


def signed_up() -> int:
    return User.objects.filter(last_name="Signed-Up").count()


def test_a_repeat_gets_the_first_answer_and_has_no_effect(caller) -> None:
    first = sign_up(caller, {"email": "new@example.org"})
    repeat = sign_up(caller, {"email": "new@example.org"})

    assert (first.status_code, repeat.status_code) == (201, 201)
    assert repeat.content == first.content
    assert "Idempotent-Replayed" not in first.headers
    assert repeat.headers["Idempotent-Replayed"] == "true"
    assert repeat.headers["Content-Type"] == first.headers["Content-Type"]
    assert signed_up() == 1


def test_another_body_under_the_same_key_is_refused(caller) -> None:
    sign_up(caller, {"email": "new@example.org"})

    response = sign_up(caller, {"email": "other@example.org"})

    assert (response.status_code, response.json()["code"]) == (422, "idempotency_mismatch")
    assert signed_up() == 1


def test_without_a_key_every_post_counts(caller) -> None:
    sign_up(caller, {"email": "a@example.org"}, key=None)
    sign_up(caller, {"email": "b@example.org"}, key=None)

    assert signed_up() == 2
    assert IdempotencyRecord.objects.count() == 0


def test_a_key_belongs_to_its_credential_and_its_path(caller, db) -> None:
    another = client_of(UserFactory(email="another@example.org"))
    statuses = [
        sign_up(caller, {"email": "a@example.org"}).status_code,
        sign_up(another, {"email": "b@example.org"}).status_code,
        sign_up(caller, {"email": "c@example.org"}, path="/api/v1/sign-up-elsewhere").status_code,
    ]

    assert statuses == [201, 201, 201]
    assert signed_up() == 3


@pytest.mark.parametrize("how", ["refused", "answered-409", "broken"])
def test_a_refusal_is_not_kept_so_the_same_key_may_be_tried_again(caller, how: str) -> None:
    caller.raise_request_exception = False
    refused = sign_up(caller, {"email": "new@example.org", "then": how})
    after_refusal = (signed_up(), IdempotencyRecord.objects.count())
    accepted = sign_up(caller, {"email": "new@example.org"})

    assert refused.status_code == {"refused": 422, "answered-409": 409, "broken": 500}[how]
    assert after_refusal == (0, 0)
    assert accepted.status_code == 201
    assert signed_up() == 1


@pytest.mark.parametrize(
    "key",
    ["", "short12", "x" * 256, "x" * 10_000, "with space", "tab\there123", "é-umlaut-key", "🚗🚗🚗🚗🚗🚗🚗🚗", "nul\x00nul12"],
)
def test_a_key_of_another_shape_is_refused(caller, key: str) -> None:
    response = sign_up(caller, {"email": "new@example.org"}, key=key)

    assert response.status_code == 400
    assert response.json()["code"] in ("invalid_idempotency_key", "nul_character", "control_character")
    assert signed_up() == 0


def test_the_shortest_and_the_longest_key_are_taken(caller) -> None:
    assert sign_up(caller, {"email": "a@example.org"}, key="!" * 8).status_code == 201
    assert sign_up(caller, {"email": "b@example.org"}, key="~" * 255).status_code == 201


THREADS, DEVIANTS = 64, 8


def storm() -> tuple[Counter[str], set[bytes]]:
    """64 requests at once under one key, 8 of them with another body: what they were answered."""
    user = User.objects.get(email="caller@example.org")
    token = issue_access_token(user)

    def send(number: int):
        client = Client(headers={"authorization": f"Bearer {token}"})
        return sign_up(client, {"email": "deviant@example.org" if number % 8 == 0 else "new@example.org"})

    answers = together([lambda number=number: send(number) for number in range(THREADS)])
    assert not [answer for answer in answers if isinstance(answer, BaseException)]
    kinds = Counter("replayed" if "Idempotent-Replayed" in answer.headers else str(answer.status_code) for answer in answers)
    return kinds, {answer.content for answer in answers if answer.status_code == 201}


def test_64_at_once_under_one_key_have_one_effect(real_commits) -> None:
    UserFactory(email="caller@example.org")

    kinds, bodies = storm()

    assert signed_up() == 1
    assert len(bodies) == 1
    assert kinds["201"] == 1
    assert kinds["replayed"] + kinds["422"] == THREADS - 1
    # Whoever came first decides which body is the right one.
    assert kinds["422"] in (DEVIANTS, THREADS - DEVIANTS)
    assert IdempotencyRecord.objects.count() == 1


def test_without_the_guard_the_same_storm_has_many_effects(real_commits, monkeypatch) -> None:
    """The negative control: the storm is one, and it is the claim that stills it."""
    UserFactory(email="caller@example.org")
    monkeypatch.setattr(idempotency, "once", lambda work, **_: work())

    storm()

    assert signed_up() > 1
