"""Where messages of customers come from, and why each stands where it stands."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.choices import Scope
from apps.core.admin import ActionButton, BaseAdmin, LocalDaysFilter, ReadOnlyAdmin, admin_link, tone_chip
from apps.support.choices import InboundState
from apps.support.models import InboundMessage, InboundSource
from apps.support.services import make_source_secret

STATE_TONES = {
    InboundState.RECEIVED: "info",
    InboundState.TAKEN_UP: "success",
    InboundState.LEFT: "neutral",
    InboundState.UNREADABLE: "danger",
}


@admin.register(InboundSource)
class InboundSourceAdmin(BaseAdmin):
    """Who may hand us messages of customers."""

    list_display = ["name", "business_entity", "has_secret", "is_active"]
    list_select_related = ["business_entity"]
    fields = ["name", "business_entity", "is_active", "has_secret"]
    readonly_fields = ["has_secret"]
    empty_list = _("No source yet. A scenario at Make.com that reads a mailbox is one.")
    buttons = [
        ActionButton(
            make_source_secret,
            _("New secret"),
            confirm=_("The source signs with it from now on. The secret it has now is good for one more day."),
            name="secret",
            subject="source",
            permission=Scope.ADMIN_INTEGRATIONS,
            shows="admin/support/secret_made.html",
            icon="key",
        )
    ]

    @display(description=_("has a secret"), boolean=True)
    def has_secret(self, source: InboundSource) -> bool:
        return bool(source.secret)


@admin.register(InboundMessage)
class InboundMessageAdmin(ReadOnlyAdmin):
    """Messages as they came in."""

    list_display = ["about", "sender", "channel", "standing", "decision", "ticket_link", "came_in_at"]
    list_display_links = ["about"]
    list_select_related = ["ticket", "source__business_entity"]
    list_filter = [("came_in_at", LocalDaysFilter), "state", "decision", "channel", "source"]
    search_fields = ["subject", "sender", "external_id"]
    fields = [
        ("came_in_at", "source"),
        ("channel", "sender"),
        "subject",
        ("state", "decision"),
        "evidence",
        "ticket_link",
        "as_it_came_in",
        "external_id",
    ]
    readonly_fields = ["ticket_link", "as_it_came_in"]
    empty_list = _("No message has come in yet.")
    ordering = ["-came_in_at", "-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        rows = super().get_queryset(request)
        return rows if request.resolver_match.kwargs.get("object_id") else rows.defer("raw")

    @display(description=_("subject"))
    def about(self, inbound: InboundMessage) -> str:
        return str(inbound)

    @display(description=_("state"), ordering="state")
    def standing(self, inbound: InboundMessage) -> SafeString:
        return tone_chip(inbound.get_state_display(), STATE_TONES[InboundState(inbound.state)])

    @display(description=_("ticket"), ordering="ticket__ticket_number")
    def ticket_link(self, inbound: InboundMessage) -> SafeString | str:
        return admin_link(inbound.ticket)

    @display(description=_("as it came in"))
    def as_it_came_in(self, inbound: InboundMessage) -> str:
        return inbound.raw
