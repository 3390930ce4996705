"""What was changed in orders, field by field, as the audit log has it: one look-up for an order and all its parts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, Model, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat, NullIf, Trim
from django.utils.dateparse import parse_date
from django.utils.formats import date_format, number_format
from django.utils.text import capfirst

from apps.accounts.models import User
from apps.audit.choices import AuditAction
from apps.audit.models import AuditLog
from apps.core.chips import euro
from apps.core.contributions import FieldStep
from apps.core.fields import AmountField
from apps.orders.models import LineItem, Order, OrderContact, OrderOrganization
from apps.organizations.models import Address, Contact, Organization

# The planned day is not among them: a step of the order brings it.
EDITS = (
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
    "total_excl_vat",
    "billing_status",
    "financial_status",
    "deleted_at",
    "deletion_reason",
)
LINE_EDITS = ("description", "quantity", "unit_price_customer", "tax_rate", "billing_responsibility")
PARTS: dict[str, type[Model]] = {model._meta.db_table: model for model in (LineItem, OrderContact, OrderOrganization)}
COLUMNS: dict[type[Model], dict[str, str]] = {
    Order: {Order._meta.get_field(name).attname: name for name in EDITS},  # type: ignore[union-attr]  # columns, all of them
    LineItem: {name: name for name in LINE_EDITS},
}
LONGEST = 300
NOTHING = "–"


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One change of what an order says: when, by whom (a person, or a machine), and each field from what to what.

    `before` holds the values, as stored, that the order's own columns had until then, by field; `version` is the order's
    version that it made, None where it only touched parts.
    """

    at: datetime
    by: str
    by_machine: bool
    changes: list[FieldStep]
    before: dict[str, Any] = field(default_factory=dict)
    version: int | None = None


def edits_of(ids: Sequence[UUID]) -> dict[UUID, list[Edit]]:
    """What was changed in orders since they came in, the first change first; steps of their status are no edits."""
    entries = list(_entries(ids))
    names = _names(entries)
    found: dict[UUID, list[Edit]] = defaultdict(list)
    for key, together in _by_act(entries).items():
        changes = [step for entry in together for step in _steps(entry, names)]
        if changes:
            found[UUID(key[0])].append(_edit(together, changes))
    return found


def _entries(ids: Sequence[UUID]) -> QuerySet[AuditLog]:
    """The writes that count: those of parts, the order's creation, and changes of its fields that people know."""
    of_order = Q(table_name=Order._meta.db_table)
    edited = of_order & Q(action=AuditAction.UPDATE, new_values__has_any_keys=[*COLUMNS[Order]])
    kept = edited | (of_order & Q(action=AuditAction.CREATE)) | Q(table_name__in=[*PARTS])
    entries = AuditLog.objects.filter(kept, root_type=Order.entity_type, root_id__in=[str(key) for key in ids])
    return entries.defer("context").order_by("id")


def _by_act(entries: Iterable[AuditLog]) -> dict[tuple[str, int, str], list[AuditLog]]:
    """The writes of one act together: one transaction of one request. What came in with the order is no change."""
    acts: dict[tuple[str, int, str], list[AuditLog]] = defaultdict(list)
    born = set()
    for entry in entries:
        key = entry.root_id, entry.transaction_id, entry.request_id
        if entry.action == AuditAction.CREATE and entry.table_name == Order._meta.db_table:
            born.add(key)
        elif not (entry.action == AuditAction.CREATE and key in born):
            acts[key].append(entry)
    return acts


def _edit(entries: Sequence[AuditLog], changes: list[FieldStep]) -> Edit:
    first = entries[0]
    of_order = [entry for entry in entries if entry.table_name == Order._meta.db_table]
    return Edit(
        at=first.created_at,
        by="" if first.actor_kind == "system" else first.actor_label,
        by_machine=first.actor_kind != "user",
        changes=changes,
        before={
            COLUMNS[Order][column]: value
            for entry in reversed(of_order)  # the first write knows what was there before the act
            for column, value in (entry.old_values or {}).items()
            if column in COLUMNS[Order]
        },
        version=max((entry.new_values or {}).get("version", 0) for entry in of_order) if of_order else None,
    )


