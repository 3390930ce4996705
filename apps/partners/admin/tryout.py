"""The page on which a message is tried: what would come of it, and what the partner would hear."""

import json
import shlex
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.serializers import BaseSerializer, Serializer

from apps.core.admin import admin_link, dress, euro, tone_chip
from apps.core.api.problems import exception_handler
from apps.core.api.serializers import shaped
from apps.partners import services
from apps.partners.admin import samples
from apps.partners.api.serializers import PartnerOrderIn, PartnerOrderOut
from apps.partners.explaining import FieldRead, fields_read
from apps.partners.forms import TryoutForm
from apps.partners.models import PartnerIntegration, PartnerOrderReference
from apps.partners.services import SampleWebhook, Trial

INTEGRATIONS = "admin.integrations"
VERIFY = """\
from standardwebhooks import Webhook

# Raises WebhookVerificationError unless the message is ours, unchanged and less than five minutes old.
Webhook("whsec_...").verify(body, headers)
"""


class TryoutPage:
    """Adds the page to the integrations' admin; for whoever manages integrations."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.tryout_view)
        return [path("<path:object_id>/try/", view, name="partners_partnerintegration_try"), *super().get_urls()]

    def tryout_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A form to paste a message into, and what came of trying it. Nothing is ever stored from here."""
        integration: PartnerIntegration = self._record(request, object_id)
        if not request.user.has_scope(INTEGRATIONS):
            raise PermissionDenied
        form = self._tryout_form(request, integration)
        dress(form)
        result = result_of(request, form) if form.is_bound and form.is_valid() else {}
        context = {
            **self.record_context(request, integration, title=gettext_lazy("Try a message")),
            **result,
            "form": form,
            "media": self.media + form.media,
            "beginnings": [
                (_("What this partner sent"), samples.received(integration)),
                (_("What was refused"), samples.refused(integration) if may_see_refused(request) else []),
                (_("Invented messages"), samples.invented(integration)),
            ],
            "is_off": not (integration.is_active and integration.takes_orders),
        }
        return TemplateResponse(request, "admin/partners/tryout.html", context)

    def _tryout_form(self, request: HttpRequest, integration: PartnerIntegration) -> TryoutForm:
        if request.method == "POST":
            return TryoutForm(request.POST, integration=integration)
        asked = request.GET
        text = samples.text_of(
            integration,
            sample=asked.get("sample", ""),
            message=asked.get("message", ""),
            refused_id=asked.get("refused", "") if may_see_refused(request) else "",
        )
        initial = {
            "payload": text,
            "partner_order_id_field": integration.partner_order_id_field,
            "custom_field_mapping": as_text(integration.custom_field_mapping),
        }
        return TryoutForm(initial=initial, integration=integration)


def may_see_refused(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("gateway.view_rawinbound"))


def result_of(request: HttpRequest, form: TryoutForm) -> dict[str, Any]:
    """What the page says of one try."""
    payload, integration = form.cleaned_data["payload"], form.tried()
    trial = services.try_message(
        integration=integration,
        payload=payload,
        shape=partial(shaped, PartnerOrderIn),
        answer=lambda reference: dict(PartnerOrderOut(reference).data),
        by=request.user,
    )
    dialect = integration.dialect_of(payload)
    status, answer = answer_of(trial)
    return {
        "tried": True,
        "trial": trial,
        "status": status,
        "status_chip": status_chip(status),
        "answer": as_text(answer),
        "in_our_words": dialect.mapping.is_canonical,
        "number": number_row(request, integration, payload, trial),
        "fields": [field_row(field) for field in fields_read(dialect, payload)],
        "problems": answer.get("errors", []),
        "facts": order_facts(request, trial),
        "lines": [line_row(line) for line in trial.lines],
        "sums": sums_of(trial),
        "webhook": webhook_of(trial.webhook),
        "curl": order_curl(request, integration, payload),
    }


def status_chip(status: int) -> SafeString:
    words = {201: _("%(status)s · taken in"), 200: _("%(status)s · sent before")}.get(status, _("%(status)s · refused"))
    return tone_chip(words % {"status": status}, "success" if status < 300 else "danger")


def answer_of(trial: Trial) -> tuple[int, dict[str, Any]]:
    """The status and body with which the API would answer.

    Raises:
        Exception: what the API has no answer for either; it is a defect.
    """
    if trial.error is None:
        return 200 if trial.is_repeat else 201, trial.answer
    response = exception_handler(trial.error, {})
    if response is None:
        raise trial.error
    return response.status_code, json.loads(response.content)


