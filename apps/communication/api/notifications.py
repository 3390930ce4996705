"""What a person was told: everybody reads their own."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.communication import services
from apps.communication.models import UserNotification
from apps.core.api.filters import StrictFilterSet
from apps.core.api.pagination import CursorPages
from apps.core.api.serializers import StrictSerializer, validated
from apps.core.api.views import ApiView, ListView
from apps.core.errors import NotFound


class NothingIn(StrictSerializer):
    """A body without fields."""


class UserNotificationOut(serializers.Serializer[UserNotification]):
    id = serializers.UUIDField()
    notification_type = serializers.CharField()
    title = serializers.CharField()
    message = serializers.CharField()
    action_url = serializers.CharField()
    priority = serializers.CharField()
    business_entity = serializers.CharField(source="business_entity.entity_code", default=None, allow_null=True)
    about_type = serializers.CharField()
    about_id = serializers.UUIDField(allow_null=True)
    is_read = serializers.SerializerMethodField()
    read_at = serializers.DateTimeField(allow_null=True)
    told_at = serializers.DateTimeField()

    def get_is_read(self, notification: UserNotification) -> bool:
        return notification.read_at is not None


class AllReadOut(serializers.Serializer[Any]):
    read = serializers.IntegerField(help_text="How many were new.")


class NotificationFilters(StrictFilterSet):
    # The usual filter of a yes or no takes any other word for nothing asked.
    unread = filters.TypedChoiceFilter(
        "read_at", lookup_expr="isnull", choices=[("true", "true"), ("false", "false")], coerce=lambda given: given == "true"
    )


class NotificationPages(CursorPages):
    moment_field = "told_at"


class NotificationsView(ListView):
    """What the caller was told, the newest first; `unread=true` what is new."""

    scope = None  # everybody reads their own
    queryset = UserNotification.objects.none()
    serializer_class = UserNotificationOut
    filterset_class = NotificationFilters
    pagination_class = NotificationPages

    def get_queryset(self) -> QuerySet[UserNotification]:
        return UserNotification.objects.visible_to(self.request.user).shown().select_related("business_entity")


class ReadView(ApiView):
    """Note one as read; a second time changes nothing."""

    scope = None  # everybody reads their own

    @extend_schema(request=NothingIn, responses=UserNotificationOut)
    def post(self, request: Request, notification_id: UUID) -> Response:
        validated(NothingIn, request)
        found = UserNotification.objects.visible_to(request.user).shown().filter(pk=notification_id).first()
        if found is None:
            raise NotFound
        return Response(UserNotificationOut(services.mark_read(notification=found, by=request.user)).data)


class ReadAllView(ApiView):
    """Note all that is new as read."""

    scope = None  # everybody reads their own

    @extend_schema(request=NothingIn, responses=AllReadOut)
    def post(self, request: Request) -> Response:
        validated(NothingIn, request)
        return Response({"read": services.mark_all_read(by=request.user)})
