from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Language
from apps.audit.models import AuditedModel
from apps.communication import schemas
from apps.communication.choices import TEXT_CHANNELS, ChannelCode, ChannelType, Purpose, TemplateCategory
from apps.communication.models.bounds import bounded
from apps.communication.templating import STANDARD_VARIABLES, check_texts, used_variables
from apps.core.fields import SchemaJSONField
from apps.core.models import known
from apps.organizations.models import BusinessEntity
from apps.organizations.models.scope import ScopedQuerySet

SUBJECT_LENGTH = 300
BODY_LENGTH = 100_000


class CommunicationTemplateQuerySet(ScopedQuerySet["CommunicationTemplate"]):
    is_group_wide_without_entity = True

    def get_by_natural_key(
        self, template_code: str, entity_code: str | None, language: str, channel_type: str
    ) -> "CommunicationTemplate":
        return self.get(
            template_code=template_code,
            business_entity__entity_code=entity_code,
            language=language,
            channel_type=channel_type,
        )

    def in_use(self) -> Self:
        return self.filter(is_active=True)


class CommunicationTemplate(AuditedModel):
    """The words of one message, in one language, for one channel; staff edit them.

    Placeholders are `{{ name }}`, with names from `variables` alone; `{% if name %}…{% endif %}` leaves a part out. The
    text holds no code and reaches no record: values are plain strings, made by whoever sends.
    """

    template_code = models.CharField(
        _("code"),
        max_length=60,
        validators=[RegexValidator(r"^[a-z][a-z0-9_]*$", _("Use lower-case letters, digits and underscores."))],
        help_text=_("What the system calls it. The same code may exist per language, channel and business entity."),
    )
    template_name = models.CharField(_("name"), max_length=120)
    template_category = models.CharField(_("category"), max_length=30, choices=TemplateCategory)
    channel_type = models.CharField(_("channel"), max_length=20, choices=ChannelType, default=ChannelType.EMAIL)
    channel_code = models.CharField(
        _("sent from"),
        max_length=20,
        choices=ChannelCode,
        default=ChannelCode.SUPPORT,
        help_text=_("Which mailbox or number of the business entity it is sent from."),
    )
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.DUTCH)
    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        null=True,  # null: for every company that has no own wording
        blank=True,
        related_name="message_templates",
        verbose_name=_("business entity"),
        help_text=_("Empty: for every business entity without its own wording."),
    )
    subject_template = models.CharField(_("subject"), max_length=SUBJECT_LENGTH, blank=True)
    message_template = models.TextField(_("text"), max_length=BODY_LENGTH)
    html_template = models.TextField(
        _("HTML"),
        max_length=BODY_LENGTH,
        blank=True,
        help_text=_("The letter's inside; the company's colours and legal lines are added around it."),
    )
    variables = SchemaJSONField(
        _("placeholders"),
        schema=schemas.VARIABLES,
        default=list,
        blank=True,
        help_text=_("Names that the text may use, beside those of the business entity and the recipient."),
    )
    purpose = models.CharField(
        _("purpose"),
        max_length=20,
        choices=Purpose,
        default=Purpose.ESSENTIAL,
        help_text=_("Essential cannot be switched off by its reader; marketing needs their consent."),
    )
    is_urgent = models.BooleanField(
        _("urgent"), default=False, help_text=_("Goes at any hour, also when people should not be disturbed.")
    )
    provider_template = SchemaJSONField(
        _("approved WhatsApp template"),
        schema=schemas.PROVIDER_TEMPLATE,
        default=dict,
        blank=True,
        help_text=_(
            "As WhatsApp approved it: name, namespace, language, and the placeholders in their order. Needed for customers who"
            " wrote nothing in the last 24 hours."
        ),
    )
    trigger_conditions = SchemaJSONField(_("conditions"), schema=schemas.TRIGGER_CONDITIONS, default=dict, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    is_active = models.BooleanField(_("active"), default=True)

    objects = CommunicationTemplateQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "communication_template"
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        ordering = ["template_code", "language"]
        constraints = [
            known("template_category", TemplateCategory),
            known("channel_type", ChannelType),
            known("channel_code", ChannelCode),
            known("language", Language),
            known("purpose", Purpose),
            models.UniqueConstraint(
                name="communication_template_one_wording",
                fields=["template_code", "business_entity", "language", "channel_type"],
                nulls_distinct=False,
                violation_error_message=_("This template exists already for this entity, language and channel."),
            ),
            bounded("message_template", BODY_LENGTH),
            bounded("html_template", BODY_LENGTH),
        ]

    def __str__(self) -> str:
        return f"{self.template_name} ({self.language})"

    def natural_key(self) -> tuple[str, str | None, str, str]:
        entity_code = self.business_entity.entity_code if self.business_entity else None
        return (self.template_code, entity_code, self.language, self.channel_type)

    natural_key.dependencies = ["organizations.businessentity"]  # type: ignore[attr-defined]  # Django's way

    @property
    def texts(self) -> dict[str, str]:
        """Its wordings by field."""
        return {
            "subject_template": self.subject_template,
            "message_template": self.message_template,
            "html_template": self.html_template,
        }

    def clean(self) -> None:
        """A text that could not be sent cannot be saved: every placeholder known, every tag allowed."""
        super().clean()
        names = self.variables if isinstance(self.variables, list) else []
        check_texts(self.texts, allowed=names)
        if self.purpose == Purpose.MARKETING and "unsubscribe_link" not in used_variables(self.message_template):
            words = _("News says how to get no more of it: use {{ unsubscribe_link }}.")
            raise ValidationError({"message_template": words}, code="unsubscribe_link_missing")
        if self.channel_type in TEXT_CHANNELS:
            self._check_as_text(names)

    def _check_as_text(self, names: list[str]) -> None:
        """A text message has no HTML, and its approved form fills in nothing that it does not know."""
        if self.html_template:
            raise ValidationError({"html_template": _("A text message has no HTML.")}, code="html_not_allowed")
        given = self.provider_template if isinstance(self.provider_template, dict) else {}
        unknown = sorted({*given.get("parameters", [])} - {*names, *STANDARD_VARIABLES})
        if unknown:
            words = _("There are no placeholders %(names)s.") % {"names": ", ".join(unknown)}
            raise ValidationError({"provider_template": words}, code="unknown_placeholder")
