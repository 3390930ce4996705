from django.urls import path

from apps.partners.api.views import PartnerOrdersView

urlpatterns = [
    path("partners/<str:partner_id>/orders", PartnerOrdersView.as_view(), name="partner-orders"),
]
