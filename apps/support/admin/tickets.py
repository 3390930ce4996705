from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.choices import Scope
from apps.core.admin import ActionButton, BaseAdmin, LocalDaysFilter, ReadOnlyAdmin, admin_link, put_refusal
from apps.core.errors import DomainError
from apps.core.once import one_page
from apps.support.admin.acts import ANSWER, BUTTONS, CONVERSATION, NOTE
from apps.support.admin.listing import TicketList
from apps.support.admin.page import answer_text, conversation_of, macros_for, page_context, present_words
from apps.support.choices import TicketSource
from apps.support.forms import TicketForm
from apps.support.models import Ticket, TicketComment
from apps.support.services import TicketData, create_ticket, note_presence

VERSION_CONFLICT = "version_conflict"
SHOWN_IN_LIST, SAID_MEANWHILE = 120, 3


@admin.register(Ticket)
class TicketAdmin(TicketList, BaseAdmin):
    """The tickets that somebody may see; where one stands is moved by its buttons, never by a field."""

    form = TicketForm
    fields = [
        ("kind", "business_entity"),
        "contact",
        "subject",
        "description",
        ("category", "priority"),
        "order",
        "assigned_to",
    ]

    class Media:
        css = {"all": ["support/support.css"]}
        js = ["support/support.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return Ticket.objects.handled_by(request.user).for_page()

    def get_buttons(self, request: HttpRequest, record: Ticket) -> list[ActionButton]:
        return list(BUTTONS)

    def save_model(self, request: HttpRequest, obj: Ticket, form: forms.ModelForm, change: Any) -> None:
        """A new one alone: what stands on a ticket is changed by its buttons."""
        given = dict(form.cleaned_data)
        data = TicketData(ticket_type=given.pop("kind"), **given, source=TicketSource.STAFF)
        made = create_ticket(data=data, by=request.user)
        obj.pk, obj.ticket_number = made.pk, made.ticket_number

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The ticket as it stands: what was said, what to say, and beside it what there is to know."""
        ticket: Ticket = self._record(request, object_id)
        with one_page():
            buttons = self.permitted_buttons(request, ticket)
            context = {
                **self.admin_site.each_context(request),
                **page_context(ticket, request.user),
                "title": ticket.ticket_number,
                "opts": self.opts,
                "original": ticket,
                "media": self.media,
                "record_buttons": [
                    {"button": button, "url": self.button_url(ticket, button)}
                    for button in buttons
                    if button.slug not in CONVERSATION
                ],
                "answer": self._answer(request, ticket) if ANSWER in buttons else None,
                "note": self._note(request, ticket) if NOTE in buttons else None,
                "present": self._present(request, ticket),
            }
        return TemplateResponse(request, "admin/support/ticket.html", context)

    def _answer(self, request: HttpRequest, ticket: Ticket) -> dict[str, Any]:
        form = ANSWER.build_form(data=None, record=ticket, by=request.user)
        macros = macros_for(ticket, request.user)
        text, macro = answer_text(ticket, request, macros)
        form.initial |= {"content": text, "macro": macro, "then": macro.set_status if macro else ""}
        return {"form": form, "url": self.button_url(ticket, ANSWER), "macros": macros, "chosen": macro}

    def _note(self, request: HttpRequest, ticket: Ticket) -> dict[str, Any]:
        form = NOTE.build_form(data=None, record=ticket, by=request.user)
        form.auto_id = "id_note_%s"
        form.fields["content"].widget.attrs |= {"rows": 3}
        return {"form": form, "url": self.button_url(ticket, NOTE)}

    def _present(self, request: HttpRequest, ticket: Ticket) -> str:
        """Whoever answers tickets is noted as being here; whoever only looks is not."""
        if not (ticket.is_unfinished and request.user.has_scope(Scope.SUPPORT_TICKETS)):
            return ""
        return present_words(note_presence(ticket=ticket, by=request.user))

    def _refused(
        self, request: HttpRequest, record: Ticket, button: ActionButton, form: forms.Form, error: DomainError
    ) -> HttpResponse:
        """Two at once: what the other did is shown, and what was typed is kept for another try."""
        if error.code != VERSION_CONFLICT:
            return super()._refused(request, record, button, form, error)
        fresh = self.get_queryset(request).get(pk=record.pk)
        answers = request.POST.copy()
        answers["version"] = str(fresh.version)
        again = button.build_form(data=answers, record=fresh, by=request.user)
        put_refusal(again, error)
        said = {"conversation": conversation_of(fresh)[:SAID_MEANWHILE]}
        above = render_to_string("admin/support/meanwhile.html", said)
        return self._button_page(request, record, button, again, above=above)


@admin.register(TicketComment)
class TicketCommentAdmin(ReadOnlyAdmin):
    """What was said in tickets, to search; a ticket's own page is where it is said."""

    list_display = ["beginning", "ticket_link", "comment_type", "who", "written_at"]
    list_display_links = ["beginning"]
    empty_list = _("Nothing has been said yet. A ticket is answered on its own page.")
    list_select_related = ["ticket", "author_user", "author_contact"]
    list_filter = [("written_at", LocalDaysFilter), "comment_type", "ticket__business_entity"]
    search_fields = ["ticket__ticket_number", "ticket__subject"]
    fields = ["ticket_link", "comment_type", "content", ("who", "written_at"), "is_visible_to_customer", "message"]
    readonly_fields = ["ticket_link", "who"]
    ordering = ["-written_at", "-id"]

    @display(description=_("text"))
    def beginning(self, comment: TicketComment) -> str:
        return Truncator(comment.content).chars(SHOWN_IN_LIST)

    @display(description=_("ticket"), ordering="ticket__ticket_number")
    def ticket_link(self, comment: TicketComment) -> SafeString | str:
        return admin_link(comment.ticket)

    @display(description=_("by"))
    def who(self, comment: TicketComment) -> str:
        return str(comment.author_contact or comment.author_user or "–")
