from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.choices import Scope
from apps.accounts.models import User
from apps.core.api.filters import refuse_unknown_parameters
from apps.core.api.serializers import validated
from apps.core.api.views import ApiView, ListView
from apps.core.errors import Forbidden
from apps.support import services
from apps.support.api.filters import TicketFilters
from apps.support.api.inputs import (
    AssignIn,
    CommentIn,
    ConvertIn,
    MergeIn,
    OwnTicketIn,
    TicketChangeIn,
    TicketIn,
    TicketStatusIn,
)
from apps.support.api.outputs import CommentOut, ConvertedOut, OwnCommentOut, OwnTicketOut, TicketOut
from apps.support.api.reading import contact_of, read_changes, read_other_ticket, read_own_ticket, read_ticket
from apps.support.choices import CommentType
from apps.support.models import Ticket, TicketComment
from apps.support.queries import comments_of, find_ticket, ticket_in_hand, tickets_of, works_on_tickets


def told(ticket: Ticket, user: User) -> dict[str, Any]:
    """The ticket as it is now, in the shape for whoever is told."""
    fresh = find_ticket(str(ticket.pk), by=user)
    return TicketOut(fresh).data if works_on_tickets(user) else OwnTicketOut(fresh).data


def _asks(request: Request | None) -> bool:
    """Whether the caller is one of those who ask; nobody calls while the API is described."""
    return request is not None and request.user.is_authenticated and not works_on_tickets(request.user)


class TicketsView(ListView):
    """Tickets, the newest first; and the place where a question is asked. A customer or partner sees and asks their own."""

    scope = Scope.SUPPORT_TICKETS
    filterset_class = TicketFilters
    queryset = Ticket.objects.none()

    def get_serializer_class(self) -> Any:
        return OwnTicketOut if _asks(self.request) else TicketOut

    def get_queryset(self) -> Any:
        return tickets_of(self.request.user).for_page()

    @extend_schema(request=TicketIn, responses={201: TicketOut})
    def post(self, request: Request) -> Response:
        if works_on_tickets(request.user):
            data = read_ticket(validated(TicketIn, request), by=request.user)
        else:
            data = read_own_ticket(validated(OwnTicketIn, request), by=request.user)
        ticket = services.create_ticket(data=data, by=request.user)
        return Response(told(ticket, request.user), status=status.HTTP_201_CREATED)


class TicketView(ApiView):
    """One ticket, by its key or its number."""

    scope = Scope.SUPPORT_TICKETS

    @extend_schema(responses=TicketOut)
    def get(self, request: Request, ticket_id: str) -> Response:
        refuse_unknown_parameters(request)
        return Response(told(find_ticket(ticket_id, by=request.user), request.user))

    @extend_schema(request=TicketChangeIn, responses=TicketOut)
    def patch(self, request: Request, ticket_id: str) -> Response:
        ticket = ticket_in_hand(ticket_id, by=request.user)
        given = validated(TicketChangeIn, request)
        version = given.pop("version")
        changed = services.update_ticket(
            ticket=ticket, changes=read_changes(given, by=request.user), version=version, by=request.user
        )
        return Response(told(changed, request.user))


class CommentsView(ListView):
    """What was said in a ticket, the last thing first; who asked reads what was said to them."""

    scope = Scope.SUPPORT_TICKETS
    queryset = TicketComment.objects.none()

    def get_serializer_class(self) -> Any:
        return OwnCommentOut if _asks(self.request) else CommentOut

    def get_queryset(self) -> Any:
        ticket = find_ticket(self.kwargs["ticket_id"], by=self.request.user)
        return comments_of(ticket, inside=works_on_tickets(self.request.user))

    @extend_schema(request=CommentIn, responses={201: CommentOut})
    def post(self, request: Request, ticket_id: str) -> Response:
        ticket = find_ticket(ticket_id, by=request.user)
        given = validated(CommentIn, request)
        comment = (
            self._said(ticket, given, request.user)
            if works_on_tickets(request.user)
            else self._heard(ticket, given, request.user)
        )
        return Response(self.get_serializer_class()(comment).data, status=status.HTTP_201_CREATED)

    @staticmethod
    def _said(ticket: Ticket, given: dict[str, Any], by: User) -> TicketComment:
        if given.get("comment_type") == CommentType.RESOLUTION:
            return services.resolve_ticket(ticket=ticket, resolution=given["content"], version=given.get("version"), by=by)
        return services.add_comment(ticket=ticket, **given, by=by)

    @staticmethod
    def _heard(ticket: Ticket, given: dict[str, Any], by: User) -> TicketComment:
        if given.get("comment_type", CommentType.CUSTOMER) != CommentType.CUSTOMER:
            raise Forbidden
        return services.hear_customer(ticket=ticket, content=given["content"], contact=contact_of(by), by=by)


class AssignView(ApiView):
    """Give a ticket to a colleague, or back to whoever takes it."""

    scope = Scope.SUPPORT_TICKETS

    @extend_schema(request=AssignIn, responses=TicketOut)
    def post(self, request: Request, ticket_id: str) -> Response:
        ticket = ticket_in_hand(ticket_id, by=request.user)
        given = read_changes(validated(AssignIn, request), by=request.user)
        return Response(told(services.assign_ticket(ticket=ticket, **given, by=request.user), request.user))


class StatusView(ApiView):
    """Move a ticket along one of its arrows; to resolve it takes the solution."""

    scope = Scope.SUPPORT_TICKETS

    @extend_schema(request=TicketStatusIn, responses=TicketOut)
    def post(self, request: Request, ticket_id: str) -> Response:
        ticket = ticket_in_hand(ticket_id, by=request.user)
        given = validated(TicketStatusIn, request)
        moved = services.change_ticket_status(ticket=ticket, to_status=given.pop("status"), **given, by=request.user)
        return Response(told(moved, request.user))


class MergeView(ApiView):
    """Have a ticket go on in another of the same customer and company."""

    scope = Scope.SUPPORT_TICKETS

    @extend_schema(request=MergeIn, responses=TicketOut)
    def post(self, request: Request, ticket_id: str) -> Response:
        ticket = ticket_in_hand(ticket_id, by=request.user)
        given = validated(MergeIn, request)
        into = read_other_ticket(given.pop("into"), by=request.user)
        return Response(told(services.merge_ticket(ticket=ticket, into=into, **given, by=request.user), request.user))


class ConvertView(ApiView):
    """Make an order of a sales ticket."""

    scope = Scope.SALES_ORDERS

    @extend_schema(request=ConvertIn, responses={201: ConvertedOut})
    def post(self, request: Request, ticket_id: str) -> Response:
        ticket = ticket_in_hand(ticket_id, by=request.user)
        order = services.convert_to_order(ticket=ticket, **validated(ConvertIn, request), by=request.user)
        return Response(ConvertedOut(order).data, status=status.HTTP_201_CREATED)
