from django.urls import path

from apps.reporting.api.reports import FinancialReportView, OrdersReportView
from apps.reporting.api.views import AlertsView, MetricsView

urlpatterns = [
    path("dashboard/metrics", MetricsView.as_view(), name="dashboard-metrics"),
    path("dashboard/alerts", AlertsView.as_view(), name="dashboard-alerts"),
    path("reports/orders", OrdersReportView.as_view(), name="api-orders-report"),
    path("reports/financial", FinancialReportView.as_view(), name="api-financial-report"),
]
