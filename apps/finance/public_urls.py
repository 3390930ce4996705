"""Pages for customers, who have no login: whoever has the link may open it."""

from django.urls import path

from apps.finance import public_views

urlpatterns = [path("pay/<str:token>", public_views.pay, name="pay")]
