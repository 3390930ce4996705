"""Filters of lists that people keep: the store behind `apps.core.admin.saved`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Scope
from apps.accounts.models import SavedFilter, User
from apps.core.errors import NotFound, Refused

MOST_PER_LIST = 30


def offered(user: User, page: str) -> Sequence[SavedFilter]:
    """The filters of a list that somebody may open, their own first."""
    found = SavedFilter.objects.offered_to(user).filter(page=page).select_related("user")
    return sorted(found, key=lambda saved: (saved.user_id != user.pk, saved.name.casefold()))


def may_change(saved: SavedFilter, user: User) -> bool:
    """Whether it is theirs to change: its owner's, and an administrator's."""
    return saved.user_id == user.pk or user.has_scope(Scope.ADMIN_SETTINGS)


@transaction.atomic
def save_filter(*, page: str, name: str, query: str, is_shared: bool = False, is_default: bool = False, by: User) -> SavedFilter:
    """Keep a filter under a name that the person has not used for this list yet.

    Raises:
        Refused: name_taken or too_many_filters.
    """
    User.objects.select_for_update(of=("self",)).get(pk=by.pk)  # two at once would both count one less
    own = SavedFilter.objects.filter(user=by, page=page)
    if own.filter(name__iexact=name).exists():
        raise Refused(_("You have a filter of this name already."), code="name_taken")
    if own.count() >= MOST_PER_LIST:
        raise Refused(
            _("You have %(limit)s filters for this list. Remove one first.") % {"limit": MOST_PER_LIST},
            code="too_many_filters",
            limit=MOST_PER_LIST,
        )
    if is_default:
        own.update(is_default=False)
    return SavedFilter.objects.create(user=by, page=page, name=name, query=query, is_shared=is_shared, is_default=is_default)


@transaction.atomic
def change_filter(*, key: UUID, page: str, by: User, **changes: Any) -> SavedFilter:
    """Rename it, share it or not, make it the way the list opens, or have it keep other filters.

    Raises:
        NotFound: there is none that is theirs to change.
        Refused: name_taken.
    """
    saved = _in_hand(key, page, by)
    own = SavedFilter.objects.filter(user=saved.user_id, page=page).exclude(pk=saved.pk)
    if "name" in changes and own.filter(name__iexact=changes["name"]).exists():
        raise Refused(_("You have a filter of this name already."), code="name_taken")
    if changes.get("is_default"):
        own.update(is_default=False)
    for name, value in changes.items():
        setattr(saved, name, value)
    saved.save(update_fields=list(changes))
    return saved


@transaction.atomic
def remove_filter(*, key: UUID, page: str, by: User) -> None:
    """Forget it, for everybody it was shared with too.

    Raises:
        NotFound: there is none that is theirs to remove.
    """
    _in_hand(key, page, by).delete()


def _in_hand(key: UUID, page: str, by: User) -> SavedFilter:
    saved = SavedFilter.objects.offered_to(by).select_for_update(of=("self",)).filter(pk=key, page=page).first()
    if saved is None or not may_change(saved, by):
        raise NotFound
    return saved
