from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.core.fields import AmountField
from apps.core.models import known
from apps.core.records import RecordRef
from apps.organizations.choices import ApprovalKind, ApprovalState
from apps.organizations.models.business_entity import BusinessEntity
from apps.organizations.models.scope import ScopedQuerySet

S = ApprovalState


class ApprovalRequestQuerySet(ScopedQuerySet["ApprovalRequest"]):
    is_group_wide_without_entity = True

    def waiting(self) -> Self:
        return self.filter(state=S.WAITING)


class ApprovalRequest(AuditedModel):
    """What one person asks for and only another may approve: until then nothing of it holds.

    All that will be done stands with it from the first moment, and that alone is carried out: what was approved is what was
    read. The database itself refuses an approval by whoever asked. Amounts are in EUR.
    """

    kind = models.CharField(_("what"), max_length=15, choices=ApprovalKind, editable=False)
    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        null=True,  # null: about somebody with whom the whole group deals
        editable=False,
        related_name="+",
        verbose_name=_("business entity"),
        db_index=False,
    )
    about_type = models.CharField(_("kind of record"), max_length=50, editable=False)
    about_id = models.UUIDField(_("record"), editable=False)
    label = models.CharField(_("of"), max_length=220, editable=False)
    amount = AmountField(_("amount"), null=True, editable=False)  # null: it is about no amount
    account_name = models.CharField(_("account name"), max_length=220, blank=True, editable=False)
    iban = models.CharField("IBAN", max_length=34, blank=True, editable=False)
    previous_iban = models.CharField(_("IBAN until now"), max_length=34, blank=True, editable=False)
    reason = models.CharField(_("why"), max_length=500, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=S, default=S.WAITING, editable=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        editable=False,
        related_name="+",
        verbose_name=_("asked by"),
        db_index=False,
    )
    requested_at = models.DateTimeField(_("asked at"), editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,  # null: nobody yet
        editable=False,
        related_name="+",
        verbose_name=_("decided by"),
        db_index=False,
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)  # null: not yet
    answer = models.CharField(_("answer"), max_length=500, blank=True, editable=False)

    objects = ApprovalRequestQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "approval_request"
        verbose_name = _("request for approval")
        verbose_name_plural = _("requests for approval")
        ordering = ["-created_at", "-id"]
        constraints = [
            known("kind", ApprovalKind),
            known("state", ApprovalState),
            models.CheckConstraint(
                name="approval_request_two_people",
                condition=Q(state__in=[S.APPROVED, S.REJECTED], decided_by__isnull=False, decided_at__isnull=False)
                & ~Q(decided_by=F("requested_by"))
                | Q(state=S.WITHDRAWN, decided_by=F("requested_by"), decided_at__isnull=False)
                | Q(state=S.WAITING, decided_by=None, decided_at=None),
            ),
            models.CheckConstraint(name="approval_request_says_why", condition=~Q(reason="")),
            models.CheckConstraint(name="approval_request_rejected_says_why", condition=~Q(state=S.REJECTED) | ~Q(answer="")),
            models.CheckConstraint(name="approval_request_positive", condition=Q(amount=None) | Q(amount__gt=0)),
            models.UniqueConstraint(
                name="approval_request_one_waiting", fields=["kind", "about_id"], condition=Q(state=S.WAITING)
            ),
        ]
        indexes = [
            models.Index(name="approval_request_of_entity", fields=["business_entity", "-created_at", "-id"]),
            models.Index(name="approval_request_about", fields=["about_type", "about_id"]),
        ]

    def __str__(self) -> str:
        return f"{capfirst(self.get_kind_display())}: {self.label}"

    @property
    def about(self) -> RecordRef:
        return RecordRef(entity_type=self.about_type, entity_id=self.about_id)
