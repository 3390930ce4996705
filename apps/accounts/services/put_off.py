"""Work that a person has put off: out of sight until a moment, and back before it when they say so."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import PutOff, User
from apps.core import clock


@transaction.atomic
def put_off(*, key: str, until: datetime, by: User) -> PutOff:
    """Keep work out of its person's sight until a moment."""
    row, _made = PutOff.objects.update_or_create(user=by, key=key, defaults={"until": until})
    return row


@transaction.atomic
def bring_back(*, key: str, by: User) -> None:
    """Show work again that was put off; nothing when it was not."""
    PutOff.objects.filter(user=by, key=key).delete()


def put_off_by(user: User) -> set[str]:
    """What a person does not want to see now."""
    return set(PutOff.objects.filter(user=user, until__gt=clock.now()).values_list("key", flat=True))


def forget_what_came_back() -> int:
    """Remove what is in sight again; gives how much."""
    removed, _per_model = PutOff.objects.filter(until__lte=clock.now()).delete()
    return removed
