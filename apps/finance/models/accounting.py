"""How a company's books reach its own accounting system: the connection, what it calls things, and what let us in."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.core.crypto import EncryptedTextField
from apps.core.models import BusinessModel, known
from apps.finance.choices import EXPORTING, AccountingSystem, ConnectionStatus, ExportState, MappingSubject
from apps.organizations.models import BusinessEntity, Organization, ScopedQuerySet

TOKEN_LENGTH = 8_000  # Exact's and Xero's are signed texts of some kB


class AccountingConnectionQuerySet(ScopedQuerySet["AccountingConnection"]):
    def with_line(self) -> Self:
        """With `waiting` and `parked`: how many exports wait for their turn, and for a person."""
        counts = {
            name: models.Count("exports", filter=Q(exports__state=state))
            for name, state in (("waiting", ExportState.TODO), ("parked", ExportState.PARKED))
        }
        return self.select_related("business_entity", "health").annotate(**counts)


class AccountingConnection(AuditedModel):
    """One company's administration in Exact Online or Xero. It sends there what was booked since `starts_on`, in order.

    While it is paused or broken everything waits in line; nothing is lost and nothing is sent twice.
    """

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="accounting_connections", verbose_name=_("business entity")
    )
    system = models.CharField(_("system"), max_length=10, choices=AccountingSystem)
    administration = models.CharField(
        _("administration"),
        max_length=40,
        blank=True,
        help_text=_("The division in Exact Online, the tenant in Xero. Empty: the one that is found when you connect."),
    )
    client_id = models.CharField(_("client ID"), max_length=200, help_text=_("Of our app, as it is registered there."))
    client_secret = EncryptedTextField(_("client secret"), max_length=500)
    starts_on = models.DateField(_("from"), help_text=_("Documents of this day and later are sent."))
    sends_payments = models.BooleanField(
        _("sends payments"),
        default=True,
        help_text=_("Xero only; switch it off where Xero reads the bank itself. Exact Online always does."),
    )
    status = models.CharField(_("status"), max_length=10, choices=ConnectionStatus, default=ConnectionStatus.NEW, editable=False)
    status_reason = models.CharField(_("why"), max_length=500, blank=True, editable=False)

    objects = AccountingConnectionQuerySet.as_manager()

    entity_type = "accounting_connection"
    audit_redacted = ("client_secret",)

    class Meta(AuditedModel.Meta):
        db_table = "accounting_connection"
        verbose_name = _("accounting connection")
        verbose_name_plural = _("accounting connections")
        ordering = ["business_entity", "system"]
        constraints = [
            known("system", AccountingSystem),
            known("status", ConnectionStatus),
            models.UniqueConstraint(
                name="accounting_connection_once",
                fields=["business_entity", "system"],
                violation_error_message=_("This company has a connection with this system already."),
            ),
            models.UniqueConstraint(
                name="accounting_one_in_use",
                fields=["business_entity"],
                condition=Q(status__in=[str(each) for each in EXPORTING]),
                violation_error_message=_("Another connection of this company is in use: disconnect that one first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.business_entity} · {self.get_system_display()}"

    @property
    def is_exporting(self) -> bool:
        """Whether what is booked is put in line for it."""
        return self.status in EXPORTING

    @property
    def takes_payments(self) -> bool:
        return self.sends_payments and self.system == AccountingSystem.XERO


class AccountingCode(AuditedModel):
    """What the other system calls an account, a journal or a VAT code of ours."""

    connection = models.ForeignKey(
        AccountingConnection, on_delete=models.PROTECT, related_name="codes", verbose_name=_("connection")
    )
    subject = models.CharField(_("of ours"), max_length=20, choices=MappingSubject, editable=False)
    code = models.CharField(_("code there"), max_length=50, blank=True)
    external_id = models.CharField(_("key there"), max_length=100, blank=True, editable=False)
    looked_up = models.CharField(_("key of the code"), max_length=50, blank=True, editable=False)

    audit_root = ("accounting_connection", "connection_id")

    class Meta(AuditedModel.Meta):
        db_table = "accounting_code"
        verbose_name = _("code in the accounting system")
        verbose_name_plural = _("codes in the accounting system")
        ordering = ["connection", "created_at", "subject"]
        constraints = [
            known("subject", MappingSubject),
            models.UniqueConstraint(name="accounting_code_once", fields=["connection", "subject"]),
        ]

    def __str__(self) -> str:
        return self.get_subject_display()

    @property
    def known_id(self) -> str:
        """The key there, where it was looked up for the code of now."""
        return self.external_id if self.looked_up == self.code else ""


class AccountingAccess(BusinessModel):
    """What lets us in: the tokens, which change every few minutes, and the question that a person is answering there.

    A row apart from the connection, so that a token writes no audit row and keeps nobody waiting. Its lock is held while a
    token is renewed: a renewal token works once, and whoever holds the lock holds the only one that works.
    """

    connection = models.OneToOneField(
        AccountingConnection, on_delete=models.PROTECT, related_name="access", verbose_name=_("connection")
    )
    access_token = EncryptedTextField(_("access token"), max_length=TOKEN_LENGTH)
    refresh_token = EncryptedTextField(_("renewal token"), max_length=TOKEN_LENGTH)
    renewed_at = models.DateTimeField(_("renewed at"), null=True)  # null: never connected
    ends_at = models.DateTimeField(_("access ends at"), null=True)  # null: never connected
    state_hash = models.CharField(_("question under way"), max_length=64, blank=True)
    state_verifier = EncryptedTextField(_("proof of the question"), max_length=200)
    state_user_id = models.UUIDField(_("asked by"), null=True)  # null: nothing is asked
    state_until = models.DateTimeField(_("to be answered before"), null=True)  # null: nothing is asked

    class Meta(BusinessModel.Meta):
        db_table = "accounting_access"
        verbose_name = _("access to an accounting system")
        verbose_name_plural = _("access to accounting systems")
        ordering = ["connection"]

    def __str__(self) -> str:
        return str(self.connection_id)


class AccountingHealth(BusinessModel):
    """How a connection is doing, and who is sending by it. Its lock gives each export its place in line."""

    connection = models.OneToOneField(
        AccountingConnection, on_delete=models.PROTECT, related_name="health", verbose_name=_("connection")
    )
    last_sequence = models.PositiveBigIntegerField(_("latest place in line"), default=0)
    last_customer = models.PositiveBigIntegerField(_("latest number of a customer"), default=0)
    consecutive_failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    resume_at = models.DateTimeField(_("left alone until"), null=True)  # null: it is called
    refusals = models.PositiveIntegerField(_("refusals in this hour"), default=0)
    refusals_since = models.DateTimeField(_("counted since"), null=True)  # null: none was counted
    last_sync_at = models.DateTimeField(_("last sync"), null=True)  # null: nothing was sent
    lease_until = models.DateTimeField(_("sending until"), null=True)  # null: nobody is sending
    lease_by = models.UUIDField(_("sending by"), null=True)  # null: nobody is sending

    class Meta(BusinessModel.Meta):
        db_table = "accounting_health"
        verbose_name = _("health of an accounting connection")
        verbose_name_plural = _("health of accounting connections")
        ordering = ["connection"]

    def __str__(self) -> str:
        return str(self.connection_id)


class AccountingCustomer(BusinessModel):
    """A customer of ours and what the other system knows it by."""

    connection = models.ForeignKey(
        AccountingConnection, on_delete=models.PROTECT, related_name="customers", verbose_name=_("connection")
    )
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name=_("organization"))
    number = models.PositiveBigIntegerField(_("number there"))
    external_id = models.CharField(_("key there"), max_length=100, blank=True)

    class Meta(BusinessModel.Meta):
        db_table = "accounting_customer"
        verbose_name = _("customer in the accounting system")
        verbose_name_plural = _("customers in the accounting system")
        ordering = ["connection", "number"]
        constraints = [
            models.UniqueConstraint(name="accounting_customer_once", fields=["connection", "organization"]),
            models.UniqueConstraint(name="accounting_customer_number_once", fields=["connection", "number"]),
        ]

    def __str__(self) -> str:
        return str(self.number)
