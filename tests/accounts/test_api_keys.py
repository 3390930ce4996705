"""API keys: made once, shown once, replaced without a gap, and no help to whoever guesses."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from apps.accounts import services
from apps.accounts.keys import new_key
from apps.accounts.models import ApiKey, User
from apps.audit.models import AuditLog
from apps.core import clock
from apps.core.errors import Refused
from tests.concurrency import together
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.urls("tests.core.urls_of_tests")


@pytest.fixture
def machine(db) -> User:
    return UserFactory(service=True)


def make_key(user: User, *, live: bool = True, scopes=("sales.orders",), expires_at=None) -> tuple[ApiKey, str]:
    return services.create_api_key(user=user, name="webshop", live=live, scopes=scopes, expires_at=expires_at, by=None)


def ask_with(client: Client, text: str, path: str = "/api/v1/scoped"):
    return client.get(path, headers={"authorization": f"Bearer {text}"})


def test_a_key_acts_as_its_service_user(client, machine) -> None:
    _live, live_text = make_key(machine)
    _test, test_text = make_key(machine, live=False)

    assert ask_with(client, live_text).json() == {"user": str(machine.pk), "live": True}
    assert ask_with(client, test_text).json() == {"user": str(machine.pk), "live": False}


def test_only_its_hash_is_kept(machine) -> None:
    key, text = make_key(machine)
    secret = text.rpartition(f"{key.key_id}_")[2]

    assert text.startswith(f"cc_live_{key.key_id}_")
    assert len(secret) == 43
    assert key.secret_hash != secret
    assert secret not in str(list(ApiKey.objects.values()))
    assert secret not in str(list(AuditLog.objects.values()))
    assert key.secret_hash not in str(list(AuditLog.objects.values()))
    assert not hasattr(key.history.first(), "secret_hash")


def test_whatever_is_wrong_with_a_key_the_answer_is_the_same(client, machine) -> None:
    _key, text = make_key(machine)
    revoked, revoked_text = make_key(machine)
    services.revoke_api_key(api_key=revoked, by=None)
    _expiring, expired_text = make_key(machine, live=False, expires_at=clock.now() + timedelta(hours=1))
    shown = [
        str(new_key(is_live=True)),  # unknown
        text[:-1] + ("A" if text[-1] != "A" else "B"),  # wrong secret
        text.replace("cc_live_", "cc_test_"),  # of the other kind
        revoked_text,
        "cc_live_",
        "cc_live_" + "x" * 4000,
        text + "x",
        text.upper(),
    ]
    answers = [ask_with(client, each) for each in shown]
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        answers.append(ask_with(client, expired_text))

    assert {(answer.status_code, answer.json()["code"]) for answer in answers[:-2]} == {(401, "invalid_api_key")}
    assert answers[-1].json()["code"] == "invalid_api_key"
    assert answers[-2].status_code == 401
    assert len({str(answer.json()["detail"]) for answer in answers[:-2]}) == 1


def test_a_key_dies_with_its_user(client, machine) -> None:
    _key, text = make_key(machine)
    User.objects.filter(pk=machine.pk).update(is_active=False)

    assert ask_with(client, text).status_code == 401


def test_a_key_opens_only_the_doors_for_keys(client, machine) -> None:
    _key, text = make_key(machine)

    assert ask_with(client, text, "/api/v1/people-only").status_code == 403
    assert ask_with(client, text, "/api/v1/write").status_code == 403


def test_a_key_has_the_scopes_it_was_given(client, machine) -> None:
    _key, text = make_key(machine, scopes=["api.access"])

    assert (ask_with(client, text).status_code, ask_with(client, text).json()["code"]) == (403, "permission_denied")


def test_two_keys_overlap_so_that_one_can_replace_the_other(client, machine) -> None:
    old, old_text = make_key(machine)
    _new, new_text = make_key(machine)

    with pytest.raises(Refused) as refusal:
        make_key(machine)
    both = [ask_with(client, old_text).status_code, ask_with(client, new_text).status_code]
    services.revoke_api_key(api_key=old, by=None)
    after = [ask_with(client, old_text).status_code, ask_with(client, new_text).status_code]
    make_key(machine)

    assert refusal.value.code == "too_many_keys"
    assert (both, after) == ([200, 200], [401, 200])
    assert ApiKey.objects.count() == 3


def test_sixteen_at_once_make_two_keys(real_commits) -> None:
    user = UserFactory(service=True)

    results = together([lambda: make_key(user)] * 16)

    assert sum(isinstance(result, tuple) for result in results) == 2
    assert {result.code for result in results if not isinstance(result, tuple)} == {"too_many_keys"}
    assert ApiKey.objects.count() == 2


def test_revoking_twice_changes_nothing(machine) -> None:
    key, _text = make_key(machine)
    first = services.revoke_api_key(api_key=key, by=None)

    assert services.revoke_api_key(api_key=key, by=None).revoked_at == first.revoked_at


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"scopes": ["sales.everything"]}, "unknown_scope"),
        ({"expires_at": clock.now() - timedelta(days=1)}, "expiry_in_the_past"),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(machine, change: dict, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        make_key(machine, **change)

    assert refusal.value.code == code
    assert ApiKey.objects.count() == 0


def test_a_person_has_no_keys(db) -> None:
    with pytest.raises(Refused) as refusal:
        make_key(UserFactory())

    assert refusal.value.code == "not_a_service_user"


def test_its_use_is_noted_once_an_hour(client, machine) -> None:
    key, text = make_key(machine)
    ask_with(client, text)
    first = ApiKey.objects.get(pk=key.pk).last_used_at
    ask_with(client, text)
    second = ApiKey.objects.get(pk=key.pk).last_used_at
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        ask_with(client, text)

    assert first is not None
    assert second == first
    assert ApiKey.objects.get(pk=key.pk).last_used_at > first


class TestAdmin:
    @pytest.fixture
    def admin(self, client, db) -> Client:
        client.force_login(UserFactory(superuser=True), backend="apps.accounts.backends.LoginBackend")
        return client

    def test_the_page_that_makes_a_key_shows_it_once(self, admin, machine) -> None:
        form = {"user": str(machine.pk), "name": "webshop", "is_live": "on", "scopes": ["api.access", "sales.orders"]}
        form |= {"expires_at_0": "", "expires_at_1": ""}

        made = admin.post("/admin/accounts/apikey/add/", form)
        key = ApiKey.objects.get()
        again = admin.get(f"/admin/accounts/apikey/{key.pk}/change/")
        text = made.context["key"]

        assert made.status_code == 200
        assert text in made.text
        assert services.recognise_api_key(text) == key
        assert key.scopes == ["api.access", "sales.orders"]
        assert text not in again.text
        assert key.secret_hash not in again.text

    def test_a_third_key_is_refused_in_words(self, admin, machine) -> None:
        make_key(machine)
        make_key(machine)
        form = {"user": str(machine.pk), "name": "third", "is_live": "on", "scopes": ["api.access"]}
        form |= {"expires_at_0": "", "expires_at_1": ""}

        response = admin.post("/admin/accounts/apikey/add/", form, follow=True)

        assert ApiKey.objects.count() == 2
        assert any("two keys" in str(message) or "twee sleutels" in str(message) for message in response.context["messages"])

    def test_a_key_is_revoked_by_a_button_and_changed_by_nothing(self, admin, machine) -> None:
        key, _text = make_key(machine)

        admin.post(f"/admin/accounts/apikey/{key.pk}/do/revoke-api-key/")
        forbidden = admin.post(f"/admin/accounts/apikey/{key.pk}/change/", {"name": "other"})

        assert ApiKey.objects.get().revoked_at is not None
        assert forbidden.status_code == 403
        assert ApiKey.objects.get().name == "webshop"


def test_a_key_in_an_address_is_refused_and_burnt(client, machine) -> None:
    _key, text = make_key(machine)

    in_query = client.get("/api/v1/scoped", {"api_key": text})
    afterwards = ask_with(client, text)
    of_nobody = client.get("/api/v1/scoped", {"api_key": str(new_key(is_live=True))})

    assert (in_query.status_code, in_query.json()["code"]) == (400, "credential_in_address")
    assert afterwards.status_code == 401
    assert of_nobody.json()["code"] == "credential_in_address"
    assert ApiKey.objects.get().revoked_at is not None
