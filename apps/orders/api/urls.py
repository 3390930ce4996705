from django.urls import path

from apps.orders.api.views import (
    BulkHoldView,
    HoldsSummaryView,
    HoldsView,
    HoldView,
    OrdersView,
    OrderView,
    ResumeView,
    TimelineView,
)

urlpatterns = [
    path("dashboard/holds-summary", HoldsSummaryView.as_view(), name="dashboard-holds-summary"),
    path("orders", OrdersView.as_view(), name="orders"),
    path("orders/bulk-hold", BulkHoldView.as_view(), name="orders-bulk-hold"),
    path("orders/<str:identifier>", OrderView.as_view(), name="order"),
    path("orders/<str:identifier>/timeline", TimelineView.as_view(), name="order-timeline"),
    path("orders/<str:identifier>/hold", HoldView.as_view(), name="order-hold"),
    path("orders/<str:identifier>/resume", ResumeView.as_view(), name="order-resume"),
    path("orders/<str:identifier>/holds", HoldsView.as_view(), name="order-holds"),
]
