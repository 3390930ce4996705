"""What a line of the bank may have paid, and what speaks for it. Reads, never writes."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Window
from django.db.models.functions import RowNumber

from apps.core.money import ZERO
from apps.finance.choices import RECEIVABLE, InvoiceType, MatchRule
from apps.finance.models import BankTransaction, Invoice, PaymentAllocation
from apps.finance.models.invoice import OPEN_AMOUNT
from apps.finance.services.standing import WORTH
from apps.organizations.models import BusinessEntity

SCORES = {
    MatchRule.REFERENCE: 100,
    MatchRule.NUMBER: 98,
    MatchRule.KNOWN_IBAN: 90,
    MatchRule.NUMBER_ONLY: 75,
    MatchRule.NAME: 60,
    MatchRule.AMOUNT: 30,
}
SURE = (MatchRule.REFERENCE, MatchRule.NUMBER, MatchRule.KNOWN_IBAN)
MOST_PROPOSALS, MOST_INVOICES_OF_ONE = 5, 16
MOST_BY_AMOUNT = 2_000
NAMES = ("billing_organization__name", "billing_contact__last_name")
LETTERS_OF_A_NAME = 3
NO_NAMES = {"VAN", "DER", "DEN", "TEN", "TER", "HET", "VOF", "DHR", "MEVR", "MW"}  # say nothing about whose account it is
OTHER_THAN_LETTERS = re.compile(r"[^A-Z0-9]+")
NUMBER = re.compile(r"INV([A-Z]{2,4})(20[0-9]{2})([0-9]{1,8})")
REFERENCE = re.compile(r"RF[0-9]{2}INV[A-Z]{2,4}20[0-9]{2}[0-9]{5,8}")
DIGITS = range(8, 4, -1)
# Whoever pays for many is nobody's account, and what it pays out is less than its customers paid.
PROVIDERS = re.compile(r"\b(mollie|stripe|adyen|buckaroo|multisafepay|paypal|worldline|ccv|pay\.nl|sumup)\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Invoices that a line may have paid: all that is open of each, as far as the money goes. Evidence is (code, of what)."""

    rule: MatchRule
    invoices: tuple[Invoice, ...]
    evidence: tuple[tuple[str, str], ...]
    applies: bool = False
    score: int = 0

    @property
    def exact(self) -> bool:
        return self.rule != MatchRule.REFERENCE


