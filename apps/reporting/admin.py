from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Scope
from apps.core.admin import ActionButton, BaseAdmin, ReadOnlyAdmin, WholeGroupPage
from apps.reporting.models import ReportMail, ReportSubscription
from apps.reporting.services import write_report_again


@admin.register(ReportSubscription)
class ReportSubscriptionAdmin(WholeGroupPage, BaseAdmin):
    """Who gets the figures by mail; each sees those of their own companies."""

    list_display = ["user", "cadence", "is_active"]
    list_filter = ["cadence", "is_active"]
    list_select_related = ["user"]
    search_fields = ["user__email", "user__first_name", "user__last_name"]
    fields = ["user", "cadence", "is_active"]


@admin.register(ReportMail)
class ReportMailAdmin(WholeGroupPage, ReadOnlyAdmin):
    """Each time that somebody got the figures, or was to get them."""

    list_display = ["day", "user", "cadence", "is_late", "written_at", "mail"]
    list_filter = ["cadence", "is_late", "day"]
    list_select_related = ["user", "mail"]
    search_fields = ["user__email"]
    fields = [("day", "cadence", "user"), ("is_late", "written_at", "mail"), ("attempt_count", "next_attempt_at", "last_error")]
    buttons = [
        ActionButton(
            write_report_again,
            _("Write again"),
            permission=Scope.OPERATIONS_REPORTS,
            offered=lambda mail: mail.is_given_up,
            done=_("It is in line again."),
            variant="primary",
            icon="replay",
        ),
    ]
