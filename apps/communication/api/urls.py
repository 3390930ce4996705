from django.urls import path

from apps.communication.api.views import SendNotificationView

urlpatterns = [path("notifications/send", SendNotificationView.as_view(), name="notifications-send")]
