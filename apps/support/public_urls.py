"""Pages for customers, who have no login: to ask a question, and to say how it was answered."""

from django.urls import path

from apps.support import public_views

urlpatterns = [
    path("support/<str:entity_code>", public_views.ask, name="support-ask"),
    path("rate/<str:token>", public_views.rate, name="support-rate"),
]
