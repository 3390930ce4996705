from django.urls import path

from apps.partners.api.earnings import PartnerCommissionsView
from apps.partners.api.views import PartnerOrdersView, PartnerOrderView, PartnerStatusView

urlpatterns = [
    path("partners/<str:partner_id>/orders", PartnerOrdersView.as_view(), name="partner-orders"),
    # The number is the partner's own and may hold a slash.
    path("partners/<str:partner_id>/orders/<path:partner_order_id>", PartnerOrderView.as_view(), name="partner-order"),
    path("partners/<str:partner_id>/commissions", PartnerCommissionsView.as_view(), name="partner-commissions"),
    path("partners/<str:partner_id>/status", PartnerStatusView.as_view(), name="partner-status"),
]
