"""Figures of what went wrong and waits for a person: few rows, counted when they are asked for."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Scope as Right
from apps.events.choices import DeliveryState as EventState
from apps.events.models import EventDelivery
from apps.finance.choices import UNDECIDED
from apps.finance.models import BankTransaction
from apps.organizations.models import NumberSequence
from apps.organizations.models.number_sequence import WARNING_FROM
from apps.partners.choices import DeliveryState
from apps.partners.models import PartnerDelivery
from apps.reporting.figures.figure import Figure, Good, Unit
from apps.reporting.models import ReportMail, Verified

TROUBLE = _("What failed")
trouble_figure = partial(Figure, unit=Unit.NUMBER, group=TROUBLE, good=Good.DOWN, is_now=True, is_counted=True)
TROUBLE_FIGURES = (
    trouble_figure(
        name="partner_errors",
        label=_("Messages that partners did not get"),
        meaning=_("Messages to partners that were given up after all attempts, now."),
        right="partners.view_partnerdelivery",
        rows=lambda scope, period: (
            PartnerDelivery.objects.visible_to(scope.user)
            .filter(state=DeliveryState.PARKED, integration__business_entity__in=scope.entities)
            .select_related("integration__business_entity", "reference")
            .order_by("queued_at", "id")
        ),
    ),
    trouble_figure(
        name="dead_deliveries",
        label=_("Events that failed"),
        meaning=_("Reactions to events that were given up after all attempts, now."),
        right="events.view_eventdelivery",
        rows=lambda scope, period: (
            EventDelivery.objects.filter(state=EventState.PARKED).select_related("event").order_by("created_at", "id")
        ),
        of_whole_group=True,
    ),
    trouble_figure(
        name="reports_failed",
        label=_("Letters with figures not written"),
        meaning=_("Letters with figures that were given up after all attempts, now."),
        right="reporting.view_reportmail",
        rows=lambda scope, period: ReportMail.objects.given_up().select_related("user").order_by("-day", "id"),
        of_whole_group=True,
    ),
    trouble_figure(
        name="number_warnings",
        label=_("Number series nearly full"),
        meaning=_("Series of numbers that have given 90,000 numbers or more of a year, now."),
        right="organizations.view_numbersequence",
        rows=lambda scope, period: (
            NumberSequence.objects.visible_to(scope.user)
            .filter(current_value__gte=WARNING_FROM, business_entity__in=scope.entities)
            .select_related("business_entity")
            .order_by("-current_value", "id")
        ),
    ),
    trouble_figure(
        name="unmatched_money",
        label=_("Bank lines not recognised"),
        meaning=_("Money on our accounts of which nobody has said yet what it is for, now."),
        right=Right.FINANCE_REPORTS.value,
        rows=lambda scope, period: (
            BankTransaction.objects.visible_to(scope.user)
            .filter(state__in=[str(state) for state in UNDECIDED], business_entity__in=scope.entities)
            .select_related("business_entity")
            .order_by("-booking_date", "id")
        ),
    ),
    trouble_figure(
        name="differences",
        label=_("Checks that found differences"),
        meaning=_("Checks of the tables against each other that found something when they last ran."),
        right="audit.view_auditlog",
        rows=lambda scope, period: Verified.objects.wrong().order_by("check_name"),
        of_whole_group=True,
    ),
)
