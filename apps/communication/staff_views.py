"""The mailbox, and letters shown as their readers see them: in a frame that can run, send and fetch nothing."""

from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from apps.communication.clients import mailbox
from apps.communication.coverage import gaps
from apps.communication.documents import with_images
from apps.communication.models import CommunicationMessage, CommunicationTemplate, StaffMail
from apps.communication.services import sample_letter
from apps.core.admin import entity_chip, staff_page
from apps.core.contributions import Panel
from apps.core.doors import open_to
from apps.core.errors import DomainError
from apps.core.scope import WHOLE_GROUP
from apps.organizations.models import BusinessEntity

SHOWN = 200
# The admin's own policy is wider than a letter may have.
LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"


def letter_frame(html: str, text: str) -> HttpResponse:
    """The letter alone; plain text where it has no HTML."""
    body = html or format_html("<pre>{}</pre>", text)
    return HttpResponse(body, headers={"Content-Security-Policy": LETTER_POLICY})


read_messages = staff_page("communication.view_communicationmessage")


# A letter in the folder names no record, so it cannot be scoped: the mailbox is for whoever sees every business entity.
read_mailbox = staff_page("communication.view_communicationmessage", scope=WHOLE_GROUP)


@read_mailbox
def mailbox_list(request: HttpRequest) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": _("Mailbox"), "mails": mailbox.newest(SHOWN)}
    return TemplateResponse(request, "admin/communication/mailbox.html", context)


@read_mailbox
def mailbox_mail(request: HttpRequest, name: str) -> HttpResponse:
    mail = _mail(name)
    context = {**admin.site.each_context(request), "title": mail.subject, "mail": mail}
    return TemplateResponse(request, "admin/communication/mail.html", context)


@staff_page("communication.view_communicationtemplate")
def template_gaps(request: HttpRequest) -> HttpResponse:
    """Which statuses that are to be told cannot be, of the companies that the reader works for."""
    seen = set(BusinessEntity.objects.visible_to(request.user).values_list("pk", flat=True))
    rows = [[entity_chip(gap.entity), gap.policy.label, gap.policy.workflow, gap.what] for gap in gaps() if gap.entity.pk in seen]
    panel = Panel(
        title=_("Statuses without a message"),
        columns=[_("Business entity"), _("Status"), _("Workflow"), _("What is missing")],
        rows=rows,
        empty=_("Every status that is to be told can be, in every company, language and channel that is in use."),
    )
    context = {**admin.site.each_context(request), "title": _("Statuses without a message"), "panels": [panel]}
    return TemplateResponse(request, "admin/communication/gaps.html", context)


@xframe_options_sameorigin
@read_mailbox
def mailbox_html(request: HttpRequest, name: str) -> HttpResponse:
    mail = _mail(name)
    return letter_frame(mail.html, mail.text)


@xframe_options_sameorigin
@read_messages
def message_html(request: HttpRequest, message_id: UUID) -> HttpResponse:
    message = get_object_or_404(CommunicationMessage.objects.visible_to(request.user), pk=message_id)
    return letter_frame(message.html, message.text)


@xframe_options_sameorigin
@open_to("staff, for their own letters; whoever sees the whole group, for all")
@admin.site.admin_view
@require_safe
def staff_mail_html(request: HttpRequest, staff_mail_id: UUID) -> HttpResponse:
    mail = get_object_or_404(StaffMail.objects.read_by(request.user), pk=staff_mail_id)
    images = {each.content_id: bytes(each.content) for each in mail.images.all()}
    return letter_frame(with_images(mail.html, images), mail.text)


@xframe_options_sameorigin
@staff_page("communication.view_communicationtemplate")
def template_preview(request: HttpRequest, template_id: UUID) -> HttpResponse:
    template = get_object_or_404(CommunicationTemplate.objects.visible_to(request.user), pk=template_id)
    try:
        letter = sample_letter(template)
    except DomainError as error:
        return letter_frame("", str(error))
    return letter_frame(letter.html, letter.text)


def _mail(name: str) -> mailbox.Mail:
    mail = mailbox.read(name)
    if mail is None:
        raise Http404
    return mail
