"""Views that exist for tests of the gateway alone, beside those of the API kit."""

import uuid

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import User
from apps.core.api.views import ApiView, RateLimit
from apps.core.errors import Refused
from apps.gateway.services import describe_caller
from tests.core.urls_of_tests import handler400, handler403, handler404, handler500
from tests.core.urls_of_tests import urlpatterns as of_core

__all__ = ["handler400", "handler403", "handler404", "handler500"]


class SignUpView(ApiView):
    """Makes a person, whose address may stand there twice, and then does as the body says."""

    def post(self, request: Request) -> Response:
        then = request.data.get("then")
        unique = uuid.uuid4().hex
        person = User.objects.create(email=f"{unique}@example.org", last_name="Signed-Up")
        if then == "refused":
            raise Refused(code="guard_failed")
        if then == "broken":
            raise ZeroDivisionError
        status = 409 if then == "answered-409" else 201
        return Response({"id": str(person.pk), "asked": request.data["email"]}, status=status)


class PartnerView(ApiView):
    """The door of one partner, ten calls a minute."""

    scope = "api.access"
    accepts_api_keys = True

    def rate_limit(self, request: Request) -> RateLimit | None:
        return RateLimit(bucket="integration:groendus", limit=10) if request.user.is_authenticated else None

    def post(self, request: Request) -> Response:
        describe_caller(request, integration="Groendus", organization_label="Groendus B.V.")
        User.objects.filter(pk=request.user.pk).update(first_name="Changed")
        if request.data.get("then") == "refused":
            raise Refused(code="guard_failed")
        return Response({"order_id": "1"}, status=201)


urlpatterns = [
    path("api/v1/sign-up", SignUpView.as_view()),
    path("api/v1/sign-up-elsewhere", SignUpView.as_view()),
    path("api/v1/partners/groendus/sign-up", PartnerView.as_view()),
    *of_core,
]