def number_row(request: HttpRequest, integration: PartnerIntegration, payload: Any, trial: Trial) -> dict[str, Any]:
    """The partner's own number, and the order that it was sent for before."""
    expression = integration.dialect_of(payload).id_expression
    reference = trial.reference
    row: dict[str, Any] = {"expression": expression, "value": reference.partner_order_id if reference else ""}
    if trial.is_repeat and reference is not None:
        seen = PartnerOrderReference.objects.visible_to(request.user).filter(pk=reference.pk).select_related("order").first()
        row["links"] = [admin_link(seen), admin_link(seen.order)] if seen else []
    return row


def field_row(field: FieldRead) -> dict[str, Any]:
    is_missing = field.target in REQUIRED and field.is_empty
    return {
        "target": field.target,
        "source": field.source,
        "value": "" if field.is_empty else in_short(field.value),
        "remark": field.problem or (_("default") if field.is_default else ""),
        "is_missing": is_missing,
        "tone": "danger" if field.problem or is_missing else "",
    }


def in_short(value: Any) -> str:
    return as_text(value) if isinstance(value, list | dict) else str(value)


def as_text(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, cls=DjangoJSONEncoder)


def order_facts(request: HttpRequest, trial: Trial) -> list[tuple[str, Any]]:
    """The order beside its lines. Links lead to what is there: the order itself never was."""
    order = trial.order
    if order is None:
        return []
    address, customer = order.installation_address, order.customer_organization
    known = [
        (_("Number"), _("%(number)s, if it came in now") % {"number": order.order_number}),
        (_("Business entity"), order.business_entity),
        (_("Type"), f"{order.get_order_type_display()} · {order.get_workflow_display()}"),
        (_("Status"), order.get_status_display()),
        (_("Customer"), customer.name if trial.is_new_customer else admin_link(customer)),
        ("", tone_chip(_("new customer"), "info") if trial.is_new_customer else tone_chip(_("known customer"), "success")),
        (_("Contact"), order.primary_contact),
        (_("E-mail"), order.primary_contact.email),
        (_("Phone"), order.primary_contact.phone),
        (_("Address"), address or ""),
        (_("Requested date"), order.requested_date or ""),
        (_("Priority"), order.get_priority_level_display()),
        (_("Notes"), order.notes),
    ]
    return [(label, value) for label, value in known if str(value)]


def line_row(line: Any) -> dict[str, Any]:
    return {
        "article": line.article.article_number if line.article else line.partner_sku or "–",
        "is_unknown": line.article is None and bool(line.partner_sku),
        "description": line.description,
        "quantity": line.quantity.normalize(),
        "unit_price": euro(line.unit_price_customer),
        "total": euro(line.total),
    }


def sums_of(trial: Trial) -> list[tuple[str, str]]:
    order = trial.order
    if order is None:
        return []
    return [
        (_("Total excl. VAT"), euro(order.total_excl_vat)),
        (_("VAT"), euro(order.total_vat)),
        (_("Total incl. VAT"), euro(order.total_incl_vat)),
    ]


def webhook_of(webhook: SampleWebhook | None) -> dict[str, Any]:
    """The sample as it is read, and as a call that a partner can make to its own machine."""
    if webhook is None:
        return {}
    headers = [part for name, value in webhook.headers.items() for part in ("-H", shlex.quote(f"{name}: {value}"))]
    return {
        "headers": webhook.headers,
        "body": webhook.body,
        "pretty": as_text(json.loads(webhook.body)),
        "verify": VERIFY,
        "curl": " ".join(["curl -i -X POST http://localhost:8000/", *headers, "--data-binary", shlex.quote(webhook.body)]),
    }


def order_curl(request: HttpRequest, integration: PartnerIntegration, payload: Any) -> str:
    """How the partner sends this very message."""
    slug = integration.partner_organization.slug or integration.partner_organization_id
    url = request.build_absolute_uri(reverse("partner-orders", args=[slug]))
    return " \\\n  ".join(
        [
            f"curl -i -X POST {shlex.quote(url)}",
            "-H 'Authorization: Bearer cc_test_...'",
            "-H 'Content-Type: application/json'",
            "-H 'Idempotency-Key: an-id-of-your-own-for-each-message'",
            f"--data-binary {shlex.quote(as_text(payload))}",
        ]
    )


def required_fields(serializer: BaseSerializer[Any], prefix: str = "") -> list[str]:
    """The fields without which no order is taken in, by the names that a mapping gives them."""
    found: list[str] = []
    if not isinstance(serializer, Serializer):
        return found
    for name, field in serializer.fields.items():
        if field.required and isinstance(field, Serializer):
            found += required_fields(field, f"{prefix}{name}.")
        elif field.required:
            found.append(f"{prefix}{name}")
    return found


REQUIRED = tuple(name for name in required_fields(PartnerOrderIn()) if name != "partner_order_id")
