from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.communication.models import CommunicationMessage
from apps.core.crypto import EncryptedTextField
from apps.core.models import BusinessModel, known
from apps.organizations.models import BusinessEntity, ScopedQuerySet
from apps.support.choices import InboundState, ThreadingDecision
from apps.support.models.comment import TicketComment
from apps.support.models.ticket import Ticket

SECRET_LENGTH = 200
RAW_LENGTH = 300_000  # a body is at most 262,144 bytes


class InboundSourceQuerySet(ScopedQuerySet["InboundSource"]):
    def in_use(self) -> Self:
        return self.filter(is_active=True)


class InboundSource(AuditedModel):
    """Who may hand us messages of customers, such as a scenario at Make.com, and for which of our companies."""

    audit_redacted = ("secret", "previous_secret")

    name = models.CharField(_("name"), max_length=80)
    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("business entity"),
        help_text=_("Whose customers write there. A message to a mailbox of another company is that company's."),
    )
    secret = EncryptedTextField(_("secret"), max_length=SECRET_LENGTH, editable=False)
    previous_secret = EncryptedTextField(_("previous secret"), max_length=SECRET_LENGTH, editable=False)
    previous_secret_until = models.DateTimeField(_("previous secret until"), null=True, blank=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)

    objects = InboundSourceQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "inbound_source"
        verbose_name = _("source of messages")
        verbose_name_plural = _("sources of messages")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(name="inbound_source_name", fields=["name"])]

    def __str__(self) -> str:
        return self.name

    def secrets(self, now: datetime) -> list[str]:
        """Those with which a call may be signed at this moment."""
        still_good = self.previous_secret_until is not None and now < self.previous_secret_until
        return [each for each in (self.secret, self.previous_secret if still_good else "") if each]


class InboundMessageQuerySet(ScopedQuerySet["InboundMessage"]):
    entity_path = "source__business_entity"


class InboundMessage(BusinessModel):
    """A message as it came in, kept before anything of it was believed, and why it stands where it stands."""

    entity_type = "inbound_message"

    source = models.ForeignKey(InboundSource, on_delete=models.PROTECT, related_name="messages", verbose_name=_("source"))
    webhook_id = models.CharField(_("call"), max_length=200)
    external_id = models.CharField(_("id at the sender"), max_length=300, blank=True)
    raw = EncryptedTextField(_("as it came in"), max_length=RAW_LENGTH)
    came_in_at = models.DateTimeField(_("came in at"))
    channel = models.CharField(_("channel"), max_length=20, blank=True)
    sender = models.CharField(_("from"), max_length=400, blank=True)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=15, choices=InboundState, default=InboundState.RECEIVED)
    decision = models.CharField(_("why there"), max_length=15, choices=ThreadingDecision, blank=True)
    evidence = models.CharField(_("what showed it"), max_length=400, blank=True)
    ticket = models.ForeignKey(
        Ticket,
        on_delete=models.PROTECT,
        null=True,  # null: it stands in no ticket
        related_name="inbound",
        verbose_name=_("ticket"),
    )
    comment = models.OneToOneField(
        TicketComment,
        on_delete=models.PROTECT,
        null=True,  # null: it was not said in a ticket, or began one
        related_name="inbound",
        verbose_name=_("comment"),
    )

    message = models.OneToOneField(
        CommunicationMessage,
        on_delete=models.PROTECT,
        null=True,  # null: it was left alone, or could not be read
        related_name="+",
        verbose_name=_("message"),
    )

    objects = InboundMessageQuerySet.as_manager()
    app_privileges = "SELECT, INSERT, UPDATE"

    class Meta(BusinessModel.Meta):
        db_table = "inbound_message"
        verbose_name = _("message that came in")
        verbose_name_plural = _("messages that came in")
        ordering = ["-came_in_at"]
        constraints = [
            known("state", InboundState),
            models.CheckConstraint(
                name="inbound_message_decision_known",
                condition=Q(decision__in=["", *sorted(ThreadingDecision.values)]),
            ),
            models.UniqueConstraint(name="inbound_message_one_call", fields=["source", "webhook_id"]),
            models.UniqueConstraint(name="inbound_message_once", fields=["source", "external_id"], condition=~Q(external_id="")),
            models.CheckConstraint(
                name="inbound_message_taken_up_somewhere",
                condition=~Q(state=InboundState.TAKEN_UP) | Q(ticket__isnull=False),
            ),
        ]
        indexes = [models.Index(name="inbound_message_newest", fields=["-came_in_at"])]

    def __str__(self) -> str:
        return self.subject or self.external_id or self.webhook_id
