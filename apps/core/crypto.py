"""Secrets that we must be able to read back (webhook secrets, partner passwords), unreadable in the database.

AES-256-GCM. Each value is bound to its place: the additional data is `app.model.field:pk`, so a value copied to another
row or column does not open. The key ring stands in `FIELD_ENCRYPTION_KEYS` (`id:base64` of 32 bytes): the first key
encrypts, all of them decrypt. To rotate, put a new key first and run `manage.py reencrypt_secrets`; then drop the old one.

A value is decrypted when it is read from its record, not when the row is loaded: a list of integrations opens nothing.
"""

import os
import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models.query_utils import DeferredAttribute

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,20}")


class SecretUnreadable(Exception):
    """The value was encrypted under a key that is gone, for another place, or has been changed."""


class Ciphertext(str):
    """An encrypted value as stored: `key id$base64(nonce, ciphertext, tag)`. The empty secret is the empty string."""

    __slots__ = ()

    @property
    def key_id(self) -> str:
        return self.partition("$")[0]


@dataclass(frozen=True)
class KeyRing:
    """Keys by id, the encrypting one first."""

    keys: dict[str, AESGCM]

    @property
    def primary(self) -> str:
        return next(iter(self.keys))

    def encrypt(self, plaintext: str, *, place: str) -> Ciphertext:
        nonce = os.urandom(NONCE_BYTES)
        sealed = self.keys[self.primary].encrypt(nonce, plaintext.encode(), place.encode())
        return Ciphertext(f"{self.primary}${b64encode(nonce + sealed).decode()}")

    def decrypt(self, stored: str, *, place: str) -> str:
        """The plaintext.

        Raises:
            SecretUnreadable: it does not open here.
        """
        key_id, _, payload = stored.partition("$")
        key = self.keys.get(key_id)
        if key is None:
            raise SecretUnreadable(f"{place} is encrypted under an unknown key")
        try:
            raw = b64decode(payload, validate=True)
            return key.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode()).decode()
        except (InvalidTag, Base64Error, ValueError) as error:
            raise SecretUnreadable(f"{place} does not open") from error


def key_ring() -> KeyRing:
    """The ring of the settings."""
    return _read_ring(tuple(settings.FIELD_ENCRYPTION_KEYS))


@cache
def _read_ring(entries: tuple[str, ...]) -> KeyRing:
    keys: dict[str, AESGCM] = {}
    for entry in entries:
        key_id, _, encoded = entry.partition(":")
        try:
            key = b64decode(encoded, validate=True)
        except Base64Error:
            key = b""
        # The value itself is never part of the message: it ends in a log.
        if not KEY_ID.fullmatch(key_id) or len(key) != KEY_BYTES or key_id in keys:
            raise ImproperlyConfigured("FIELD_ENCRYPTION_KEYS: each entry is a unique id, a colon and base64 of 32 bytes")
        keys[key_id] = AESGCM(key)
    if not keys:
        raise ImproperlyConfigured("FIELD_ENCRYPTION_KEYS is empty")
    return KeyRing(keys)


class _SecretAttribute(DeferredAttribute):
    """Opens the stored value on reading; a plain value that was assigned stays plain until it is saved."""

    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if instance is None or not isinstance(value, Ciphertext) or not value:
            return value
        return key_ring().decrypt(value, place=self.field.place_of(instance))

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(models.CharField):
    """A secret of at most `max_length` characters. It is read and written through its record alone.

    `update()`, `bulk_update()` and look-ups know no row and therefore no place: they are refused.
    """

    descriptor_class = _SecretAttribute

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def db_type(self, connection: Any) -> str:
        sealed = NONCE_BYTES + 4 * self.max_length + TAG_BYTES  # a character is at most four bytes
        return f"varchar({21 + 4 * -(-sealed // 3)})"

    def place_of(self, instance: models.Model) -> str:
        return f"{self.model._meta.label_lower}.{self.name}:{instance.pk}"

    def stored_value(self, instance: models.Model) -> Any:
        """What the row holds, unopened."""
        return instance.__dict__.get(self.attname)

    def from_db_value(self, value: str | None, *_: Any) -> Ciphertext | None:
        return None if value is None else Ciphertext(value)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001  # Django's signature
        value = self.stored_value(model_instance)
        if value and not isinstance(value, Ciphertext):
            value = key_ring().encrypt(value, place=self.place_of(model_instance))
            setattr(model_instance, self.attname, value)
        return Ciphertext(value or "")

    def get_prep_value(self, value: Any) -> Any:
        if value and not isinstance(value, Ciphertext):
            raise TypeError(f"{self} is saved through its record only")
        return None if value is None else str(value)

    def get_lookup(self, lookup_name: str) -> Any:
        return None


def encrypted_fields(model: type[models.Model]) -> list[EncryptedTextField]:
    """The secret columns of a model."""
    return [field for field in model._meta.local_fields if isinstance(field, EncryptedTextField)]


def reencrypt(record: models.Model) -> bool:
    """Bring the secrets of a locked row under the first key. True when one had to be moved."""
    ring = key_ring()
    moved: dict[str, Ciphertext] = {}
    for field in encrypted_fields(type(record)):
        stored = field.stored_value(record)
        if stored and stored.key_id != ring.primary:
            place = field.place_of(record)
            moved[field.attname] = ring.encrypt(ring.decrypt(stored, place=place), place=place)
    if moved:
        database = record._state.db  # noqa: SLF001  # Django's own way to ask where a row came from
        type(record)._base_manager.using(database).filter(pk=record.pk).update(**moved)
    return bool(moved)


_elsewhere: dict[str, Callable[[str], int]] = {}


def register_secrets(label: str, rotate: Callable[[str], int]) -> None:
    """Secrets in tables of a library: `rotate` brings them under the first key, by the connection of that name. In `ready()`."""
    _elsewhere[label] = rotate


def secrets_elsewhere() -> dict[str, Callable[[str], int]]:
    return dict(_elsewhere)
