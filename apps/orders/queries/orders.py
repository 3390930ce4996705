"""Orders, what belongs to them, and who is meant by them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from apps.accounts.models import User
from apps.core.errors import NotFound
from apps.core.once import once_a_page
from apps.core.prepared import Prepared, any_of
from apps.files.models import Attachment
from apps.orders.choices import ContactRole
from apps.orders.models import Order, OrderHold, OrderNote, OrderQuerySet
from apps.orders.queries.edits import Edit, edits_of
from apps.organizations.models import Contact, Organization
from apps.workflow.queries import histories


def orders_of(user: User) -> OrderQuerySet:
    """The orders that a user sees."""
    return Order.objects.visible_to(user).kept()


def find_order(identifier: str, *, by: User) -> Order:
    """The order with this key or number, with all that its page shows.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    return _one(orders_of(by).for_page().with_lines(), identifier)


def order_in_hand(identifier: str, *, by: User) -> Order:
    """The same order for whoever works on it: a partner or a customer sees theirs, and changes nothing and reads no log.

    Raises:
        NotFound: there is none, or it is not theirs to work on.
    """
    return _one(Order.objects.handled_by(by).for_page().with_lines(), identifier)


def _one(orders: OrderQuerySet, identifier: str) -> Order:
    order: Order | None = orders.identified_by(identifier).first()
    if order is None:
        raise NotFound
    return order


@once_a_page
def holds_of(ids: Sequence[UUID]) -> dict[UUID, list[OrderHold]]:
    """The holds of orders, the first one first."""
    found: dict[UUID, list[OrderHold]] = defaultdict(list)
    for hold in OrderHold.objects.filter(order__in=ids).select_related("created_by", "resolved_by").order_by("held_at"):
        found[hold.order_id].append(hold)
    return found


def copies_of(ids: Sequence[UUID]) -> list[Order]:
    """The orders that are a copy of one of these, or that one of these is a copy of; see `duplicated_from`."""
    copies = Order.objects.filter(Q(pk__in=ids, duplicated_from__isnull=False) | Q(duplicated_from__in=ids))
    return list(copies.select_related("duplicated_from").order_by("created_at"))


def edits_since(order: Order, version: int) -> list[Edit]:
    """What was changed in an order after one of its versions."""
    return [edit for edit in edits_of([order.pk])[order.pk] if (edit.version or 0) > version]


def main_contact(customer: Organization) -> Contact | None:
    """Whom to speak to at a customer, if we know anybody there."""
    contact: Contact | None = customer.contacts.not_deleted().order_by(*WHOM_FIRST).first()
    return contact


def contacts_of(organizations: Iterable[Organization]) -> dict[UUID, list[Contact]]:
    """Everybody we know at many organizations, by its key; whom `main_contact` gives stands first."""
    found: dict[UUID, list[Contact]] = defaultdict(list)
    for contact in _CONTACTS.rows([organization.pk for organization in organizations]):
        found[contact.organization_id].append(contact)
    return found


WHOM_FIRST = ("-is_primary", "-is_active", "pk")
_CONTACTS = Prepared(
    lambda keys: Contact.objects.not_deleted().filter(organization__in=any_of(keys)).order_by(*WHOM_FIRST),
    samples=[[UUID(int=1)]],
)


def partner_contact(order: Order) -> Contact | None:
    """Whom to write to at the partner: the account contact of this order, else the partner's primary contact."""
    if order.partner_organization_id is None:
        return None
    of_partner = (
        Contact.objects.not_deleted().filter(organization=order.partner_organization_id, is_active=True).exclude(email="")
    )
    account = of_partner.filter(pk__in=order.other_contacts.filter(role=ContactRole.ACCOUNT).values("contact"))
    return account.first() or of_partner.order_by("-is_primary", "pk").first()


def steps_taken(order: Order) -> set[str]:
    """The statuses in which an order has ever been."""
    return {step.to_status for step in histories(Order.entity_type, [order.pk]).get(order.pk, [])}


def notes_of(ids: Sequence[UUID]) -> list[OrderNote]:
    """The notes on orders with their files: `file_id` and `file_name`, null where a note has none."""
    file = Attachment.objects.filter(about_type=OrderNote.entity_type, about_id=OuterRef("pk")).order_by("created_at")
    notes = OrderNote.objects.filter(order__in=ids).select_related("written_by").order_by("written_at")
    return list(
        notes.annotate(
            file_id=Subquery(file.values("pk")[:1]),
            file_name=Subquery(file.values("document_name")[:1]),
        )
    )
