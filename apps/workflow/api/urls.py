from django.urls import path

from apps.workflow.api.views import ChangeView, HistoryView, OverdueView, StatusView, WorkflowsView

urlpatterns = [
    path("status-engine/change", ChangeView.as_view(), name="status-engine-change"),
    path("status-engine/overdue", OverdueView.as_view(), name="status-engine-overdue"),
    path("status-engine/workflows", WorkflowsView.as_view(), name="status-engine-workflows"),
    path("status-engine/<str:entity_type>/<uuid:entity_id>", StatusView.as_view(), name="status-engine-status"),
    path("status-engine/<str:entity_type>/<uuid:entity_id>/history", HistoryView.as_view(), name="status-engine-history"),
]
