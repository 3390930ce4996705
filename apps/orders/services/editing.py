"""Changing what an order says; what happens to it is the status engine's."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.actor import acting, current
from apps.core.errors import Conflict, FieldError, Malformed, NotFound, Refused
from apps.orders.choices import INITIAL_STATUS, LOCATED_STATUSES, OrderStatus
from apps.orders.models import LineItem, Order
from apps.orders.services.lines import LineData, build_lines, total_of, write_totals
from apps.orders.services.placing import store_lines

LINES = "line_items"
LABEL_LENGTH = 200
EDITABLE = (
    "priority_level",
    "requested_date",
    "planned_completion_date",
    "primary_contact",
    "order_owner",
    "installation_address",
    "billing_address",
    "shipping_address",
    "default_billing_target",
    "notes",
    "internal_notes",
)
LINE_COLUMNS = (
    "line_order",
    "article",
    "description",
    "line_item_type",
    "quantity",
    "unit_price_customer",
    "tax_rate",
    "total",
    "billing_responsibility",
    "external_item_reference",
    "partner_sku",
)


def lock_order(order: Order) -> Order:
    """The order as it is now, locked until the transaction ends.

    Raises:
        NotFound: it is no longer there.
    """
    locked: Order | None = Order.objects.select_for_update(of=("self",)).filter(pk=order.pk).first()
    if locked is None:
        raise NotFound
    return locked


@transaction.atomic
def update_order(*, order: Order, changes: Mapping[str, Any], version: int, by: User | None) -> Order:
    """Change fields of an order, and its lines as a whole (`line_items`, a sequence of LineData), if nobody did meanwhile.

    A line with an `id` replaces that line, one without is new, and a line that is not given is removed.

    Raises:
        Conflict: version_conflict, the order was changed since that version was read.
        Refused: order_is_final; order_refused; lines_refused, too_many_lines, total_out_of_range.
        Malformed: unknown_field, or a value that its column cannot hold.
    """
    _refuse_unknown(changes)
    locked = lock_order(order)
    if locked.version != version:
        raise Conflict(_("The order has changed meanwhile."), code="version_conflict", current=locked.version, given=version)
    if locked.is_final:
        raise Refused(_("A finished order is no longer changed."), code="order_is_final")
    _write_fields(locked, changes)
    if LINES in changes:
        write_totals(locked, total_of(_replace_lines(locked, changes[LINES])))
    locked.version += 1
    locked.save()
    return locked


@transaction.atomic
def remove_order(*, order: Order, reason: str, by: User | None) -> Order:
    """Take an order that should not have been made out of every list. Its row, its log and its number stay.

    Raises:
        Refused: order_in_use, when work on it has begun and it is no test.
    """
    locked = lock_order(order)
    if not locked.is_test and locked.status not in (*INITIAL_STATUS.values(), OrderStatus.CANCELLED):
        raise Refused(_("Cancel the order first: work on it has begun."), code="order_in_use")
    with acting(reason=reason):
        _write_removal(locked, at=clock.now(), by=str(by or current().label)[:LABEL_LENGTH], reason=reason)
    return locked


@transaction.atomic
def restore_order(*, order: Order, by: User | None) -> Order:
    """Put an order back into the lists, as it was when it was taken out.

    Raises:
        Conflict: not_removed.
    """
    locked = lock_order(order)
    if locked.deleted_at is None:
        raise Conflict(_("This order has not been removed."), code="not_removed")
    _write_removal(locked, at=None, by="", reason="")
    return locked


def _write_removal(order: Order, *, at: datetime | None, by: str, reason: str) -> None:
    order.deleted_at, order.deleted_by, order.deletion_reason = at, by, reason
    order.version += 1
    order.save(update_fields=["deleted_at", "deleted_by", "deletion_reason", "version"])


def _refuse_unknown(changes: Mapping[str, Any]) -> None:
    unknown = [
        FieldError(pointer=f"/{name}", code="unknown_field", detail=_("This field cannot be changed."))
        for name in changes
        if name not in (*EDITABLE, LINES)
    ]
    if unknown:
        raise Malformed(fields=unknown)


def _write_fields(order: Order, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if name != LINES:
            setattr(order, name, value)
    _refuse_unkeepable(order, changes)
    wrong = []
    if order.installation_address_id is None and order.stage in LOCATED_STATUSES:
        wrong.append(
            FieldError(
                pointer="/installation_address",
                code="installation_address_missing",
                detail=_("An installation address is needed."),
            )
        )
    if order.primary_contact.organization_id != order.customer_organization_id:
        wrong.append(
            FieldError(
                pointer="/contact",
                code="contact_of_other_organization",
                detail=_("This contact belongs to another organization."),
            )
        )
    if wrong:
        raise Refused(wrong[0].detail, code="order_refused", fields=wrong)


def _refuse_unkeepable(order: Order, changes: Mapping[str, Any]) -> None:
    try:
        order.clean_fields(exclude={field.name for field in Order._meta.fields} - set(changes))
    except ValidationError as invalid:
        fields = [
            FieldError(pointer=f"/{name}", code=error.code or "invalid", detail=" ".join(error.messages))
            for name, errors in invalid.error_dict.items()
            for error in errors
        ]
        raise Malformed(fields=fields) from invalid


def _replace_lines(order: Order, lines: Sequence[LineData]) -> list[LineItem]:
    known = {line.pk: line for line in order.line_items.all()}
    _refuse_strange_lines(lines, known)
    built = build_lines(lines)
    kept = {line.pk for line in built}
    for key, line in known.items():
        if key not in kept:
            line.delete()
    changed = [_rewritten(known[line.pk], line) for line in built if line.pk in known]
    if changed:
        LineItem.objects.bulk_update(changed, LINE_COLUMNS)
    store_lines(order, [line for line in built if line.pk not in known])
    return built


def _refuse_strange_lines(lines: Sequence[LineData], known: Mapping[Any, LineItem]) -> None:
    named = [line.id for line in lines if line.id is not None]
    if len(set(named)) != len(named) or not set(named) <= set(known):
        raise Refused(_("A line that is named is not one of this order, or is named twice."), code="lines_refused")


def _rewritten(line: LineItem, new: LineItem) -> LineItem:
    for name in LINE_COLUMNS:
        setattr(line, name, getattr(new, name))
    return line
