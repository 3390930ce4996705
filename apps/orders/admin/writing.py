"""The page on which the lines of an order are edited, and what it shares with that of a new order."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from apps.catalog.models import Article
from apps.core.admin import euro
from apps.core.admin.buttons import dress, put_refusal
from apps.core.errors import DomainError, FieldError
from apps.core.money import CENT
from apps.core.transactions import retrying
from apps.orders.admin.acts import edit_order
from apps.orders.admin.conflicts import VERSION_CONFLICT, explained, merged
from apps.orders.forms import LineFormSet
from apps.orders.models import LineItem, Order

MOST_ARTICLES = 500


class LinesPage(ModelAdmin):
    """The page on which the lines of an order are edited, all of them together."""

    def lines_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        order: Order = self._record(request, object_id)
        if not self.has_change_permission(request, order):
            raise PermissionDenied
        data = request.POST if request.method == "POST" else None
        lines = LineFormSet(
            data,
            prefix="lines",
            initial=[as_initial(line) for line in order.line_items.select_related("article").order_by("line_order")],
        )
        version = VersionForm(data, initial={"version": order.version})
        dress_all(version, lines)
        above = ""
        if data is not None and version.is_valid() and lines.is_valid():
            try:
                retrying(
                    lambda: edit_order(
                        order=order, version=version.cleaned_data["version"], line_items=lines.lines(), by=request.user
                    )
                )
            except DomainError as error:
                if error.code == VERSION_CONFLICT:
                    above = explained(order, version.cleaned_data["version"])
                    version.data = merged(request.POST, version.cleaned_data, order)
                show_refusal(version, lines, error)
            else:
                messages.success(request, str(_("The lines have been saved.")))
                return self._back_to(order)
        context = {
            **self.record_context(request, order, title=_("Lines")),
            "form": version,
            "above": above,
            **lines_context(lines),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/orders/lines.html", context)


class VersionForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)


def dress_all(form: forms.Form, lines: Any) -> None:
    for each in (form, *lines.forms):
        dress(each)


def lines_context(lines: Any) -> dict[str, Any]:
    empty = lines.empty_form
    dress(empty)
    articles = Article.objects.sellable()[:MOST_ARTICLES]
    choices = [(article.article_number, f"{article.name} · {euro(article.list_price)}") for article in articles]
    return {"lines": lines, "empty_line": empty, "articles": choices}


def as_initial(line: LineItem) -> dict[str, Any]:
    return {
        "id": line.pk,
        "article": line.article.article_number if line.article else "",
        "description": line.description,
        "quantity": format(line.quantity.normalize(), "f"),
        "unit_price": _without_idle_zeros(line.unit_price_customer),
        "vat_rate": str(line.tax_rate),
        "billing_responsibility": line.billing_responsibility,
    }


def _without_idle_zeros(price: Decimal) -> str:
    """A price with the decimals that say something, at least two: 599.00, 0.0125."""
    return f"{price:.2f}" if price == price.quantize(CENT) else format(price.normalize(), "f")


def show_refusal(form: forms.Form, lines: Any, error: DomainError) -> None:
    """Put each fault where it belongs: at its line, at its field, or above the form."""
    rest = []
    for fault in error.fields:
        place = fault.pointer.strip("/").split("/")
        if not _is_shown_at_its_line(lines, place, fault):
            # An address stands below the customer in a message, and beside it on the page.
            field = next((name for name in place if name in form.fields), place[0])
            rest.append(replace(fault, pointer=f"/{field}"))
    error.fields = tuple(rest)
    put_refusal(form, error)


def _is_shown_at_its_line(lines: Any, place: list[str], fault: FieldError) -> bool:
    if len(place) != 3 or place[0] != "line_items":
        return False
    line = lines.kept()[int(place[1])]
    if place[2] not in line.fields:
        return False
    line.add_error(place[2], str(fault.detail))
    return True
