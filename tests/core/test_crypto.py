import os
from base64 import b64encode

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from apps.core.crypto import Ciphertext, KeyRing, SecretUnreadable, _read_ring

PLACE = "partners.partnerintegration.webhook_secret:7"
texts = st.text(st.characters(exclude_categories=("Cs",)))


def entry(key_id: str, seed: int) -> str:
    return f"{key_id}:{b64encode(bytes([seed]) * 32).decode()}"


def ring(*entries: str) -> KeyRing:
    return _read_ring(entries)


OLD, NEW = entry("old", 1), entry("new", 2)


@given(texts)
def test_what_goes_in_comes_out(secret):
    sealed = ring(OLD).encrypt(secret, place=PLACE)

    assert ring(OLD).decrypt(sealed, place=PLACE) == secret


@given(texts, texts)
def test_a_value_opens_in_its_own_place_only(secret, other_place):
    sealed = ring(OLD).encrypt(secret, place=PLACE)

    if other_place != PLACE:
        with pytest.raises(SecretUnreadable):
            ring(OLD).decrypt(sealed, place=other_place)


@given(texts.filter(bool), st.data())
def test_a_value_that_was_changed_in_any_byte_does_not_open(secret, data):
    sealed = ring(OLD).encrypt(secret, place=PLACE)
    at = data.draw(st.integers(0, len(sealed) - 1))
    changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]

    # The last character of base64 carries spare bits, which say nothing.
    try:
        assert ring(OLD).decrypt(changed, place=PLACE) == secret
        assert at >= len(sealed) - 3
    except SecretUnreadable:
        pass


@given(texts)
def test_the_same_secret_never_looks_the_same_twice(secret):
    assert ring(OLD).encrypt(secret, place=PLACE) != ring(OLD).encrypt(secret, place=PLACE)


def test_the_first_key_encrypts_and_every_key_decrypts():
    under_old = ring(OLD).encrypt("s3cret", place=PLACE)
    rotated = ring(NEW, OLD)

    assert rotated.decrypt(under_old, place=PLACE) == "s3cret"
    assert rotated.encrypt("s3cret", place=PLACE).key_id == "new"


def test_a_dropped_key_is_named_as_the_trouble():
    under_old = ring(OLD).encrypt("s3cret", place=PLACE)

    with pytest.raises(SecretUnreadable, match="unknown key"):
        ring(NEW).decrypt(under_old, place=PLACE)


@pytest.mark.parametrize(
    "entries",
    [
        (),
        ("",),
        ("old",),
        ("old:not base64",),
        ("old:" + b64encode(os.urandom(16)).decode(),),
        ("old:" + b64encode(os.urandom(33)).decode(),),
        ("a$b:" + b64encode(os.urandom(32)).decode(),),
        (OLD, OLD),
    ],
)
def test_a_ring_that_cannot_be_read_stops_the_start_without_telling_the_key(entries):
    with pytest.raises(ImproperlyConfigured) as refusal:
        ring(*entries)

    assert all(part not in str(refusal.value) for entry in entries for part in entry.split(":") if part)


@pytest.mark.parametrize("stored", ["", "$", "old$", "old$%%%", "old$QQ==", "nothing"])
def test_rubbish_in_the_column_is_unreadable_not_a_crash(stored):
    with pytest.raises(SecretUnreadable):
        ring(OLD).decrypt(stored, place=PLACE)


def test_a_stored_value_says_its_key():
    assert Ciphertext("k1$abc").key_id == "k1"


@pytest.mark.django_db
class TestOnARecord:
    @pytest.fixture
    def integration(self):
        from tests.factories.partners import PartnerIntegrationFactory

        return PartnerIntegrationFactory(webhook_secret="whsec_" + b64encode(b"x" * 32).decode())

    def raw(self, integration) -> str:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT webhook_secret FROM partner_integration WHERE id = %s", [integration.pk])
            return cursor.fetchone()[0]

    def test_the_row_holds_no_plaintext_and_the_record_reads_it(self, integration):
        fresh = type(integration).objects.get(pk=integration.pk)

        assert "whsec_" not in self.raw(integration)
        assert fresh.webhook_secret == "whsec_" + b64encode(b"x" * 32).decode()

    def test_saving_an_unchanged_record_keeps_the_stored_value(self, integration):
        before = self.raw(integration)
        fresh = type(integration).objects.get(pk=integration.pk)

        fresh.save()

        assert self.raw(integration) == before

    def test_a_value_moved_to_another_row_does_not_open(self, integration):
        from tests.factories.partners import PartnerIntegrationFactory

        other = PartnerIntegrationFactory()
        type(integration).objects.filter(pk=other.pk).update(webhook_secret=Ciphertext(self.raw(integration)))

        with pytest.raises(SecretUnreadable):
            _ = type(integration).objects.get(pk=other.pk).webhook_secret

    def test_an_update_without_a_record_is_refused(self, integration):
        with pytest.raises(TypeError, match="through its record only"):
            type(integration).objects.update(webhook_secret="plain")

    def test_no_row_is_found_by_its_secret(self, integration):
        with pytest.raises(FieldError):
            type(integration).objects.filter(webhook_secret="plain").exists()

    def test_rotation_moves_every_secret_to_the_first_key_and_may_run_twice(self, integration, settings, capsys):
        from django.core.management import call_command

        secret = integration.webhook_secret
        settings.FIELD_ENCRYPTION_KEYS = [NEW, *settings.FIELD_ENCRYPTION_KEYS]

        call_command("reencrypt_secrets", database="default")
        call_command("reencrypt_secrets", database="default")

        told = capsys.readouterr().out.splitlines()
        assert [line for line in told if line.startswith("partners.")] == [
            "partners.PartnerIntegration: 1 moved to the first key",
            "partners.PartnerIntegration: 0 moved to the first key",
        ]
        settings.FIELD_ENCRYPTION_KEYS = [NEW]
        assert type(integration).objects.get(pk=integration.pk).webhook_secret == secret
