from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.communication.choices import TONES, DeliveryStatus
from apps.communication.models import StaffMail
from apps.communication.services import resend_staff_mail
from apps.core.admin import ActionButton, ReadOnlyAdmin, WholeGroupPage, tone_chip


@admin.register(StaffMail)
class StaffMailAdmin(WholeGroupPage, ReadOnlyAdmin):
    """What the system wrote to colleagues, of every company at once: for whoever looks after what was not delivered."""

    empty_list = _("Nothing has been written to colleagues yet.")
    list_display = ["created_at", "subject", "recipient", "kind", "delivery"]
    list_display_links = ["created_at", "subject"]
    list_filter = ["delivery_status", "kind", "created_at"]
    search_fields = ["subject", "recipient"]
    change_form_template = "admin/communication/staff_mail_change_form.html"
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("delivery", "sent_at", "next_attempt_at"),
                    ("recipient", "kind", "language"),
                    ("attempt_count", "created_at", "last_error"),
                ]
            },
        ),
    ]
    buttons = [
        ActionButton(
            resend_staff_mail,
            _("Send again"),
            permission="support.communication",
            offered=lambda mail: mail.delivery_status == DeliveryStatus.FAILED,
            done=_("It is in line again."),
            variant="primary",
            icon="send",
        ),
    ]

    @admin.display(description=_("delivery"), ordering="delivery_status")
    def delivery(self, mail: StaffMail) -> SafeString:
        return tone_chip(mail.get_delivery_status_display(), TONES[mail.delivery_status])
