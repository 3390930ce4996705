"""Figures by mail: at seven, once, of the reader's own companies, in the reader's language; made up for when missed."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

import pytest
import structlog
import time_machine
from django.contrib.auth.models import Permission
from django.core import mail
from django.urls import reverse
from typst import TypstError

from apps.communication.models import StaffMail
from apps.communication.services import send_due_staff_mail
from apps.core import clock
from apps.core.errors import Refused
from apps.core.retries import MAX_ATTEMPTS
from apps.reporting import services
from apps.reporting.documents.charts import Chart
from apps.reporting.documents.letter import ReportLetter
from apps.reporting.documents.report import so_far, told_of
from apps.reporting.figures import Period
from apps.reporting.models import ReportMail, ReportSubscription
from apps.reporting.services import reports
from tests.factories.accounts import UserFactory
from tests.factories.orders import OrderFactory, OrderHoldFactory
from tests.factories.organizations import BusinessEntityFactory, MembershipFactory
from tests.factories.reporting import ReportMailFactory, ReportSubscriptionFactory

AMSTERDAM = clock.AMSTERDAM


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=AMSTERDAM)


def run() -> int:
    services.report_runs_due()
    return services.write_due_reports(limit=50)


@pytest.fixture
def reader():
    """A manager of ChargeCars who reads English and gets the daily letter."""
    user = MembershipFactory(user=UserFactory(staff=True, language="en"), business_entity=BusinessEntityFactory()).user
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_order", "scope_operations_reports"]))
    ReportSubscriptionFactory(user=user)
    return user


# When


@pytest.mark.parametrize(
    ("cadence", "day", "period", "whole"),
    [
        ("daily", date(2026, 1, 1), (date(2025, 12, 31), date(2025, 12, 31)), (date(2025, 12, 1), date(2025, 12, 31))),
        ("daily", date(2028, 3, 1), (date(2028, 2, 29), date(2028, 2, 29)), (date(2028, 2, 1), date(2028, 2, 29))),
        ("weekly", date(2026, 3, 30), (date(2026, 3, 23), date(2026, 3, 29)), (date(2026, 3, 1), date(2026, 3, 29))),
        ("monthly", date(2026, 1, 1), (date(2025, 12, 1), date(2025, 12, 31)), (date(2025, 1, 1), date(2025, 12, 31))),
    ],
)
def test_a_letter_tells_of_what_ended_with_the_day_before(cadence, day, period, whole):
    assert told_of(cadence, day) == Period(*period)
    assert so_far(cadence, day) == Period(*whole)


@pytest.mark.django_db
@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)], ids=["clock goes ahead", "clock goes back"])
def test_the_letter_comes_at_seven_also_when_the_clock_changed(reader, day):
    with time_machine.travel(at(day - timedelta(days=1), 8), tick=False) as traveller:
        run()
        traveller.move_to(at(day, 6, 59))
        assert run() == 0
        traveller.move_to(at(day, 7))
        assert (run(), run()) == (1, 0)

    assert list(ReportMail.objects.order_by("day").values_list("day", "is_late")) == [
        (day - timedelta(days=1), False),
        (day, False),
    ]


@pytest.mark.django_db
def test_weeks_of_two_clocks_with_outages_give_each_letter_once(reader, monkeypatch):
    """Five weeks around the night of the clock, a beat each six hours at random moments, and days on which nothing runs."""
    monkeypatch.setattr(reports, "letter_for", lambda user, cadence, day, is_late: reports_of(cadence, day))
    for cadence in ("weekly", "monthly"):
        ReportSubscriptionFactory(user=reader, cadence=cadence)
    chance = Random(29)
    first, last = date(2026, 3, 10), date(2026, 4, 14)
    down = {first + timedelta(days=number) for number in chance.sample(range(1, 33), 9)}

    with time_machine.travel(at(first, 7, 5), tick=False) as traveller:
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            for hour in (1, 7, 13, 19):
                traveller.move_to(at(day, hour, 5 + chance.randrange(40)))
                if day not in down:
                    run()
                    run()  # the other clock, a moment later

    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    made = {(row.cadence, row.day): row for row in ReportMail.objects.all()}
    assert sorted(day for cadence, day in made if cadence == "daily") == days
    assert sorted(day for cadence, day in made if cadence == "weekly") == [day for day in days if day.weekday() == 0]
    assert sorted(day for cadence, day in made if cadence == "monthly") == [date(2026, 4, 1)]
    assert {day for (_cadence, day), row in made.items() if row.is_late} == {day for _cadence, day in made if day in down}
    assert all(row.written_at for row in made.values())
    assert StaffMail.objects.count() == len(made)


def reports_of(cadence, day):
    return ReportLetter(subject=f"{cadence} {day}", text="a", html="a", images={})


# To whom


@pytest.mark.django_db
def test_who_left_who_has_no_right_and_who_works_for_no_company_gets_nothing(reader):
    strangers = [UserFactory(staff=True), UserFactory(staff=True, is_active=False), UserFactory()]
    for user in strangers:
        ReportSubscriptionFactory(user=user)
    reader.user_permissions.clear()

    with time_machine.travel(at(date(2026, 3, 10), 9), tick=False):
        run()

    assert StaffMail.objects.count() == 0
    assert ReportMail.objects.filter(next_attempt_at__isnull=False).count() == 0


@pytest.mark.django_db
def test_a_letter_that_was_in_line_when_its_reader_lost_the_right_is_not_written(reader):
    with time_machine.travel(at(date(2026, 3, 10), 9), tick=False):
        services.report_runs_due()
        reader.user_permissions.clear()
        assert services.write_due_reports(limit=50) == 1

    row = ReportMail.objects.get()
    assert (row.mail, row.next_attempt_at) == (None, None)
    assert StaffMail.objects.count() == 0


@pytest.mark.django_db
def test_a_worker_that_dies_leaves_the_letter_to_the_next(reader):
    row = ReportMailFactory(user=reader, day=date(2026, 3, 10), attempt_count=1, next_attempt_at=at(date(2026, 3, 10), 7, 10))

    with time_machine.travel(at(date(2026, 3, 10), 7, 5), tick=False) as traveller:
        assert services.write_due_reports(limit=5) == 0
        traveller.move_to(at(date(2026, 3, 10), 7, 11))
        assert services.write_due_reports(limit=5) == 1

    row.refresh_from_db()
    assert row.mail == StaffMail.objects.get()
    assert not row.is_late


@pytest.mark.django_db
def test_a_letter_that_waited_for_a_worker_until_noon_says_that_it_is_late(reader):
    row = ReportMailFactory(user=reader, day=date(2026, 3, 10), attempt_count=1, next_attempt_at=at(date(2026, 3, 10), 7, 10))

    with time_machine.travel(at(date(2026, 3, 10), 12), tick=False):
        services.write_due_reports(limit=5)

    row.refresh_from_db()
    assert row.is_late
    assert "This letter was due on" in row.mail.text


@pytest.mark.django_db
@pytest.mark.parametrize("error", [ValueError("no figure"), TypstError("no chart")])
def test_a_letter_that_cannot_be_written_is_tried_again_and_holds_up_no_other(reader, monkeypatch, error):
    other = MembershipFactory(user=UserFactory(superuser=True), business_entity=BusinessEntityFactory()).user
    ReportSubscriptionFactory(user=other)

    def broken(user, cadence, day, is_late):
        if user == reader:
            raise error
        return reports_of(cadence, day)

    monkeypatch.setattr(reports, "letter_for", broken)
    with time_machine.travel(at(date(2026, 3, 10), 9), tick=False), structlog.testing.capture_logs() as logs:
        run()

    assert [each.user for each in StaffMail.objects.all()] == [other]
    waiting = ReportMail.objects.get(user=reader)
    assert (waiting.last_error, waiting.written_at) == (f"{type(error).__name__}: {error}", None)
    assert waiting.next_attempt_at > at(date(2026, 3, 10), 9)
    assert [(each["event"], each["report"]) for each in logs] == [("report_failed", str(waiting.pk))]


@pytest.mark.django_db
def test_a_letter_that_kills_its_worker_each_time_is_given_up_and_written_again_by_a_colleague(reader, admin_client):
    row = ReportMailFactory(user=reader, day=date(2026, 3, 9), attempt_count=MAX_ATTEMPTS)
    address = reverse("admin:reporting_reportmail_change", args=[row.pk])
    write_again = address.replace("/change/", "/do/write-report-again/")

    assert "do/write-report-again/" not in admin_client.get(address).content.decode()
    assert services.write_due_reports(limit=5) == 1
    row.refresh_from_db()
    assert row.is_given_up
    assert row.last_error
    assert services.write_due_reports(limit=5) == 0
    alert = admin_client.get("/api/v1/dashboard/alerts").json()
    assert [each["value"] for each in alert["alerts"] if each["name"] == "reports_failed"] == [1]
    assert "do/write-report-again/" in admin_client.get(address).content.decode()

    assert admin_client.post(write_again).status_code == 302
    assert services.write_due_reports(limit=5) == 1

    row.refresh_from_db()
    assert (row.mail, row.is_late, row.attempt_count) == (StaffMail.objects.get(), True, 1)
    with pytest.raises(Refused) as refusal:
        services.write_report_again(reportmail=row, by=None)
    assert refusal.value.code == "report_not_given_up"


# What it says


def letter(user, **options):
    services.send_report_now(cadence="daily", by=user, **options)
    send_due_staff_mail(limit=10)
    return mail.outbox[-1]


def orders_of_yesterday(entity, number: int) -> None:
    yesterday = at(clock.today() - timedelta(days=1), 12)
    for _ in range(number):
        OrderFactory(business_entity=entity, created_at=yesterday, total_excl_vat=Decimal(1000), total_incl_vat=Decimal(1000))


@pytest.mark.django_db
def test_the_letter_has_the_figures_of_the_readers_company_alone(reader):
    entity = BusinessEntityFactory()
    orders_of_yesterday(entity, 3)
    orders_of_yesterday(BusinessEntityFactory(entity_code="laderthuis", entity_name="LaderThuis"), 5)

    sent = letter(reader)

    assert "- New orders: 3 " in sent.body
    assert "LaderThuis" not in sent.body
    (html, _kind) = sent.alternatives[0]
    assert reverse("figure-rows", args=["orders_new"]) in html
    assert "cid:orders" in html
    images = [part for part in sent.message().walk() if part.get_content_type() == "image/png"]
    assert [part["Content-ID"] for part in images] == ["<orders>"]
    assert images[0].get_payload(decode=True).startswith(b"\x89PNG")


@pytest.mark.django_db
def test_what_is_to_be_zero_and_is_not_stands_in_the_letter_first(reader):
    reader.user_permissions.set(Permission.objects.filter(codename__in=["view_order", "view_orderhold"]))
    OrderHoldFactory(order=OrderFactory(held=True), estimated_resume_date=clock.today() - timedelta(days=2))

    sent = letter(type(reader).objects.get(pk=reader.pk))

    assert "What asks for attention\n- Overdue holds: 1\n" in sent.body
    assert sent.body.index("What asks for attention") < sent.body.index("Yesterday")


@pytest.mark.django_db
def test_the_letter_speaks_the_readers_language(reader):
    english = letter(reader)
    reader.language = "nl"
    reader.save()
    dutch = letter(type(reader).objects.get(pk=reader.pk))

    assert english.subject.endswith(" in figures")
    assert 'lang="nl"' in dutch.alternatives[0][0]


@pytest.mark.django_db
def test_a_late_letter_says_so_and_leaves_out_how_things_stood(reader):
    with time_machine.travel(at(date(2026, 3, 10), 8), tick=False) as traveller:
        run()
        traveller.move_to(at(date(2026, 3, 12), 9))
        run()

    late, today = (ReportMail.objects.get(day=date(2026, 3, day)) for day in (11, 12))
    assert (late.is_late, today.is_late) == (True, False)
    assert "This letter was due on" in late.mail.text
    assert "As it stands now" not in late.mail.text
    assert "10 March" in late.mail.subject
    assert "As it stands now" in today.mail.text
    assert "This letter was due on" not in today.mail.text


@pytest.mark.parametrize("values", [[[Decimal(0)]], [[Decimal(-5)], [Decimal(3)]], [[Decimal(1), Decimal(2)]]])
def test_a_chart_is_drawn_of_nothing_of_losses_and_of_more_than_one(values):
    chart = Chart(name="a", title="a", series=["a"], labels=["1"] * len(values), values=values, highest="€ 1", words="a")

    assert chart.png().startswith(b"\x89PNG")


# The page


@pytest.mark.django_db
def test_a_colleague_chooses_sees_and_sends_the_own_letters(client, reader):
    client.force_login(reader)

    client.post(reverse("my-reports-choose"), {"cadence": ["weekly", "yearly"]})
    client.post(reverse("my-reports-send"), {"cadence": "daily"})

    chosen = ReportSubscription.objects.filter(user=reader, is_active=True)
    assert [row.cadence for row in chosen] == ["weekly"]
    assert StaffMail.objects.get().user == reader
    assert StaffMail.objects.get().subject in client.get(reverse("my-reports")).content.decode()


@pytest.mark.django_db
def test_who_may_see_no_figure_is_sent_none():
    with pytest.raises(Refused) as refused:
        services.send_report_now(cadence="daily", by=UserFactory(staff=True))

    assert refused.value.code == "report_without_figures"
    assert StaffMail.objects.count() == 0


def test_two_clocks_at_once_take_a_morning_once(real_commits, together):
    ReportSubscriptionFactory()

    with time_machine.travel(at(date(2026, 3, 10), 8)):
        assert sorted(together([services.report_runs_due, services.report_runs_due])) == [0, 1]

    assert ReportMail.objects.count() == 1


def test_letters_chosen_twice_at_once_are_chosen(real_commits, together):
    user = UserFactory(staff=True)

    def choose() -> None:
        services.choose_reports(user=user, cadences={"daily", "weekly"})

    assert together([choose] * 4) == [None] * 4
    assert set(ReportSubscription.objects.values_list("cadence", "is_active")) == {("daily", True), ("weekly", True)}
