"""Telling colleagues: under the bell, by mail, with the digest; each their own, in their own language and hours."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core import mail
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.communication import services
from apps.communication.choices import DeliveryStatus, NotificationPriority, NotificationType
from apps.communication.models import NotificationPreference, StaffMail, UserNotification
from apps.core import clock
from apps.core.errors import Refused
from apps.events.services import publish
from apps.workflow.events import SlaStageReached
from apps.workflow.services import assign_task, create_task
from tests.factories.accounts import UserFactory
from tests.factories.communication import StaffMailFactory, StaffMailImageFactory, UserNotificationFactory
from tests.factories.orders import OrderFactory
from tests.factories.organizations import BusinessEntityFactory, MembershipFactory
from tests.factories.workflow import SupervisionFactory

MONDAY = datetime(2026, 3, 23, 9, tzinfo=UTC)
SUNDAY = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # the night in which the clock goes from two to three


def tell(*users, **fields):
    fields = {"notification_type": NotificationType.TASK_ASSIGNED, "title": "Bel de klant terug", **fields}
    return services.notify_staff(users=users, **fields)


def send_due() -> int:
    return services.send_due_staff_mail(limit=100)


@pytest.mark.django_db
def test_a_colleague_is_told_under_the_bell_and_by_mail_once():
    user = UserFactory(staff=True, language="en")

    tell(user, user, action_url="/admin/orders/", message="Before noon", dedupe_key="a")
    tell(user, dedupe_key="a")

    assert (send_due(), send_due()) == (1, 0)
    (row,) = UserNotification.objects.all()
    assert (row.user, row.title, row.action_url, row.read_at) == (user, "Bel de klant terug", "/admin/orders/", None)
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == ([user.email], "Bel de klant terug")
    assert letter.extra_headers["Message-ID"] == f"<{row.mail_id}@chargecars.nl>"
    assert "Before noon" in letter.body
    assert "http://testserver/admin/orders/" in letter.body
    assert StaffMail.objects.get().delivery_status == DeliveryStatus.SENT


@pytest.mark.django_db
def test_who_left_who_is_no_colleague_and_who_does_not_see_the_company_is_told_nothing():
    entity, other = BusinessEntityFactory(), BusinessEntityFactory(entity_code="laderthuis")
    mine = MembershipFactory(user=UserFactory(staff=True), business_entity=entity).user
    elsewhere = MembershipFactory(user=UserFactory(staff=True), business_entity=other).user
    strangers = [UserFactory(), UserFactory(staff=True, is_active=False), UserFactory(staff=True, is_service=True), elsewhere]

    made = tell(mine, *strangers, business_entity=entity)

    assert [row.user for row in made] == [mine]
    assert UserNotification.objects.count() == StaffMail.objects.count() == 1


@pytest.mark.django_db
def test_an_address_of_another_is_not_led_to():
    (row,) = tell(UserFactory(staff=True), action_url="https://example.org/")

    assert row.action_url == ""


@pytest.mark.django_db
def test_who_leaves_before_the_letter_goes_is_not_written_to():
    user = UserFactory(staff=True)
    tell(user)
    type(user).objects.filter(pk=user.pk).update(is_active=False)

    send_due()

    assert mail.outbox == []
    assert StaffMail.objects.get().delivery_status == DeliveryStatus.FAILED


@pytest.mark.django_db
def test_a_provider_that_is_down_is_tried_again_and_a_failed_letter_is_sent_by_hand(settings):
    settings.EMAIL_BACKEND = "tests.communication.backends.Unreachable"
    row = StaffMailFactory()

    with time_machine.travel(clock.now(), tick=False) as traveller:
        tried = 0
        while StaffMail.objects.get().delivery_status != DeliveryStatus.FAILED:
            tried += send_due()
            traveller.shift(timedelta(hours=30))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert tried == 11
    services.resend_staff_mail(staffmail=row, by=None)

    assert send_due() == 1
    assert [letter.to for letter in mail.outbox] == [[row.recipient]]
    with pytest.raises(Refused, match="opgegeven"):
        services.resend_staff_mail(staffmail=row, by=None)


@pytest.mark.django_db
def test_a_worker_that_dies_leaves_the_letter_to_the_next_under_the_same_name():
    row = StaffMailFactory(delivery_status=DeliveryStatus.SENDING, next_attempt_at=clock.now() + timedelta(minutes=5))

    assert send_due() == 0
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        assert send_due() == 1

    assert mail.outbox[0].extra_headers["Message-ID"].startswith(f"<{row.pk}@")


@pytest.mark.django_db
def test_pictures_stand_inside_the_letter():
    picture = StaffMailImageFactory(mail=StaffMailFactory(html='<img src="cid:chart">'), content_id="chart")

    send_due()

    raw = mail.outbox[0].message()
    assert raw.get_content_type() == "multipart/related"
    (part,) = [part for part in raw.walk() if part.get_content_type() == "image/png"]
    assert (part["Content-ID"], part.get_payload(decode=True)) == ("<chart>", picture.content)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("chosen", "priority", "shown", "mailed", "digest"),
    [
        ({}, "normal", True, True, False),
        ({}, "low", True, False, True),
        ({"email": False}, "urgent", True, False, False),
        ({"in_app": False}, "normal", False, True, False),
        ({"priority_threshold": "high"}, "normal", True, False, True),
        ({"priority_threshold": "high"}, "high", True, True, False),
    ],
)
def test_each_hears_of_it_as_they_chose(chosen, priority, shown, mailed, digest):
    user = UserFactory(staff=True)
    wishes = {"in_app": True, "email": True, "quiet_hours_start": None, "quiet_hours_end": None, **chosen}
    services.save_preference(user=user, notification_type="task_assigned", wishes=wishes)

    (row,) = tell(user, priority=priority)

    assert (row.is_shown, row.mail is not None, row.awaits_digest) == (shown, mailed, digest)
    assert (UserNotification.objects.visible_to(user).unread().count() == 1) is shown


@pytest.mark.django_db
def test_who_wants_to_hear_nothing_is_told_nothing():
    user = UserFactory(staff=True)
    services.save_preference(user=user, notification_type="task_assigned", wishes={"in_app": False, "email": False})

    assert tell(user) == []
    assert UserNotification.objects.count() == 0


@pytest.mark.parametrize(
    ("moment", "priority", "chosen", "due"),
    [
        (MONDAY, "normal", {}, MONDAY),
        (MONDAY, "normal", {"quiet_hours_start": time(9), "quiet_hours_end": time(12)}, MONDAY.replace(hour=11)),
        (MONDAY, "urgent", {"quiet_hours_start": time(9), "quiet_hours_end": time(12)}, MONDAY),
        (MONDAY.replace(hour=22), "high", {"quiet_hours_start": time(22), "quiet_hours_end": time(7)}, datetime(2026, 3, 24, 6, tzinfo=UTC)),
        (SUNDAY, "normal", {"quiet_hours_start": time(22), "quiet_hours_end": time(7)}, datetime(2026, 3, 29, 5, tzinfo=UTC)),
        (SUNDAY, "normal", {"weekend_enabled": False}, datetime(2026, 3, 30, 5, tzinfo=UTC)),
        (SUNDAY, "low", {}, None),
    ],
)  # fmt: skip
def test_letters_wait_for_the_end_of_the_quiet_hours(moment, priority, chosen, due):
    preference = NotificationPreference(email=True, **chosen)

    assert preference.mail_due(priority, moment) == due


@settings(max_examples=25)
@given(
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),
    start=st.times(),
    end=st.times(),
    weekend=st.booleans(),
    priority=st.sampled_from(NotificationPriority.values),
)
def test_a_letter_never_goes_early_nor_within_the_hours_without_mail(moment, start, end, weekend, priority):
    preference = NotificationPreference(email=True, quiet_hours_start=start, quiet_hours_end=end, weekend_enabled=weekend)

    due = preference.mail_due(priority, moment)

    assert (due is None) is (priority == NotificationPriority.LOW)
    if due is not None and priority != NotificationPriority.URGENT:
        assert moment <= due <= moment + timedelta(days=4)
        assert preference.mail_due(priority, due) == due or not weekend


@pytest.mark.django_db
def test_the_digest_comes_once_a_day_and_a_missed_one_later():
    user = UserFactory(staff=True, language="en")
    with time_machine.travel(MONDAY, tick=False) as traveller:
        assert services.send_digests() == 0
        tell(user, priority="low", title="One")
        traveller.shift(timedelta(minutes=1))
        tell(user, priority="low", title="Two")
        assert services.send_digests() == 0  # today's has gone
        traveller.shift(timedelta(days=2))
        assert (services.send_digests(), services.send_digests()) == (1, 0)
        send_due()

    (letter,) = mail.outbox
    assert letter.subject == "2 messages for you"
    assert letter.body.index("One") < letter.body.index("Two")
    assert UserNotification.objects.filter(awaits_digest=True).count() == 0


@pytest.mark.django_db
def test_whoever_is_given_a_task_is_told_and_not_who_takes_it(deliver_events):
    giver, taker = UserFactory(superuser=True), UserFactory(superuser=True, language="en")

    task = create_task(title="Bel de klant terug", assigned_to=taker, created_by=giver)
    assign_task(task=task, assigned_to=giver, by=giver)
    assign_task(task=task, assigned_to=taker, by=giver)
    deliver_events()
    deliver_events()

    (row,) = UserNotification.objects.all()
    assert (row.user, row.title) == (taker, "A task for you: Bel de klant terug")
    assert row.action_url == reverse("admin:workflow_internaltask_change", args=[task.pk])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("stage", "told"),
    [("reminder_75", "owner"), ("warning_90", "team_leader"), ("breached", "manager"), ("escalated", "director")],
)
def test_a_deadline_is_told_to_the_owner_and_then_up_the_house_once(stage, told, deliver_events):
    levels = ("team_leader", "manager", "director")
    people = {level: colleague("PLANNER") for level in (*levels, "owner")}
    order = OrderFactory(order_owner=people["owner"])
    SupervisionFactory(business_entity=order.business_entity, **{level: people[level] for level in levels})

    for _ in range(2):
        reach(stage, order)
        deliver_events()

    (row,) = UserNotification.objects.filter(notification_type="sla_overdue")
    assert (row.user, row.notification_type, row.about_id) == (people[told], "sla_overdue", order.pk)
    assert order.order_number in row.title


@pytest.mark.django_db
def test_where_nobody_is_named_the_manager_is_told(deliver_events):
    manager = colleague("MANAGER")

    reach("reminder_75", OrderFactory(order_owner=None))
    deliver_events()

    (row,) = UserNotification.objects.all()
    assert row.user == manager
    assert (row.title.partition(": ")[2], row.message[:13]) == ("three quarters of its time have passed", "The deadline:")


def colleague(role: str):
    user = MembershipFactory(user=UserFactory(staff=True, language="en"), business_entity=BusinessEntityFactory()).user
    user.groups.add(Group.objects.get_or_create(name=role)[0])
    return user


def reach(stage: str, order) -> None:
    publish(SlaStageReached(entity_type="order", entity_id=order.pk, stage=stage, since=MONDAY, deadline=MONDAY))


@pytest.mark.django_db
def test_a_flood_of_letters_becomes_a_digest():
    user = UserFactory(staff=True)

    for number in range(25):
        tell(user, dedupe_key=f"{number}")
    tell(user, priority="urgent")

    assert StaffMail.objects.count() == 21
    assert UserNotification.objects.filter(awaits_digest=True).count() == 5


# The page behind the bell


@pytest.fixture
def person(client):
    user = UserFactory(staff=True)
    client.force_login(user)
    return user


@pytest.mark.django_db
def test_the_page_shows_ones_own_and_marks_them_read(client, person):
    mine = UserNotificationFactory(user=person, title="Voor mij", action_url="/admin/workflow/")
    other = UserNotificationFactory(title="Voor een ander")
    page = client.get(reverse("communication-notifications")).content.decode()

    assert client.get(reverse("communication-notifications-count")).json()["unread"] == 1
    assert "Voor mij" in page
    assert "Voor een ander" not in page
    assert client.post(reverse("communication-notification-open", args=[mine.pk])).headers["Location"] == "/admin/workflow/"
    assert client.post(reverse("communication-notification-read", args=[other.pk])).status_code == 404
    assert client.get(reverse("communication-notifications-count")).json()["unread"] == 0
    other.refresh_from_db()
    assert other.read_at is None


@pytest.mark.django_db
def test_all_are_marked_read_at_once(client, person):
    UserNotificationFactory.create_batch(3, user=person)
    other = UserNotificationFactory()

    client.post(reverse("communication-notifications-read-all"))

    assert UserNotification.objects.filter(read_at=None).get() == other


@pytest.mark.django_db
def test_what_one_wants_to_hear_of_is_kept(client, person):
    address = reverse("communication-preferences")
    sent = {f"{kind}-priority_threshold": "high" for kind in NotificationType.values}
    sent |= {"mention-email": "on", "quiet_hours_start": "22:00", "quiet_hours_end": "07:00"}

    assert client.post(address, {**sent, "quiet_hours_end": ""}).status_code == 200
    assert NotificationPreference.objects.count() == 0
    assert client.post(address, sent).status_code == 302

    kept = NotificationPreference.objects.get(user=person, notification_type="mention")
    assert (kept.in_app, kept.email, kept.priority_threshold) == (False, True, "high")
    assert (kept.quiet_hours_start, kept.quiet_hours_end, kept.weekend_enabled) == (time(22), time(7), False)
    assert NotificationPreference.objects.count() == len(NotificationType)
    assert client.get(address).status_code == 200


@pytest.mark.django_db
def test_a_letter_is_shown_with_its_pictures_to_its_reader_alone(client, person):
    own = StaffMailImageFactory(mail=StaffMailFactory(user=person, html='<img src="cid:chart">'), content_id="chart").mail

    answer = client.get(reverse("communication-staff-mail-html", args=[own.pk]))

    assert answer.content.decode() == '<img src="data:image/png;base64,iVBORw==">'
    assert client.get(reverse("communication-staff-mail-html", args=[StaffMailFactory().pk])).status_code == 404


# The API


@pytest.fixture
def api(person):
    from rest_framework.test import APIClient

    client = APIClient()
    client.force_authenticate(person)
    return client


@pytest.mark.django_db
def test_the_api_gives_ones_own_and_marks_them(api, person):
    old = UserNotificationFactory(user=person, read_at=clock.now())
    new = UserNotificationFactory(user=person, business_entity=BusinessEntityFactory())
    other = UserNotificationFactory()

    assert [row["id"] for row in api.get("/api/v1/notifications").json()["results"]] == [str(new.pk), str(old.pk)]
    (row,) = api.get("/api/v1/notifications?unread=true").json()["results"]
    assert row == {
        "id": str(new.pk),
        "notification_type": "task_assigned",
        "title": new.title,
        "message": "",
        "action_url": "/admin/",
        "priority": "normal",
        "business_entity": "chargecars",
        "about_type": "",
        "about_id": None,
        "is_read": False,
        "read_at": None,
        "told_at": row["told_at"],
    }
    first = api.post(f"/api/v1/notifications/{new.pk}/read").json()
    assert first["is_read"] is True
    assert api.post(f"/api/v1/notifications/{new.pk}/read").json() == first
    assert api.post(f"/api/v1/notifications/{other.pk}/read").status_code == 404
    UserNotificationFactory.create_batch(2, user=person)
    assert api.post("/api/v1/notifications/read-all").json() == {"read": 2}
    assert api.get("/api/v1/notifications?unread=true").json()["results"] == []
    assert api.get("/api/v1/notifications?unread=maybe").status_code == 400
