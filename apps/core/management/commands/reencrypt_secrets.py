"""Brings every encrypted secret under the first key of FIELD_ENCRYPTION_KEYS."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser
from django.db import models, transaction

from apps.core.actor import acting
from apps.core.crypto import encrypted_fields, reencrypt, secrets_elsewhere

ROWS_PER_TRANSACTION = 100


class Command(BaseCommand):
    help = (
        "Re-encrypts all secrets under the first key of FIELD_ENCRYPTION_KEYS, in small transactions. It may be stopped "
        "and started again at any moment; when it ends without a word of trouble, the older keys can be dropped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        # The application may not change rows that it only appends.
        parser.add_argument("--database", default="owner", help="whose connection writes (default: the tables' owner)")

    def handle(self, *args: Any, database: str, **options: Any) -> None:
        with acting(kind="task", label="reencrypt_secrets", reason="rotation of the encryption key"):
            for model in apps.get_models():
                if encrypted_fields(model):
                    self.stdout.write(f"{model._meta.label}: {rotate(model, database)} moved to the first key")
            for label, rotate_elsewhere in secrets_elsewhere().items():
                self.stdout.write(f"{label}: {rotate_elsewhere(database)} moved to the first key")


def rotate(model: type[models.Model], database: str) -> int:
    """Move all rows of a model; returns how many had to be."""
    keys = list(model._base_manager.using(database).order_by("pk").values_list("pk", flat=True))
    starts = range(0, len(keys), ROWS_PER_TRANSACTION)
    return sum(_rotate_batch(model, keys[start : start + ROWS_PER_TRANSACTION], database) for start in starts)


def _rotate_batch(model: type[models.Model], keys: list[Any], database: str) -> int:
    with transaction.atomic(using=database):
        rows = model._base_manager.using(database).filter(pk__in=keys).order_by("pk").select_for_update(of=("self",))
        return sum(reencrypt(row) for row in rows)
