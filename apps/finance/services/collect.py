"""Collecting what is not paid: who is written to, when, and what is added. Each invoice has each step of its plan once."""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.chips import euro
from apps.core.errors import Conflict, FieldError, Malformed
from apps.core.money import ZERO
from apps.core.records import ref_to
from apps.events.services import publish
from apps.finance.choices import COLLECTIBLE, CollectionStep, InvoiceStatus, InvoiceType
from apps.finance.events import CollectionLetterWritten
from apps.finance.models import CollectionLetter, CollectionLine, CollectionPause, Invoice, StatutoryInterestRate
from apps.finance.models.invoice import OPEN_AMOUNT, InvoiceQuerySet
from apps.finance.services.claims import collection_costs, trade_interest
from apps.finance.services.standing import lock_invoice
from apps.orders.models import Order
from apps.organizations.choices import OrganizationType
from apps.workflow.services import change_status, create_task

S = CollectionStep
Plan = tuple[tuple[CollectionStep, int], ...]
# Days after the due date. A consumer owes costs only when two weeks have passed since the letter that named them arrived
# (art. 6:96, sixth paragraph, BW); that takes until the 27th day.
OF_CONSUMERS: Plan = ((S.REMINDER, 3), (S.NOTICE, 10), (S.LAST_REMINDER, 21), (S.HAND_OVER, 27))
OF_BUSINESSES: Plan = ((S.REMINDER, 3), (S.URGENT, 10), (S.DEMAND, 21))
WITH_COSTS = (S.NOTICE, S.DEMAND, S.HAND_OVER)
HANDS_OVER = (S.DEMAND, S.HAND_OVER)
LONGEST_PAUSE = timedelta(days=366)
WAITS_FOR_A_PERSON = timedelta(days=14)


@dataclass(frozen=True)
class _Debtor:
    """Who is written to in one letter."""

    business_entity_id: UUID
    billing_organization_id: UUID
    billing_contact_id: UUID


def collect_due(*, seconds: float) -> int:
    """Write to every customer for whom a step of the plan has come, until time is up; gives how many letters.

    What is left has its turn at the next run: who was written to is not due again.
    """
    ends_at, today, written = time.monotonic() + seconds, clock.today(), 0
    late = _late(today).order_by("business_entity", "billing_organization", "billing_contact")
    for keys in late.values_list("business_entity_id", "billing_organization_id", "billing_contact_id").distinct():
        if time.monotonic() > ends_at:
            break
        written += _write_to(_Debtor(*keys), today)
    return written


@transaction.atomic
def pause_collection(*, invoice: Invoice, until: date, reason: str, by: User | None) -> CollectionPause:
    """Write nothing about an invoice up to and including a day; a pause that is there is replaced.

    Raises:
        Malformed: not_in_the_future, too_far.
        Conflict: nothing_open.
    """
    today = clock.today()
    if not today < until <= today + LONGEST_PAUSE:
        code, detail = ("too_far", _("At most a year.")) if until > today else ("not_in_the_future", _("A day to come."))
        raise Malformed(fields=[FieldError(pointer="/until", code=code, detail=detail)])
    locked = lock_invoice(invoice)
    if locked.is_credit_note or locked.balance <= ZERO or locked.invoice_number is None:
        raise Conflict(_("Nothing is open of this document."), code="nothing_open", current=locked.status)
    _end_pauses(locked)
    return CollectionPause.objects.create(invoice=locked, until=until, reason=reason)


@transaction.atomic
def resume_collection(*, invoice: Invoice, by: User | None) -> Invoice:
    """End the pause of an invoice: the plan goes on where it was.

    Raises:
        Conflict: not_paused.
    """
    locked = lock_invoice(invoice)
    if not _end_pauses(locked):
        raise Conflict(_("Its collection is not paused."), code="not_paused")
    return locked


@transaction.atomic
def withdraw_if_paid(letter: CollectionLetter) -> bool:
    """Whether a letter that is about to leave no longer should: not all that it asks for is still open."""
    asked = letter.lines.select_related("invoice")
    if all(line.invoice.balance >= line.open_amount for line in asked):
        return False
    _withdraw(letter)
    return True


@transaction.atomic
def withdraw_unsendable(letter: CollectionLetter, *, reason: str) -> None:
    """A letter that cannot be sent was not written: no later step may lean on it. Its invoices wait while a person sees to it."""
    _withdraw(letter)
    until = clock.today() + WAITS_FOR_A_PERSON
    for line in letter.lines.select_related("invoice"):
        if line.invoice.status in COLLECTIBLE:
            _end_pauses(line.invoice)
            CollectionPause.objects.create(invoice=line.invoice, until=until, reason=reason[:500])


