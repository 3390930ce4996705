"""Pages for customers, who have no login: whoever has the link may open it."""

from django.urls import path

from apps.communication import public_views

urlpatterns = [path("unsubscribe/<str:token>", public_views.unsubscribe, name="unsubscribe")]
