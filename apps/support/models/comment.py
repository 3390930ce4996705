from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit.models import AuditedModel
from apps.communication.models import CommunicationMessage
from apps.core.models import known
from apps.organizations.models import Contact, ScopedQuerySet
from apps.support.choices import TO_THE_CUSTOMER, CommentType
from apps.support.models.ticket import Ticket

CONTENT_LENGTH = 50_000


class TicketCommentQuerySet(ScopedQuerySet["TicketComment"]):
    entity_path = "ticket__business_entity"

    def for_the_customer(self) -> "TicketCommentQuerySet":
        return self.filter(is_visible_to_customer=True)


class TicketComment(AuditedModel):
    """One thing that was said in a ticket, by a customer, by one of us or by the system. It is never changed.

    The text is plain: of HTML that came in its words are kept, and nothing that could act.
    """

    app_privileges = "SELECT, INSERT, UPDATE"
    audit_redacted = ("content",)
    audit_root = ("ticket", "ticket_id")

    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, related_name="comments", verbose_name=_("ticket"), db_index=False
    )
    comment_type = models.CharField(_("kind"), max_length=15, choices=CommentType)
    author_contact = models.ForeignKey(
        Contact,
        on_delete=models.PROTECT,
        null=True,  # null: one of us, or the system
        blank=True,
        related_name="+",
        verbose_name=_("customer who wrote it"),
    )
    author_user = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,  # null: a customer without a login, or the system
        blank=True,
        related_name="+",
        verbose_name=_("user who wrote it"),
    )
    content = models.CharField(_("text"), max_length=CONTENT_LENGTH)
    is_resolution = models.BooleanField(_("is the solution"), default=False)
    is_visible_to_customer = models.BooleanField(_("visible to the customer"), default=False)
    written_at = models.DateTimeField(_("written at"))
    message = models.ForeignKey(
        CommunicationMessage,
        on_delete=models.PROTECT,
        null=True,  # null: it was not sent, or not yet
        blank=True,
        related_name="+",
        verbose_name=_("message"),
    )

    objects = TicketCommentQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "ticket_comment"
        verbose_name = _("comment on a ticket")
        verbose_name_plural = _("comments on tickets")
        ordering = ["-written_at"]
        constraints = [
            known("comment_type", CommentType),
            models.CheckConstraint(name="ticket_comment_says_something", condition=~Q(content="")),
            # What colleagues say among themselves never reaches the customer, whoever writes the row.
            models.CheckConstraint(
                name="ticket_comment_visible",
                condition=Q(comment_type__in=sorted(str(each) for each in TO_THE_CUSTOMER), is_visible_to_customer=True)
                | Q(
                    ~Q(comment_type__in=sorted(str(each) for each in TO_THE_CUSTOMER)),
                    is_visible_to_customer=False,
                ),
            ),
            models.CheckConstraint(
                name="ticket_comment_is_resolution",
                condition=Q(comment_type=CommentType.RESOLUTION, is_resolution=True)
                | Q(~Q(comment_type=CommentType.RESOLUTION), is_resolution=False),
            ),
            models.CheckConstraint(
                name="ticket_comment_customers_only_talk",
                condition=Q(author_contact__isnull=True) | Q(comment_type=CommentType.CUSTOMER),
            ),
        ]
        indexes = [
            models.Index(name="ticket_comment_of_ticket", fields=["ticket", "written_at"]),
            models.Index(name="ticket_comment_newest", fields=["-written_at"]),
        ]

    def __str__(self) -> str:
        return self.content[:80]

    @property
    def is_of_customer(self) -> bool:
        return self.author_contact_id is not None
