from functools import cached_property, partial
from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.choices import Scope
from apps.accounts.models import ApiKey
from apps.core.actor import current
from apps.core.api.filters import refuse_unknown_parameters
from apps.core.api.serializers import shaped, validated
from apps.core.api.views import ApiView, RateLimit
from apps.core.errors import DomainError, Forbidden, NotFound
from apps.gateway.services import describe_caller
from apps.partners import queries, services
from apps.partners.api import examples
from apps.partners.api.serializers import (
    PartnerOrderIn,
    PartnerOrderOut,
    PartnerOrderViewOut,
    PartnerStatusIn,
    PartnerStatusOut,
)
from apps.partners.models import PartnerIntegration


class PartnerView(ApiView):
    """The base of a partner's own doors: they open to whoever belongs to that very partner."""

    scope = Scope.API_ACCESS
    accepts_api_keys = True
    takes_orders: ClassVar[bool] = False

    @cached_property
    def integration(self) -> PartnerIntegration:
        """The integration of the partner that the address names.

        Raises:
            NotFound: no such partner, or not theirs.
            Refused: its integration is not active.
            Forbidden: it is being tested, and the key is not a test key.
        """
        partner_id = self.kwargs["partner_id"]
        found = queries.integration_of(partner_id=partner_id, by=self.request.user, takes_orders=self.takes_orders)
        describe_caller(
            self.request._request,
            integration=found.integration_name,
            organization_id=found.partner_organization_id,
            organization_label=found.partner_organization.name,
        )
        if found.test_mode and self.has_test_key is not True:
            raise Forbidden(_("This integration is in test mode: use a test key (cc_test_...)."), code="test_key_required")
        return found

    @property
    def has_test_key(self) -> bool | None:
        """Whether the caller's key is one for tests; None for a person, who has no key."""
        key = self.request.auth
        return not key.is_live if isinstance(key, ApiKey) else None

    def rate_limit(self, request: Request) -> RateLimit | None:
        if current().kind != "api_key":
            return None
        try:
            integration = self.integration
        except DomainError:
            return None  # refused in a moment; until then the caller's own limit counts
        return RateLimit(bucket=f"integration:{integration.pk}", limit=integration.requests_per_minute)


class PartnerOrdersView(PartnerView):
    """Takes in the orders of one partner."""

    takes_orders = True

    @extend_schema(
        request=PartnerOrderIn,
        responses={201: PartnerOrderOut, 200: OpenApiResponse(PartnerOrderOut, description="Sent before.")},
        examples=examples.ORDERS,
        description=(
            "Places an order. The body is in the words agreed with the partner, or in the shape below. An order number that "
            "was sent before gives the first answer again, whatever else the body says. A cc_test_ key makes a test order: it "
            "has a number of its own series, messages about it say `is_test`, and nobody is mailed or billed. An integration "
            "in test mode takes test keys alone (403 `test_key_required`); a number that a key of the other kind used before "
            "is refused (409 `test_and_live_mixed`)."
        ),
    )
    def post(self, request: Request, partner_id: str) -> Response:
        received = services.receive_order(
            integration=self.integration,
            payload=request.data,
            shape=partial(shaped, PartnerOrderIn),
            is_test=self.has_test_key is True,
            by=request.user,
        )
        return Response(PartnerOrderOut(received.reference).data, status=201 if received.created else 200)


class PartnerOrderView(PartnerView):
    """Shows a partner its own order."""

    @extend_schema(
        responses=PartnerOrderViewOut,
        examples=examples.ORDER,
        description=(
            "The partner's view of its order, by the partner's own number: where it stands, in the words agreed with the "
            "partner, since when, and how it came there. `reason` is what the message about that status said. A test key "
            "sees test orders, a live key the others."
        ),
    )
    def get(self, request: Request, partner_id: str, partner_order_id: str) -> Response:
        refuse_unknown_parameters(request)
        orders = queries.orders_at_partner(self.integration, is_test=self.has_test_key)
        reference = orders.filter(partner_order_id=partner_order_id).first()
        if reference is None:
            raise NotFound
        told = queries.told_of(reference, self.integration)
        return Response(PartnerOrderViewOut(reference, context={"told": told}).data)


class PartnerStatusView(PartnerView):
    """Takes in what a partner reports of its orders."""

    @extend_schema(
        request=PartnerStatusIn,
        responses=PartnerStatusOut,
        examples=examples.STATUS,
        description=(
            "Reports a status of an order, in the partner's words. It is kept. `result` is `moved` when it also moved our "
            "order, along a step that was agreed with the partner, else `recorded`, and `code` says why. The same status with "
            "the same timestamp has no effect and gets the same answer; one that is older than what was reported before is "
            "recorded and not applied. A timestamp has its offset, lies no more than 5 minutes ahead and a year back."
        ),
    )
    def post(self, request: Request, partner_id: str) -> Response:
        integration = self.integration
        said = validated(PartnerStatusIn, request)
        report = services.report_status(
            integration=integration,
            partner_order_id=said["partner_order_id"],
            reported=services.ReportedStatus(status=said["status"], reported_at=said["timestamp"], notes=said.get("notes", "")),
            is_test=self.has_test_key,
        )
        return Response(PartnerStatusOut(report).data)
