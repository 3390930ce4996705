"""How holds stand as a whole."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from apps.core.admin import staff_page
from apps.orders.queries import holds_summary


@staff_page("orders.view_orderhold")
def holds_page(request: HttpRequest) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": _("Holds at a glance"), "summary": holds_summary(by=request.user)}
    return TemplateResponse(request, "admin/orders/holds.html", context)
