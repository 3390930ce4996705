from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from functools import lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.core.models import known
from apps.organizations.models import BusinessEntity, ScopedQuerySet
from apps.workflow.calendars import BusinessHours, Calendar, Opening, is_enough, opening_from
from apps.workflow.choices import LiberationDay
from apps.workflow.holidays import holidays_of

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOURS = r"^([0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9](, |$))*$"
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)

# All that a calendar says, in one statement; also `verify` reads it, on a connection of its own.
CALENDARS = """
    SELECT business_entity_id, monday, tuesday, wednesday, thursday, friday, saturday, sunday, closed_on_holidays,
        closed_on_good_friday, liberation_day,
        ARRAY(SELECT day::text || ' ' || hours FROM business_calendar_day WHERE calendar_id = calendar.id ORDER BY day)
    FROM business_calendar AS calendar
"""


def validate_opening(text: str) -> None:
    try:
        opening_from(text)
    except ValueError as error:
        raise ValidationError(_("Write hours as 09:00-12:30, 13:00-17:00; empty where it is closed.")) from error


class OpeningField(models.CharField):
    """The hours of one day as people write them, kept in one form: 09:00-12:30, 13:00-17:00."""

    default_validators = [validate_opening]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 100)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        try:
            return ", ".join(map(str, opening_from(text)))
        except ValueError:
            return text  # as it was written, for its validator to refuse


class BusinessCalendarQuerySet(ScopedQuerySet["BusinessCalendar"]):
    pass


class BusinessCalendar(AuditedModel):
    """When a business entity is at work: a week's hours, and the holidays it keeps. Deadlines count no other time."""

    business_entity = models.OneToOneField(
        BusinessEntity, on_delete=models.PROTECT, related_name="business_calendar", verbose_name=_("business entity")
    )
    monday = OpeningField(_("Monday"), default="09:00-17:00")
    tuesday = OpeningField(_("Tuesday"), default="09:00-17:00")
    wednesday = OpeningField(_("Wednesday"), default="09:00-17:00")
    thursday = OpeningField(_("Thursday"), default="09:00-17:00")
    friday = OpeningField(_("Friday"), default="09:00-17:00")
    saturday = OpeningField(_("Saturday"))
    sunday = OpeningField(_("Sunday"))
    closed_on_holidays = models.BooleanField(_("closed on national holidays"), default=True)
    closed_on_good_friday = models.BooleanField(_("closed on Good Friday"), default=False)
    liberation_day = models.CharField(_("closed on 5 May"), max_length=10, choices=LiberationDay, default=LiberationDay.LUSTRUM)

    objects = BusinessCalendarQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "business_calendar"
        verbose_name = _("business calendar")
        verbose_name_plural = _("business calendars")
        ordering = ["business_entity"]
        constraints = [
            known("liberation_day", LiberationDay),
            models.CheckConstraint(
                name="business_calendar_hours", condition=Q(**{f"{weekday}__regex": HOURS for weekday in WEEKDAYS})
            ),
        ]

    def __str__(self) -> str:
        return str(self.business_entity)

    def clean(self) -> None:
        with suppress(ValueError):  # a day that makes no sense says so itself
            if not is_enough([opening_from(getattr(self, weekday)) for weekday in WEEKDAYS]):
                raise ValidationError(_("A week has at least an hour of work."))


class CalendarDayQuerySet(ScopedQuerySet["CalendarDay"]):
    entity_path = "calendar__business_entity"


class CalendarDay(AuditedModel):
    """A day on which a business entity is open at other hours than the week and the holidays say, or closed."""

    calendar = models.ForeignKey(
        BusinessCalendar, on_delete=models.CASCADE, related_name="days", verbose_name=_("business calendar")
    )
    day = models.DateField(_("day"))
    hours = OpeningField(_("open"), help_text=_("Empty: closed all day."))
    reason = models.CharField(_("reason"), max_length=100, blank=True)

    objects = CalendarDayQuerySet.as_manager()

    audit_root = ("business_calendar", "calendar_id")

    class Meta(AuditedModel.Meta):
        db_table = "business_calendar_day"
        verbose_name = _("day with other hours")
        verbose_name_plural = _("days with other hours")
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(
                name="business_calendar_day_once",
                fields=["calendar", "day"],
                violation_error_message=_("This day is in the list already."),
            ),
            models.CheckConstraint(name="business_calendar_day_hours", condition=Q(hours__regex=HOURS)),
            models.CheckConstraint(name="business_calendar_day_bounded", condition=Q(day__range=(FIRST_DAY, LAST_DAY))),
        ]

    def __str__(self) -> str:
        return self.day.isoformat()


def calendar_from(row: Sequence[Any]) -> Calendar:
    """What a row of CALENDARS says, without its entity; the same row gives the same calendar, with its years worked out."""
    *said, days = row
    return _calendar(*said, tuple(days))


@lru_cache(maxsize=64)
def _calendar(*said: Any) -> Calendar:
    *week, on_holidays, good_friday, liberation_day, days = said

    def closed(year: int) -> frozenset[date]:
        return frozenset(holidays_of(year, good_friday=good_friday, liberation_day=liberation_day) if on_holidays else ())

    return BusinessHours(week=list(map(opening_from, week)), holidays=closed, exceptions=dict(map(_exception, days)))


def _exception(text: str) -> tuple[date, Opening]:
    day, _space, hours = text.partition(" ")
    return date.fromisoformat(day), opening_from(hours)
