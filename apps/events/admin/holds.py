"""Whether anything may leave the building."""

from django.contrib import admin
from django.db.models import F
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.core.admin import ActionButton, ReadOnlyAdmin, WholeGroupPage, tone_chip
from apps.events import services
from apps.events.models import SendingHold


@admin.register(SendingHold)
class SendingHoldAdmin(WholeGroupPage, ReadOnlyAdmin):
    empty_list = _("Sending was never held. What a restored copy would send is held until somebody has looked through it.")
    list_display = ["reason", "state", "held_at", "released_at", "released_by"]
    ordering = [F("released_at").desc(nulls_first=True), "-held_at"]
    fields = ["state", "reason", "held_at", "released_at", "released_by"]
    buttons = [
        ActionButton(
            services.resume_sending,
            _("Resume sending"),
            subject="hold",
            confirm=_(
                "Every message and every partner's status that is due goes out at once, also what may have been sent before. "
                "Look through the messages and the deliveries to partners that are due first, and skip what was sent."
            ),
            offered=lambda hold: hold.released_at is None,
            done=_("What was held is on its way."),
            variant="primary",
            icon="send",
        )
    ]

    @admin.display(description=_("state"))
    def state(self, hold: SendingHold) -> SafeString:
        return tone_chip(_("released"), "neutral") if hold.released_at else tone_chip(_("nothing is sent"), "danger")
