"""Whose work an order is."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import Conflict, FieldError, Refused
from apps.orders.models import Order
from apps.orders.services.editing import lock_order, update_order


@transaction.atomic
def assign_order(*, order: Order, order_owner: User | None, by: User | None) -> Order:
    """Give an order to somebody who may see it, or to nobody; whose it is already, it stays.

    Raises:
        Refused: owner_without_sight; and whatever `update_order` refuses.
    """
    locked = lock_order(order)
    if locked.order_owner_id == (order_owner.pk if order_owner else None):
        return locked
    if order_owner is not None and not Order.objects.visible_to(order_owner).filter(pk=locked.pk).exists():
        unseen = FieldError(pointer="/order_owner", code="owner_without_sight", detail=_("They do not see this order."))
        raise Refused(unseen.detail, code="owner_without_sight", fields=[unseen])
    return update_order(order=locked, changes={"order_owner": order_owner}, version=locked.version, by=by)


@transaction.atomic
def restore_owner(*, order: Order, owner_given: UUID | None, owner_before: UUID | None, by: User | None) -> Order:
    """Give an order back to whoever had it, unless somebody has given it to another since.

    Raises:
        Conflict: owner_changed; and whatever `assign_order` refuses.
    """
    locked = lock_order(order)
    if locked.order_owner_id != owner_given:
        raise Conflict(_("Somebody else has been given this order since."), code="owner_changed")
    before = User.objects.filter(pk=owner_before).first() if owner_before else None
    return assign_order(order=locked, order_owner=before, by=by)
