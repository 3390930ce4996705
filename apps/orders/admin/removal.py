"""Orders that were taken out of every list: who did it and why, and the way back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from apps.accounts.choices import Scope
from apps.core.admin.buttons import refusal_texts
from apps.core.errors import DomainError
from apps.core.scope import visible
from apps.core.transactions import retrying
from apps.orders.models import Order, OrderQuerySet
from apps.orders.services import restore_order

PER_PAGE = 50
SEARCH_LENGTH = 100


class RemovedOrders(ModelAdmin):
    """The list of what was removed, for whoever may remove."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("removed/", wrap(self.removed_view), name="orders_order_removed"),
            path("removed/<uuid:key>/restore/", wrap(require_POST(self.restore_view)), name="orders_order_restore"),
            *super().get_urls(),
        ]

    def removed_view(self, request: HttpRequest) -> HttpResponse:
        orders = self._removed(request)
        term = request.GET.get("q", "").strip()[:SEARCH_LENGTH]
        if term:
            orders = orders.having(term)
        page = Paginator(orders.for_list().order_by("-deleted_at", "-id"), PER_PAGE).get_page(request.GET.get("p"))
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": _("Removed orders"),
            "opts": self.opts,
            "page": page,
            "term": term,
            "media": self.media,
        }
        return TemplateResponse(request, "admin/orders/removed.html", context)

    def restore_view(self, request: HttpRequest, key: Any) -> HttpResponse:
        order = self._removed(request).filter(pk=key).first()
        if order is None:
            raise Http404
        try:
            retrying(lambda: restore_order(order=order, by=request.user))
        except DomainError as error:
            for text in refusal_texts(error):
                messages.error(request, text)
            return HttpResponseRedirect(reverse("admin:orders_order_removed"))
        messages.success(request, _("Order %(number)s is back in the lists.") % {"number": order.order_number})
        return HttpResponseRedirect(reverse("admin:orders_order_change", args=[order.pk]))

    def _removed(self, request: HttpRequest) -> OrderQuerySet:
        if not request.user.has_scope(Scope.ADMIN_SETTINGS):
            raise PermissionDenied
        removed: OrderQuerySet = visible(Order.objects.removed(), request.user)
        return removed
