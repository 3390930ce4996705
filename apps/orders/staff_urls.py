"""Pages of the back office about many orders at once."""

from django.urls import path

from apps.orders.staff_views import holds_page

urlpatterns = [path("holds/", holds_page, name="orders-holds-summary")]
