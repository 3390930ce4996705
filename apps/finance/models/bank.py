"""What the bank tells: files as they came in, their statements and lines, and which invoices a line may have paid."""

from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit.models import AuditedModel
from apps.core.fields import AmountField, SchemaJSONField
from apps.core.models import BusinessModel, known
from apps.core.scope import sees_the_whole_group
from apps.finance.choices import BankFileState, LineState, MatchRule
from apps.organizations.models import BankAccount, BusinessEntity, ScopedQuerySet

PARTS = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["invoice", "number", "amount"],
        "properties": {"invoice": {"type": "string"}, "number": {"type": "string"}, "amount": {"type": "string"}},
    },
}
EVIDENCE = {
    "type": "array",
    "items": {
        "type": "object",
        "additionalProperties": False,
        "required": ["code", "of"],
        "properties": {"code": {"type": "string"}, "of": {"type": "string", "maxLength": 300}},
    },
}


def storage_name(bank_file: "BankFile", file_name: str) -> str:
    """Under the key alone: nothing that was typed or sent becomes part of a path."""
    key = bank_file.pk.hex
    return f"bank_files/{key[:2]}/{key}"


class BankFileQuerySet(models.QuerySet["BankFile"]):
    def visible_to(self, user: Any) -> Self:
        """A file is its sender's, and of the people of the companies whose accounts are in it."""
        if sees_the_whole_group(user):
            return self.all()
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        statements = BankStatement.objects.visible_to(user).filter(bank_file=models.OuterRef("pk"))
        return self.filter(Q(uploaded_by=user) | models.Exists(statements))

    def handled_by(self, user: Any) -> Self:
        return self.visible_to(user)


class BankFile(AuditedModel):
    """A file of a bank as it came in, with its bytes. What is wrong with it stands beside it; nothing of a refused one is booked."""

    file = models.FileField(_("file"), max_length=200, upload_to=storage_name, editable=False)
    file_name = models.CharField(_("file name"), max_length=150, editable=False)
    size_bytes = models.PositiveIntegerField(_("size in bytes"), editable=False)
    checksum = models.CharField(_("checksum (SHA-256)"), max_length=64, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=BankFileState, default=BankFileState.RECEIVED, editable=False)
    line_count = models.PositiveIntegerField(_("lines"), default=0, editable=False)
    new_count = models.PositiveIntegerField(_("new lines"), default=0, editable=False)
    error_code = models.CharField(_("error code"), max_length=60, blank=True, editable=False)
    error_line = models.PositiveIntegerField(_("line of the error"), null=True, editable=False)  # null: of the file as a whole
    error_detail = models.CharField(_("what is wrong"), max_length=1_000, blank=True, editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, editable=False)  # null: not yet
    uploaded_by = models.ForeignKey(  # null: the system fetched it
        User, on_delete=models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("uploaded by")
    )

    objects = BankFileQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "bank_file"
        verbose_name = _("bank file")
        verbose_name_plural = _("bank files")
        ordering = ["-created_at", "-id"]
        constraints = [
            known("state", BankFileState),
            models.UniqueConstraint(name="bank_file_once", fields=["uploaded_by", "checksum"], nulls_distinct=False),
            models.CheckConstraint(name="bank_file_checksum_is_sha256", condition=Q(checksum__regex="^[0-9a-f]{64}$")),
            models.CheckConstraint(
                name="bank_file_refused_says_why",
                condition=Q(state=BankFileState.REFUSED) & ~Q(error_code="") | ~Q(state=BankFileState.REFUSED) & Q(error_code=""),
            ),
        ]
        indexes = [
            models.Index(
                name="bank_file_waiting",
                fields=["created_at"],
                condition=Q(state__in=[str(BankFileState.RECEIVED), str(BankFileState.READING), str(BankFileState.BOOKING)]),
            )
        ]

    def __str__(self) -> str:
        return self.file_name


