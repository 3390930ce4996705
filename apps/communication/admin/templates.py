from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.communication.choices import ChannelType
from apps.communication.forms import SendTestForm
from apps.communication.models import CommunicationTemplate
from apps.communication.services import sample_length, save_template, send_test
from apps.communication.texting import MOST_PARTS
from apps.core.admin import ActionButton, BaseAdmin, entity_chip
from apps.core.errors import Refused


@admin.register(CommunicationTemplate)
class CommunicationTemplateAdmin(BaseAdmin):
    list_display = [
        "template_name",
        "template_code",
        "language",
        "channel_type",
        "entity",
        "template_category",
        "version",
        "is_active",
    ]
    list_filter = ["language", "template_category", "channel_type", "business_entity", "is_active"]
    list_select_related = ["business_entity"]
    search_fields = ["template_name", "template_code", "subject_template"]
    readonly_fields = ["version", "length"]
    change_form_template = "admin/communication/template_change_form.html"
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("template_name", "template_code"),
                    ("language", "channel_type", "channel_code"),
                    ("business_entity", "template_category", "is_active"),
                ]
            },
        ),
        (_("Words"), {"fields": ["subject_template", "message_template", "html_template", "variables"]}),
        (_("Sending"), {"fields": [("purpose", "is_urgent", "length"), "provider_template"]}),
        (_("Conditions"), {"classes": ["collapse"], "fields": ["trigger_conditions", "version"]}),
    ]
    buttons = [
        ActionButton(
            send_test,
            _("Send a test"),
            form=SendTestForm,
            icon="outgoing_mail",
            done=_("The test is on its way."),
        )
    ]

    @admin.display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, template: CommunicationTemplate) -> SafeString | str:
        return entity_chip(template.business_entity) if template.business_entity else str(_("all"))

    @admin.display(description=_("length as SMS"))
    def length(self, template: CommunicationTemplate) -> str:
        """With sample values, of a text message that was saved; real names and dates may be longer."""
        if template.channel_type != ChannelType.SMS:
            return "–"
        try:
            counted = sample_length(template)
        except Refused:
            return "–"  # the form beside it says what is wrong with the words
        words = _("%(places)s places in %(encoding)s: %(parts)s of at most %(most)s parts")
        return words % {"places": counted.places, "encoding": counted.encoding, "parts": counted.parts, "most": MOST_PARTS}

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in ("message_template", "html_template"):
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 16, "spellcheck": "true"})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: CommunicationTemplate, form: Any, change: Any) -> None:
        save_template(template=obj, by=request.user)
