"""The page on which an order is written down: whoever has this e-mail address, what we know of them, and the rest."""

import json
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from apps.core.errors import DomainError
from apps.core.transactions import retrying
from apps.gateway.idempotency import once
from apps.orders.admin.acts import place_order
from apps.orders.admin.writing import dress_all, lines_context, show_refusal
from apps.orders.forms import LineFormSet, NewOrderForm
from apps.orders.queries import addresses_of, known_customer, latest_orders, main_contact
from apps.organizations.models import BusinessEntity, Organization

FIND, ANOTHER = "_find", "_another"
SENT_BEFORE = "idempotency_mismatch"
KEPT = ("business_entity", "order_type")


class NewOrderPage(ModelAdmin):
    """The add page: everything on it goes through the one way in."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.customer_view)
        return [path("add/customer/", view, name="orders_order_customer"), *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method == "POST" and FIND not in request.POST:
            return self._place(request)
        told = request.POST if request.method == "POST" else request.GET
        form = NewOrderForm(initial={**told.dict(), "form_key": uuid4()}, by=request.user)
        return self._page(request, form, LineFormSet(prefix="lines"))

    def customer_view(self, request: HttpRequest) -> HttpResponse:
        """What we know of whoever has an e-mail address: a piece of the page."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        found = self._found(request, request.GET)
        return TemplateResponse(request, "admin/orders/customer_found.html", found)

    def _place(self, request: HttpRequest) -> HttpResponse:
        form = NewOrderForm(request.POST, by=request.user)
        lines = LineFormSet(request.POST, prefix="lines")
        if form.is_valid() and lines.is_valid():
            try:
                number, url = retrying(lambda: _placed_once(request, form, lines))
            except DomainError as error:
                if error.code == SENT_BEFORE:
                    form.data = {**request.POST.dict(), "form_key": str(uuid4())}
                show_refusal(form, lines, error)
            else:
                messages.success(request, _("Order %(number)s has been placed.") % {"number": number})
                return HttpResponseRedirect(_another(request) if ANOTHER in request.POST else url)
        return self._page(request, form, lines)

    def _page(self, request: HttpRequest, form: NewOrderForm, lines: Any) -> HttpResponse:
        dress_all(form, lines)
        told = {name: form[name].value() or "" for name in ("business_entity", "email", "customer", "known_address")}
        context = {
            **self.admin_site.each_context(request),
            **lines_context(lines),
            **self._found(request, told),
            "opts": self.opts,
            "title": _("New order"),
            "form": form,
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/orders/new_order.html", context)

    def _found(self, request: HttpRequest, told: Any) -> dict[str, Any]:
        """The customer meant, with places and latest orders to choose from; nothing where nobody is meant yet."""
        entity = _by_key(BusinessEntity.objects.visible_to(request.user), told.get("business_entity", ""))
        chosen = _by_key(Organization.objects.visible_to(request.user).customers(), told.get("customer", ""))
        email = str(told.get("email", ""))
        customer = chosen or known_customer(entity, email, by=request.user)
        if customer is None:
            return {"customer": None, "looked_for": bool(entity and email)}
        return {
            "customer": customer,
            "contact": main_contact(customer),
            "addresses": addresses_of(customer),
            "chosen_address": str(told.get("known_address", "")),
            "orders": latest_orders(customer, by=request.user),
            "looked_for": True,
        }


def _placed_once(request: HttpRequest, form: NewOrderForm, lines: Any) -> tuple[str, str]:
    """The order's number and address; a form that is sent twice has made one order.

    Raises:
        Refused: idempotency_mismatch, the form was sent before with other answers; and whatever `place_order` refuses.
    """

    def place() -> HttpResponse:
        order = place_order(given=form.cleaned_data, lines=lines.lines(), by=request.user)
        return HttpResponse(json.dumps([order.order_number, reverse("admin:orders_order_change", args=[order.pk])]))

    key = form.cleaned_data["form_key"]
    with transaction.atomic():
        if key is None:
            answer = place()
        else:
            said = sorted((name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken")
            told = json.dumps(said).encode()
            answer = once(place, credential=f"user:{request.user.pk}", path=request.path, key=str(key), body=told)
    number, url = json.loads(answer.content)
    return number, url


def _another(request: HttpRequest) -> str:
    kept = {name: request.POST.get(name, "") for name in KEPT}
    return f"{reverse('admin:orders_order_add')}?{urlencode(kept)}"


def _by_key(rows: Any, key: Any) -> Any:
    try:
        return rows.filter(pk=UUID(str(key))).first()
    except ValueError:
        return None