class BankStatement(AuditedModel):
    """One statement of one of our accounts, as a file tells it. Amounts are in EUR."""

    bank_file = models.ForeignKey(BankFile, on_delete=models.PROTECT, related_name="statements", verbose_name=_("bank file"))
    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name=_("business entity"), db_index=False
    )
    bank_account = models.ForeignKey(
        BankAccount, on_delete=models.PROTECT, related_name="+", verbose_name=_("bank account"), db_index=False
    )
    number = models.CharField(_("number"), max_length=50, blank=True)
    source = models.CharField(_("format"), max_length=30)
    opening_balance = AmountField(_("opening balance"))
    opening_date = models.DateField(_("from"), null=True)  # null: the file does not say
    closing_balance = AmountField(_("closing balance"))
    closing_date = models.DateField(_("until"), null=True)  # null: the file does not say
    line_count = models.PositiveIntegerField(_("lines"), default=0)
    gap = AmountField(_("missing before it"), default=Decimal("0.00"))
    position = models.PositiveIntegerField(_("place in the file"))

    objects = ScopedQuerySet.as_manager()

    audit_root = ("bank_file", "bank_file_id")

    class Meta(AuditedModel.Meta):
        db_table = "bank_statement"
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        ordering = ["-closing_date", "-id"]
        constraints = [
            models.UniqueConstraint(name="bank_statement_once", fields=["bank_file", "position"]),
        ]
        indexes = [
            models.Index(name="bank_statement_of_account", fields=["bank_account", "closing_date"]),
            models.Index(name="bank_statement_of_entity", fields=["business_entity", "-closing_date", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.bank_account} {self.number}".strip()


class BankTransaction(AuditedModel):
    """One movement on one of our accounts: positive came in, negative went out. It is booked as it comes in, once.

    A batch that came in as one movement is taken apart once its payments are known: then they are lines of their own, booked
    with the whole. What a line paid is a matter of its payment, which is made when it is first matched and taken back when that was wrong.
    """

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name=_("business entity"), db_index=False
    )
    bank_account = models.ForeignKey(
        BankAccount, on_delete=models.PROTECT, related_name="+", verbose_name=_("bank account"), db_index=False
    )
    bank_statement = models.ForeignKey(
        BankStatement, on_delete=models.PROTECT, related_name="transactions", verbose_name=_("bank statement")
    )
    fingerprint = models.CharField(_("fingerprint"), max_length=64, unique=True)
    booking_date = models.DateField(_("booked on"))
    value_date = models.DateField(_("value date"))
    amount = AmountField(_("amount"))
    counterparty_name = models.CharField(_("name"), max_length=140, blank=True)
    counterparty_iban = models.CharField("IBAN", max_length=34, blank=True)
    description = models.CharField(_("description"), max_length=1_000, blank=True)
    structured_reference = models.CharField(_("payment reference"), max_length=35, blank=True)
    end_to_end_id = models.CharField(_("end-to-end reference"), max_length=140, blank=True)
    bank_reference = models.CharField(_("bank's reference"), max_length=140, blank=True)
    type_code = models.CharField(_("kind of movement"), max_length=35, blank=True)
    is_returned = models.BooleanField(_("reversed or returned"), default=False)
    part_of = models.ForeignKey(  # null: a booking of its own
        "self",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="components",
        verbose_name=_("part of"),
        db_index=False,
    )
    line_number = models.PositiveIntegerField(_("line in the file"))
    state = models.CharField(_("state"), max_length=12, choices=LineState)
    matched_by = models.CharField(_("matched by"), max_length=20, choices=MatchRule, blank=True)
    is_by_hand = models.BooleanField(_("by hand"), default=False)
    note = models.CharField(_("note"), max_length=1_000, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "bank_transaction"
        verbose_name = _("bank line")
        verbose_name_plural = _("bank lines")
        ordering = ["-booking_date", "-id"]
        constraints = [
            known("state", LineState),
            models.CheckConstraint(
                name="bank_transaction_matched_by_known", condition=Q(matched_by="") | Q(matched_by__in=sorted(MatchRule.values))
            ),
            models.CheckConstraint(name="bank_transaction_fingerprint", condition=Q(fingerprint__regex="^[0-9a-f]{64}$")),
            models.CheckConstraint(
                name="bank_transaction_only_money_in_pays",
                condition=Q(amount__gt=0)
                | Q(state__in=[str(LineState.OUTGOING), str(LineState.IGNORED)])
                | Q(amount__lt=0, state=LineState.MATCHED),
            ),
            models.CheckConstraint(name="bank_transaction_ignored_says_why", condition=~Q(state=LineState.IGNORED) | ~Q(note="")),
        ]
        indexes = [
            models.Index(name="bank_transaction_of_entity", fields=["business_entity", "-booking_date", "-id"]),
            models.Index(
                name="bank_transaction_open",
                fields=["business_entity", "id"],
                condition=Q(state__in=[str(LineState.OPEN), str(LineState.PROPOSED)]),
            ),
            models.Index(
                name="bank_transaction_waiting",
                fields=["id"],  # in the order in which they came in, whosesoever they are
                condition=Q(state__in=[str(LineState.OPEN), str(LineState.PROPOSED)]),
            ),
            models.Index(name="bank_transaction_part_of", fields=["part_of"], condition=Q(part_of__isnull=False)),
            models.Index(name="bank_transaction_iban", fields=["counterparty_iban"], condition=Q(counterparty_iban__gt="")),
            models.Index(
                name="bank_transaction_went_out",
                fields=["business_entity", "booking_date"],
                condition=Q(state=LineState.OUTGOING),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booking_date.isoformat()} {self.counterparty_name} {self.amount}"


class MatchProposal(BusinessModel):
    """Which invoices a line may have paid, how sure that is, and what speaks for it. Made anew by each run."""

    bank_transaction = models.ForeignKey(
        BankTransaction, on_delete=models.CASCADE, related_name="proposals", verbose_name=_("bank line")
    )
    rule = models.CharField(_("by"), max_length=20, choices=MatchRule)
    score = models.PositiveSmallIntegerField(_("score"))
    parts = SchemaJSONField(_("invoices"), schema=PARTS, default=list)
    evidence = SchemaJSONField(_("evidence"), schema=EVIDENCE, default=list)

    class Meta(BusinessModel.Meta):
        db_table = "match_proposal"
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        ordering = ["bank_transaction", "-score"]
        constraints = [
            known("rule", MatchRule),
            models.CheckConstraint(name="match_proposal_score", condition=Q(score__lte=100)),
        ]

    def __str__(self) -> str:
        return f"{self.get_rule_display()} {self.score}"
