"""Figures by mail, for their reader: which letters come, those that came, and one to see at once."""

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.communication.choices import TONES, StaffMailKind
from apps.communication.models import StaffMail
from apps.core.admin import tone_chip
from apps.core.doors import open_to
from apps.core.errors import DomainError
from apps.reporting import services
from apps.reporting.choices import Cadence
from apps.reporting.models import ReportSubscription

MOST_SHOWN = 60

themselves = open_to("staff, for themselves; each figure by its own right")


@themselves
@require_safe
def my_reports(request: HttpRequest) -> HttpResponse:
    mails = StaffMail.objects.filter(user=request.user, kind=StaffMailKind.REPORT).defer("text", "html")[:MOST_SHOWN]
    chosen = set(ReportSubscription.objects.filter(user=request.user, is_active=True).values_list("cadence", flat=True))
    context = {
        **admin.site.each_context(request),
        "title": _("Figures by mail"),
        "cadences": [(value, label, value in chosen) for value, label in Cadence.choices],
        "mails": [(mail, tone_chip(mail.get_delivery_status_display(), TONES[mail.delivery_status])) for mail in mails],
    }
    return TemplateResponse(request, "admin/reporting/my_reports.html", context)


@themselves
@require_POST
def choose_reports(request: HttpRequest) -> HttpResponse:
    services.choose_reports(user=request.user, cadences=set(request.POST.getlist("cadence")) & set(Cadence.values))
    messages.success(request, _("Kept."))
    return HttpResponseRedirect(reverse("my-reports"))


@themselves
@require_POST
def send_report(request: HttpRequest) -> HttpResponse:
    """Today's letter at once, to oneself."""
    cadence = request.POST.get("cadence", "")
    try:
        services.send_report_now(cadence=cadence if cadence in Cadence.values else Cadence.DAILY, by=request.user)
    except DomainError as error:
        messages.error(request, str(error.detail))
    else:
        messages.success(request, _("It is on its way to %(address)s.") % {"address": request.user.email})
    return HttpResponseRedirect(reverse("my-reports"))