@dataclass(kw_only=True)
class Known:
    """What is open that some lines of one company may have paid, read once for all of them; and what it does not ask for."""

    small: Decimal = ZERO
    invoices: dict[UUID, Invoice] = field(default_factory=dict)
    by_number: dict[str, UUID] = field(default_factory=dict)
    by_reference: dict[str, UUID] = field(default_factory=dict)
    debtor_of_iban: dict[str, UUID] = field(default_factory=dict)
    of_debtor: dict[UUID, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    crowded: set[UUID] = field(default_factory=set)  # debtors of whom more is open than is looked at
    by_balance: dict[Decimal, list[UUID]] = field(default_factory=lambda: defaultdict(list))

    def put(self, invoice: Invoice) -> None:
        """An invoice as it stands now; whose it is stays known."""
        if before := self.invoices.get(invoice.pk):
            invoice.billing_organization, invoice.billing_contact = before.billing_organization, before.billing_contact
        self.invoices[invoice.pk] = invoice

    def pay(self, invoice: Invoice, amount: Decimal) -> None:
        """Think so much of an invoice paid; the record itself stays as it is."""
        paid = copy(invoice)
        paid.paid_amount += amount
        self.put(paid)

    def apart(self) -> "Known":
        """The same, in which other invoices can be thought paid."""
        return replace(self, invoices=dict(self.invoices))

    def open(self, keys: Iterable[UUID]) -> list[Invoice]:
        return list(self.each_open(keys))

    def each_open(self, keys: Iterable[UUID]) -> Iterator[Invoice]:
        return (self.invoices[key] for key in keys if is_open(self.invoices[key]))


def is_open(invoice: Invoice) -> bool:
    return invoice.status in RECEIVABLE and invoice.balance > ZERO


def is_payout(line: BankTransaction) -> bool:
    """Whether a payment provider paid out what several customers paid."""
    return bool(PROVIDERS.search(line.counterparty_name))


def known_for(entity: BusinessEntity, lines: Sequence[BankTransaction], *, by_amount: bool = True) -> Known:
    """All that these lines of one company may have paid; without `by_amount` only what they surely may."""
    debtors = _debtors({line.counterparty_iban for line in lines} - {""}, entity)
    known = Known(small=entity.write_off_limit, debtor_of_iban=debtors)
    for rows in _asked_for(entity, lines, known, by_amount=by_amount):
        for invoice in rows.select_related("billing_organization", "billing_contact").only(*WORTH, *NAMES):
            known.put(invoice)
    for invoice in known.invoices.values():
        _index(known, invoice, by_amount=by_amount)
    known.crowded = {debtor for debtor, keys in known.of_debtor.items() if len(keys) > MOST_INVOICES_OF_ONE}
    return known


def _asked_for(
    entity: BusinessEntity, lines: Sequence[BankTransaction], known: Known, *, by_amount: bool
) -> Iterator[QuerySet[Invoice]]:
    documents = Invoice.objects.filter(business_entity=entity).exclude(invoice_type=InvoiceType.CREDIT_NOTE)
    yield documents.filter(invoice_number__in={number for line in lines for number in numbers_in(line)})
    references = {reference for line in lines for reference in references_in(line)}
    yield documents.filter(payment_reference__in=references, payment_reference__gt="", invoice_number__isnull=False)
    receivable = documents.filter(status__in=RECEIVABLE)
    yield receivable.filter(pk__in=_some_of_each(receivable.filter(billing_organization__in=set(known.debtor_of_iban.values()))))
    if by_amount:
        same = receivable.alias(open_for=OPEN_AMOUNT).filter(open_for__in={line.amount for line in lines})
        yield same.order_by("pk")[:MOST_BY_AMOUNT]


def _some_of_each(receivable: QuerySet[Invoice]) -> QuerySet[Any]:
    """Of each debtor one more than is looked at: a partner may have thousands open."""
    place = Window(RowNumber(), partition_by="billing_organization", order_by="pk")
    return receivable.annotate(place=place).filter(place__lte=MOST_INVOICES_OF_ONE + 1).values("pk")


def candidates(line: BankTransaction, known: Known) -> list[Candidate]:
    """What this line may have paid, the surest first. Nothing where it came back or pays out for others."""
    if line.amount <= ZERO or line.is_returned or is_payout(line):
        return []
    found = [*_named(line, known), *_of_known_debtor(line, known), *_of_same_amount(line, known)]
    best: dict[tuple[UUID, ...], Candidate] = {}
    for candidate in sorted(found, key=lambda each: -each.score):
        best.setdefault(tuple(invoice.pk for invoice in candidate.invoices), candidate)
    return list(best.values())[:MOST_PROPOSALS]


def numbers_in(line: BankTransaction) -> list[str]:
    """Numbers of invoices in what the payer wrote, whatever the spaces and dashes; a zero too few does no harm."""
    return [each for match in NUMBER.finditer(_compact(line)) for each in _readings(*match.groups())]


def references_in(line: BankTransaction) -> set[str]:
    """Structured references of ours, in the bank's own field or in what the payer wrote."""
    return {line.structured_reference, *REFERENCE.findall(_compact(line))} - {""}


def _readings(prefix: str, year: str, digits: str) -> Iterator[str]:
    """Without its dashes a number may run into what stands behind it, so it is read at each of its lengths."""
    for length in DIGITS:
        if len(digits) >= length:
            yield f"INV-{prefix}-{year}-{digits[:length]}"
    if len(digits) < min(DIGITS):
        yield f"INV-{prefix}-{year}-{digits.zfill(5)}"


def _compact(line: BankTransaction) -> str:
    written = f"{line.description} / {line.end_to_end_id} / {line.structured_reference}"
    return OTHER_THAN_LETTERS.sub("", written.upper())


def _index(known: Known, invoice: Invoice, *, by_amount: bool) -> None:
    known.by_number[str(invoice.invoice_number)] = invoice.pk
    known.by_reference[invoice.payment_reference] = invoice.pk
    if is_open(invoice):
        known.of_debtor[invoice.billing_organization_id].append(invoice.pk)
    if by_amount and is_open(invoice):
        known.by_balance[invoice.balance].append(invoice.pk)


def _debtors(ibans: set[str], entity: BusinessEntity) -> dict[str, UUID]:
    """Whose account it is: who paid from it before, if that was always the same one."""
    before = PaymentAllocation.objects.filter(
        is_active=True,
        payment__business_entity=entity,
        payment__bank_transaction__counterparty_iban__in=ibans,
        payment__bank_transaction__counterparty_iban__gt="",
    )
    found: dict[str, set[UUID]] = defaultdict(set)
    for iban, debtor in before.values_list(
        "payment__bank_transaction__counterparty_iban", "invoice__billing_organization"
    ).distinct():
        found[iban].add(debtor)
    return {iban: next(iter(debtors)) for iban, debtors in found.items() if len(debtors) == 1}


def _named(line: BankTransaction, known: Known) -> Iterator[Candidate]:
    by_reference = [known.by_reference[each] for each in sorted(references_in(line)) if each in known.by_reference]
    by_number = [known.by_number[each] for each in numbers_in(line) if each in known.by_number]
    keys = list(dict.fromkeys([*by_reference, *by_number]))
    invoices = known.open(keys)
    for key in keys:
        invoice = known.invoices[key]
        if not is_open(invoice):
            yield _candidate(MatchRule.NUMBER_ONLY, (), ("number", str(invoice)), ("paid_already", str(invoice)))
    if len(by_reference) == 1 and len(keys) == 1 and invoices:
        yield _candidate(MatchRule.REFERENCE, invoices, ("reference", invoices[0].payment_reference), _compared(line, invoices))
    elif invoices:
        is_exact = len(invoices) == len(keys) and _sum(invoices) == line.amount
        is_nearly = len(keys) == 1 and ZERO < _sum(invoices) - line.amount <= min(known.small, line.amount)
        rule = MatchRule.NUMBER if is_exact or is_nearly else MatchRule.NUMBER_ONLY
        yield _candidate(rule, invoices, *(("number", str(each)) for each in invoices), _compared(line, invoices))


def _of_known_debtor(line: BankTransaction, known: Known) -> Iterator[Candidate]:
    debtor = known.debtor_of_iban.get(line.counterparty_iban)
    if debtor is None:
        return
    invoices = list(islice(known.each_open(known.of_debtor.get(debtor, ())), MOST_INVOICES_OF_ONE))
    sums = combinations(line.amount, invoices) if invoices else []
    is_one = len(sums) == 1 and debtor not in known.crowded
    for chosen in sums:
        said = [("iban", line.counterparty_iban), ("debtor", chosen[0].billing_organization.name), _compared(line, chosen)]
        if not is_one:
            said.append(("several", str(len(sums))))
        candidate = _candidate(MatchRule.KNOWN_IBAN, chosen, *said)
        yield candidate if is_one else Candidate(**{**vars(candidate), "applies": False, "score": 70})


def _of_same_amount(line: BankTransaction, known: Known) -> Iterator[Candidate]:
    invoices = [each for each in known.open(known.by_balance.get(line.amount, ())) if each.balance == line.amount]
    for invoice in invoices:
        if _is_named(line.counterparty_name, invoice):
            yield _candidate(MatchRule.NAME, [invoice], ("name", invoice.billing_organization.name), _compared(line, [invoice]))
    if len(invoices) == 1:
        yield _candidate(MatchRule.AMOUNT, invoices, ("only_amount", str(invoices[0])))


def combinations(amount: Decimal, invoices: Sequence[Invoice]) -> list[tuple[Invoice, ...]]:
    """The sets of invoices that are open for this amount together; at most two are looked for, as one must be the only one."""
    rows = sorted(invoices, key=lambda each: -each.balance)
    found: list[tuple[Invoice, ...]] = []

    def search(start: int, rest: Decimal, chosen: tuple[Invoice, ...]) -> None:
        if rest == ZERO:
            found.append(chosen)
            return
        for place in range(start, len(rows)):
            if len(found) == 2:
                return
            if rows[place].balance <= rest:
                search(place + 1, rest - rows[place].balance, (*chosen, rows[place]))

    search(0, amount, ())
    return found


def _candidate(rule: MatchRule, invoices: Sequence[Invoice], *evidence: tuple[str, str]) -> Candidate:
    score = SCORES[rule] if invoices else 40
    return Candidate(rule=rule, invoices=tuple(invoices), evidence=evidence, applies=rule in SURE, score=score)


def _compared(line: BankTransaction, invoices: Sequence[Invoice]) -> tuple[str, str]:
    difference = line.amount - _sum(invoices)
    if difference == ZERO:
        return "amount_equal", str(line.amount)
    return ("too_much", str(difference)) if difference > ZERO else ("too_little", str(-difference))


def _sum(invoices: Sequence[Invoice]) -> Decimal:
    return sum((each.balance for each in invoices), ZERO)


def _is_named(name: str, invoice: Invoice) -> bool:
    """Whether the account's name and the debtor's share a word that says something."""
    own = _words(f"{invoice.billing_organization.name} {invoice.billing_contact.last_name}")
    return bool(_words(name) & own)


def _words(name: str) -> set[str]:
    words = OTHER_THAN_LETTERS.sub(" ", name.upper()).split()
    return {word for word in words if len(word) >= LETTERS_OF_A_NAME} - NO_NAMES
