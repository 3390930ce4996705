from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from apps.core.admin import ActionButton, BaseAdmin, tone_chip
from apps.core.errors import NotFound
from apps.core.records import RecordRef, model_of
from apps.files import services
from apps.files.choices import DocumentType, FileCategory
from apps.files.forms import UploadForm, VisibilityForm
from apps.files.models import Attachment
from apps.files.queries import may_see


@admin.register(Attachment)
class AttachmentAdmin(BaseAdmin):
    """Files are added and handed out here; what was stored is never edited."""

    empty_list = _("No file has been added yet. On the page of an order a file is added with a note.")
    list_display = ["download", "record", "document_type", "file_category", "size", "visibility", "uploaded_by", "created_at"]
    list_display_links = ["document_type"]
    list_filter = ["document_type", "file_category", "is_customer_visible", "is_partner_visible"]
    list_select_related = ["uploaded_by"]
    search_fields = ["document_name", "document_title", "about_id__exact"]
    ordering = ["-created_at", "id"]
    form = UploadForm
    buttons = [
        ActionButton(
            services.show_attachment,
            _("Who may see it"),
            form=VisibilityForm,
            initial=lambda attachment: {
                "is_customer_visible": attachment.is_customer_visible,
                "is_partner_visible": attachment.is_partner_visible,
            },
            icon="visibility",
        )
    ]
    fieldsets = [
        (None, {"fields": ["download", "document_title", "record", "document_type", "file_category"]}),
        (_("Visibility"), {"fields": ["is_customer_visible", "is_partner_visible", "expiry_date"]}),
        (_("Content"), {"fields": ["media_type", "size", "version_number", "checksum", "uploaded_by", "created_at"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["content", ("about_type", "about_id"), "document_title", ("document_type", "file_category")]}),
        (_("Visibility"), {"fields": [("is_customer_visible", "is_partner_visible"), "expiry_date"]}),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Attachment | None = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Attachment | None = None) -> list[str]:
        return ["download", "record", "size"] if obj else []

    def has_change_permission(self, request: HttpRequest, obj: Attachment | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Attachment | None = None) -> bool:
        return any(request.user.has_perm(f"files.{act}_attachment") for act in ("view", "change"))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A record's page links here with its own kind and key."""
        return {name: request.GET[name] for name in ("about_type", "about_id") if name in request.GET}

    def save_model(self, request: HttpRequest, obj: Attachment, form: ModelForm, change: bool) -> None:  # noqa: FBT001 - Django's own signature
        answers = form.cleaned_data
        about = RecordRef(entity_type=answers["about_type"], entity_id=answers["about_id"])
        if not may_see(about, request.user):
            raise NotFound
        stored = services.store_attachment(
            about=about,
            data=services.AttachmentData(
                name=answers["content"].name,
                content=answers["content"],
                document_type=DocumentType(answers["document_type"]),
                title=answers["document_title"],
                file_category=FileCategory(answers["file_category"]) if answers["file_category"] else None,
                is_customer_visible=answers["is_customer_visible"],
                is_partner_visible=answers["is_partner_visible"],
                expiry_date=answers["expiry_date"],
            ),
            by=request.user,
        )
        obj.pk = stored.pk

    @admin.display(description=_("file"), ordering="document_name")
    def download(self, attachment: Attachment) -> SafeString:
        url = reverse("attachment_download", args=[attachment.pk])
        return format_html('<a class="cc-link" href="{}">{}</a>', url, attachment.document_name)

    @admin.display(description=_("record"))
    def record(self, attachment: Attachment) -> SafeString | str:
        try:
            meta = model_of(attachment.about_type)._meta
            url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[attachment.about_id])
        except (NotFound, NoReverseMatch):
            return attachment.about_type
        return format_html('<a class="cc-link" href="{}">{}</a>', url, capfirst(str(meta.verbose_name)))

    @admin.display(description=_("size"), ordering="size_bytes")
    def size(self, attachment: Attachment) -> str:
        return filesizeformat(attachment.size_bytes)

    @admin.display(description=_("visible to"))
    def visibility(self, attachment: Attachment) -> SafeString:
        if attachment.is_internal_only:
            return tone_chip(_("staff"))
        readers = [
            label
            for label, shown in ((_("customer"), attachment.is_customer_visible), (_("partner"), attachment.is_partner_visible))
            if shown
        ]
        return tone_chip(", ".join(str(label) for label in readers), "warning")