@transaction.atomic
def _write_to(debtor: _Debtor, today: date) -> int:
    invoices = _locked(debtor, today)
    due: dict[CollectionStep, list[Invoice]] = defaultdict(list)
    for invoice in invoices:
        if (step := _step_of(invoice, today)) is not None:
            due[step].append(invoice)
    for step, those in due.items():
        letter = _write(step, those, today)
        publish(CollectionLetterWritten(letter_id=letter.pk))
        if step in HANDS_OVER:
            _hand_over(letter, those)
    return len(due)


def _locked(debtor: _Debtor, today: date) -> Sequence[Invoice]:
    """The late invoices of a debtor, with their orders locked first, each kind in the order of its keys."""
    late = _late(today).filter(
        business_entity=debtor.business_entity_id,
        billing_organization=debtor.billing_organization_id,
        billing_contact=debtor.billing_contact_id,
    )
    orders = late.order_by().values("order")
    list(Order.objects.filter(pk__in=orders).order_by("pk").select_for_update(of=("self",)).values_list("pk"))
    return list(late.select_for_update(of=("self",)).for_page().prefetch_related("collection_lines").order_by("pk"))


def _late(today: date) -> InvoiceQuerySet:
    """Invoices of which something is open after their day, and that nobody has set aside."""
    paused = CollectionPause.objects.in_force(today).values("invoice")
    return (
        Invoice.objects.filter(status__in=COLLECTIBLE, due_date__lt=today)
        .exclude(invoice_type=InvoiceType.CREDIT_NOTE)
        .alias(open_amount=OPEN_AMOUNT)
        .filter(open_amount__gt=0)
        .exclude(pk__in=paused)
    )


def _step_of(invoice: Invoice, today: date) -> CollectionStep | None:
    """The step that has come for an invoice: the next of its plan, as long after the one before as the plan says."""
    plan = plan_of(invoice)
    written = {line.step: line.letter_date for line in invoice.collection_lines.all() if not line.is_withdrawn}
    before: tuple[date, int] | None = None
    for step, days in plan:
        if step in written:
            before = written[step], days
            continue
        assert invoice.due_date is not None  # noqa: S101 - it has a number
        come = invoice.due_date + timedelta(days=days)
        if before is not None:
            come = max(come, before[0] + timedelta(days=days - before[1]))
        return step if come <= today else None
    return None


def plan_of(invoice: Invoice) -> Plan:
    """What is written and when: the law protects a consumer further than a business."""
    is_consumer = invoice.billing_organization.organization_type == OrganizationType.CUSTOMER_INDIVIDUAL
    return OF_CONSUMERS if is_consumer else OF_BUSINESSES


def _write(step: CollectionStep, invoices: Sequence[Invoice], today: date) -> CollectionLetter:
    rates = list(StatutoryInterestRate.objects.order_by("valid_from").values_list("valid_from", "percentage"))
    interest = {each.pk: _interest(step, each, today, rates) for each in invoices}
    principal = sum((each.balance for each in invoices), ZERO)
    first = invoices[0]
    letter = CollectionLetter.objects.create(
        business_entity=first.business_entity,
        organization=first.billing_organization,
        contact=first.billing_contact,
        step=step,
        letter_date=today,
        principal=principal,
        interest=sum(interest.values(), ZERO),
        costs=collection_costs(principal) if step in WITH_COSTS else ZERO,
    )
    for each in invoices:
        CollectionLine.objects.create(
            letter=letter, invoice=each, step=step, letter_date=today, open_amount=each.balance, interest=interest[each.pk]
        )
    return letter


def _interest(step: CollectionStep, invoice: Invoice, today: date, rates: list[tuple[date, Decimal]]) -> Decimal:
    if step != S.DEMAND or invoice.due_date is None:
        return ZERO
    return trade_interest(invoice.balance, due=invoice.due_date, until=today, rates=rates)


def _hand_over(letter: CollectionLetter, invoices: Iterable[Invoice]) -> None:
    """From here on a person decides: the invoices are flagged, and somebody is asked to call or to hand them over."""
    for invoice in invoices:
        change_status(invoice, InvoiceStatus.COLLECTION, by=None)
    create_task(
        title=_("Not paid after all letters: %(customer)s") % {"customer": letter.organization},
        description=_("%(amount)s is open: %(invoices)s. Call, agree on terms, or hand it over to the agency.")
        % {"amount": euro(letter.claim), "invoices": ", ".join(str(each.invoice_number) for each in invoices)},
        task_type="follow_up",
        priority="high",
        about=ref_to(letter),
        business_entity=letter.business_entity,
    )


def _withdraw(letter: CollectionLetter) -> None:
    CollectionLetter.objects.filter(pk=letter.pk).update(is_withdrawn=True)
    letter.lines.update(is_withdrawn=True)


def _end_pauses(invoice: Invoice) -> int:
    return CollectionPause.objects.filter(invoice=invoice, ended_at=None).update(ended_at=clock.now())