def _steps(entry: AuditLog, names: Mapping[str, str]) -> list[FieldStep]:
    if entry.table_name == Order._meta.db_table:
        return _columns(Order, entry, names)
    model = PARTS[entry.table_name]
    what = capfirst(str(model._meta.verbose_name))
    match entry.action:
        case AuditAction.CREATE:
            return [FieldStep(field=what, old=NOTHING, new=_part(model, entry.new_values or {}, names))]
        case AuditAction.DELETE:
            return [FieldStep(field=what, old=_part(model, entry.old_values or {}, names), new=NOTHING)]
    about = names.get(entry.record_id, "")
    return _columns(model, entry, names, about=about) if model in COLUMNS else []


def _columns(model: type[Model], entry: AuditLog, names: Mapping[str, str], *, about: str = "") -> list[FieldStep]:
    old, new = entry.old_values or {}, entry.new_values or {}
    steps = []
    for column, name in COLUMNS[model].items():
        if column in new:
            label = capfirst(str(model._meta.get_field(name).verbose_name))  # type: ignore[union-attr]  # no reverse relation
            words = f"{about}: {label.lower()}" if about else label
            old_text, new_text = (_readable(model, name, values.get(column), names) for values in (old, new))
            steps.append(FieldStep(field=words, old=old_text, new=new_text))
    return steps


def _part(model: type[Model], values: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """A whole row in a few words."""
    if model is LineItem:
        quantity, price = (_decimal(values[name]) for name in ("quantity", "unit_price_customer"))
        return f"{number_format(quantity.normalize())} × {values['description'][:LONGEST]} · {euro(price)}"
    if model is OrderContact:
        return f"{names.get(values['contact_id'], NOTHING)} ({_choice(model, 'role', values['role'])})"
    kind = _choice(model, "relationship_type", values["relationship_type"])
    return f"{names.get(values['organization_id'], NOTHING)} ({kind})"


def _readable(model: type[Model], name: str, value: Any, names: Mapping[str, str]) -> str:
    if value in (None, ""):
        return NOTHING
    column = model._meta.get_field(name)
    if column.is_relation:
        return names.get(value, NOTHING)
    if isinstance(column, AmountField) or name == "unit_price_customer":
        return euro(_decimal(value))
    if name == "tax_rate":
        return f"{number_format((_decimal(value) * 100).normalize())}%"
    if isinstance(value, int | float):
        return str(number_format(_decimal(value).normalize()))
    day = parse_date(value[:10]) if name.endswith(("_date", "_at")) else None
    return _day(day) if day else _choice(model, name, value)[:LONGEST]


def _choice(model: type[Model], name: str, value: Any) -> str:
    choices = dict(getattr(model._meta.get_field(name), "flatchoices", None) or ())
    return str(choices.get(value, value))


def _decimal(value: Any) -> Decimal:
    return Decimal(str(value))


def _day(day: date) -> str:
    return str(date_format(day, "SHORT_DATE_FORMAT"))


# Names of what the log knows by key: of people, places, contacts, organizations and lines, in one query.


def _names(entries: Iterable[AuditLog]) -> dict[str, str]:
    wanted = {kind: set[str]() for kind in NAMED}
    for entry in entries:
        for column, kind in REFERENCES.items():
            wanted[kind] |= {values[column] for values in (entry.old_values, entry.new_values) if values and values.get(column)}
        if entry.table_name == LineItem._meta.db_table and entry.action == AuditAction.UPDATE:
            wanted[LineItem].add(entry.record_id)
    parts = [
        kind._default_manager.filter(pk__in=keys).order_by().values_list("pk", Cast(NAMED[kind], CharField()))
        for kind, keys in wanted.items()
        if keys
    ]
    gone = {entry.record_id: (entry.old_values or {})["description"] for entry in entries if _is_removed_line(entry)}
    if not parts:
        return gone
    return {**gone, **{str(key): name.strip() for key, name in parts[0].union(*parts[1:], all=True)}}


def _is_removed_line(entry: AuditLog) -> bool:
    return entry.table_name == LineItem._meta.db_table and entry.action == AuditAction.DELETE


NAMED: dict[type[Model], Any] = {
    User: Coalesce(NullIf(Trim(Concat("first_name", Value(" "), "last_name")), Value("")), "email"),
    Contact: Concat("first_name", Value(" "), "last_name"),
    Organization: F("name"),
    Address: Concat(
        "street", Value(" "), "house_number", Value(" "), "house_number_addition", Value(", "), "city", output_field=CharField()
    ),
    LineItem: F("description"),
}
REFERENCES: dict[str, type[Model]] = {
    "primary_contact_id": Contact,
    "contact_id": Contact,
    "order_owner_id": User,
    "installation_address_id": Address,
    "billing_address_id": Address,
    "shipping_address_id": Address,
    "organization_id": Organization,
}
