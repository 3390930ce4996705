from django.urls import path

from apps.communication.api.notifications import NotificationsView, ReadAllView, ReadView
from apps.communication.api.views import SendNotificationView

urlpatterns = [
    path("notifications", NotificationsView.as_view(), name="notifications"),
    path("notifications/read-all", ReadAllView.as_view(), name="notifications-read-all"),
    path("notifications/send", SendNotificationView.as_view(), name="notifications-send"),
    path("notifications/<uuid:notification_id>/read", ReadView.as_view(), name="notification-read"),
]
