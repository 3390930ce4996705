from django.urls import path

from apps.support.api.views import AssignView, CommentsView, ConvertView, MergeView, StatusView, TicketsView, TicketView

urlpatterns = [
    path("tickets", TicketsView.as_view(), name="tickets"),
    path("tickets/<str:ticket_id>", TicketView.as_view(), name="ticket"),
    path("tickets/<str:ticket_id>/comments", CommentsView.as_view(), name="ticket-comments"),
    path("tickets/<str:ticket_id>/assign", AssignView.as_view(), name="ticket-assign"),
    path("tickets/<str:ticket_id>/status", StatusView.as_view(), name="ticket-status"),
    path("tickets/<str:ticket_id>/merge", MergeView.as_view(), name="ticket-merge"),
    path("tickets/<str:ticket_id>/convert", ConvertView.as_view(), name="ticket-convert"),
]
