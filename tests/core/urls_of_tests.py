"""Views that exist for tests of the API kit alone, beside the real ones."""

from typing import Any

from django.db import DataError, IntegrityError, OperationalError, connection
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import User
from apps.core.api.filters import StrictFilterSet
from apps.core.api.serializers import (
    AmountIn,
    QuantityIn,
    StrictBoolean,
    StrictChoice,
    StrictDate,
    StrictEmail,
    StrictInteger,
    StrictMoment,
    StrictSerializer,
    StrictText,
    StrictUUID,
    UnitPriceIn,
    validated,
)
from apps.core.api.views import ApiView, ListView
from apps.core.errors import Conflict, FieldError, Forbidden, NotFound, Refused, TooMany, Unauthenticated, Unavailable
from chargecars.urls import handler400, handler403, handler404, handler500
from chargecars.urls import urlpatterns as real

__all__ = ["handler400", "handler403", "handler404", "handler500"]


class LineIn(StrictSerializer):
    quantity = QuantityIn()
    unit_price = UnitPriceIn()


class EverythingIn(StrictSerializer):
    text = StrictText(max_length=20, required=False)
    note = StrictText(max_length=100, multiline=True, required=False)
    aside = StrictText(max_length=100, required=False, allow_blank=True)
    email = StrictEmail(required=False)
    number = StrictInteger(min_value=0, max_value=10, required=False)
    flag = StrictBoolean(required=False)
    key = StrictUUID(required=False)
    choice = StrictChoice(choices=["low", "high"], required=False)
    day = StrictDate(required=False)
    moment = StrictMoment(required=False)
    amount = AmountIn(required=False)
    lines = LineIn(many=True, required=False)


class PlaygroundView(ApiView):
    public = True

    def post(self, request: Request) -> Response:
        given = validated(EverythingIn, request)
        return Response({name: str(value) for name, value in given.items()}, status=201)


class WriteView(ApiView):
    """Renames its caller, and then does as the body says."""

    def post(self, request: Request) -> Response:
        User.objects.filter(pk=request.user.pk).update(first_name=request.data["name"])
        return Response({"name": request.data["name"]}, status=request.data.get("status", 201))


REFUSALS: dict[str, Exception] = {
    "refused": Refused("No.", code="guard_failed", reasons=[{"code": "address_missing", "detail": "No address."}]),
    "conflict": Conflict(code="status_conflict", fields=[FieldError(pointer="/version", code="old", detail="Old.")]),
    "forbidden": Forbidden(),
    "not-found": NotFound(),
    "unauthenticated": Unauthenticated(),
    "too-many": TooMany(retry_after=17),
    "unavailable": Unavailable(),
    "database-gone": OperationalError("connection to 10.0.0.1 lost"),
    "value-refused": DataError("numeric field overflow in column x"),
    "constraint": IntegrityError("duplicate key (email)=(secret)"),
    "defect": ZeroDivisionError("secret"),
}


class RefusingView(ApiView):
    public = True

    def get(self, request: Request, how: str) -> Response:
        raise REFUSALS[how]


class UserFilters(StrictFilterSet):
    class Meta:
        model = User
        fields = ["language", "is_active"]


class UserOut(serializers.Serializer[Any]):
    email = serializers.CharField()


class PeopleView(ListView):
    queryset = User.objects.all()
    serializer_class = UserOut
    filterset_class = UserFilters


class ScopedView(ApiView):
    scope = "sales.orders"
    accepts_api_keys = True

    def get(self, request: Request) -> Response:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return Response({"user": str(request.user.pk), "live": getattr(request.auth, "is_live", None)})


class PeopleOnlyView(ApiView):
    def get(self, request: Request) -> Response:
        return Response({"user": str(request.user.pk)})


urlpatterns = [
    path("api/v1/playground", PlaygroundView.as_view()),
    path("api/v1/partners/groendus/playground", PlaygroundView.as_view()),
    path("api/v1/write", WriteView.as_view()),
    path("api/v1/refusing/<str:how>", RefusingView.as_view()),
    path("api/v1/people", PeopleView.as_view()),
    path("api/v1/scoped", ScopedView.as_view()),
    path("api/v1/people-only", PeopleOnlyView.as_view()),
    *real,
]
