"""Telling colleagues: under the bell, by a letter, or with the digest, as each of them wants it."""

from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.communication.choices import NotificationPriority, StaffMailKind
from apps.communication.documents import Told, write_to_colleague
from apps.communication.models import NotificationPreference, StaffMail, UserNotification
from apps.communication.models.staff import ADDRESS_LENGTH, MESSAGE_LENGTH, TITLE_LENGTH
from apps.communication.services.staff_mail import write_to_staff
from apps.core import clock
from apps.core.chips import admin_url
from apps.core.errors import Refused, Text
from apps.core.records import RecordRef, resolve
from apps.events.services import claim_slot, due_days
from apps.organizations.models import BusinessEntity

DIGEST_JOB = "communication.staff_digest"
DIGEST_AT = time(7)
MOST_IN_A_DIGEST = 200
MOST_LETTERS_AN_HOUR = 20  # of one type to one person; the rest comes with the digest


@transaction.atomic
def notify_staff(
    *,
    users: Iterable[User],
    notification_type: str,
    title: Text,
    message: Text = "",
    about: RecordRef | None = None,
    action_url: str = "",
    priority: str = NotificationPriority.NORMAL,
    business_entity: BusinessEntity | None = None,
    dedupe_key: str = "",
) -> list[UserNotification]:
    """Tell colleagues something, each in their own language and as they want to hear it; gives the rows that were made.

    Whoever no longer works here, or does not see the business entity, is told nothing. `action_url` is an address of ours
    (it begins with /); without one it leads to the page of the record. With a `dedupe_key` each person is told once.
    """
    told = [user for user in {user.pk: user for user in users}.values() if may_know(user, business_entity)]
    preferences = _preferences(told, notification_type)
    address = action_url or _page_of(about)
    made = []
    for user in told:
        with translation.override(user.language):
            notification = UserNotification(
                user=user,
                notification_type=notification_type,
                title=str(title)[:TITLE_LENGTH],
                message=str(message)[:MESSAGE_LENGTH],
                action_url=address[:ADDRESS_LENGTH] if address.startswith("/") else "",
                priority=priority,
                business_entity=business_entity,
                about_type=about.entity_type if about else "",
                about_id=about.entity_id if about else None,
                dedupe_key=dedupe_key,
                told_at=clock.now(),
            )
        made += _told(notification, preferences[user.pk])
    return made


def _told(notification: UserNotification, preference: NotificationPreference) -> list[UserNotification]:
    """Keep the notification as its reader wants it, unless it was made before; none where the reader wants to hear nothing."""
    due_at = preference.mail_due(notification.priority, clock.now())
    notification.awaits_digest = preference.waits_for_digest(notification.priority)
    if due_at and notification.priority != NotificationPriority.URGENT and _has_had_enough_letters(notification):
        due_at, notification.awaits_digest = None, True
    notification.is_shown = preference.in_app
    if not (due_at or notification.awaits_digest or notification.is_shown):
        return []
    # Another transaction that tells the same at this moment waits here, and then makes nothing.
    if not UserNotification.objects.bulk_create([notification], ignore_conflicts=True) or not _is_kept(notification):
        return []
    if due_at:
        subject, text, html = write_to_colleague([_words(notification)], user=notification.user, intro="")
        notification.mail = write_to_staff(
            user=notification.user,
            kind=StaffMailKind.NOTIFICATION,
            subject=subject,
            text=text,
            html=html,
            due_at=due_at,
            dedupe_key=f"notification:{notification.pk}",
        )
        notification.save(update_fields=["mail"])
    return [notification]


def _has_had_enough_letters(notification: UserNotification) -> bool:
    """Whether the last hour brought its reader so many letters of this type that more of them would only be thrown away."""
    hour_ago = clock.now() - timedelta(hours=1)
    recent = UserNotification.objects.filter(user=notification.user, told_at__gt=hour_ago, mail__isnull=False)
    same = recent.filter(notification_type=notification.notification_type).order_by()
    return same[:MOST_LETTERS_AN_HOUR].count() == MOST_LETTERS_AN_HOUR


def _is_kept(notification: UserNotification) -> bool:
    return not notification.dedupe_key or UserNotification.objects.filter(pk=notification.pk).exists()


def may_know(user: User, entity: BusinessEntity | None) -> bool:
    """Whether somebody works here, and for this business entity."""
    if not (user.is_active and user.is_staff) or user.is_service:
        return False
    return entity is None or BusinessEntity.objects.visible_to(user).filter(pk=entity.pk).exists()


def _preferences(users: list[User], notification_type: str) -> dict[UUID, NotificationPreference]:
    rows = NotificationPreference.objects.filter(user__in=users, notification_type=notification_type)
    chosen = {row.user_id: row for row in rows}
    return {user.pk: chosen.get(user.pk) or NotificationPreference.usual(user, notification_type) for user in users}


def _page_of(about: RecordRef | None) -> str:
    record = resolve([about]).get(about) if about else None
    return admin_url(record) if record is not None else ""


def _words(notification: UserNotification) -> Told:
    return Told(title=notification.title, message=notification.message, path=notification.action_url)


# Reading


@transaction.atomic
def mark_read(*, notification: UserNotification, by: User) -> UserNotification:
    """Note that its reader has seen it; a second time changes nothing."""
    UserNotification.objects.filter(pk=notification.pk, user=by, read_at__isnull=True).update(read_at=clock.now())
    return UserNotification.objects.get(pk=notification.pk)


@transaction.atomic
def mark_all_read(*, by: User) -> int:
    """Note that a person has seen all there is; gives how many were new."""
    return UserNotification.objects.filter(user=by).unread().update(read_at=clock.now())


@transaction.atomic
def save_preference(*, user: User, notification_type: str, wishes: Mapping[str, Any]) -> NotificationPreference:
    """Keep what a person wants to hear of and how.

    Raises:
        Refused: quiet_hours_half.
    """
    if (wishes.get("quiet_hours_start") is None) is not (wishes.get("quiet_hours_end") is None):
        raise Refused(_("Give both ends of the quiet hours, or neither."), code="quiet_hours_half")
    preference, _made = NotificationPreference.objects.update_or_create(
        user=user, notification_type=notification_type, defaults=dict(wishes)
    )
    return preference


# The digest


def send_digests() -> int:
    """Write each person the digest of the days that are due, once per day; gives how many letters were made."""
    return sum(_digest_of(day) for day in due_days(DIGEST_JOB, at=DIGEST_AT))


@transaction.atomic
def _digest_of(day: date) -> int:
    if not claim_slot(DIGEST_JOB, day):
        return 0
    waiting = UserNotification.objects.filter(awaits_digest=True)
    readers = User.objects.filter(pk__in=waiting.values("user")).order_by("pk")
    return sum(_digest_for(user, day) is not None for user in readers)


def _digest_for(user: User, day: date) -> StaffMail | None:
    rows = (
        UserNotification.objects.filter(user=user, awaits_digest=True).select_for_update(of=("self",)).order_by("told_at", "pk")
    )
    waiting = list(rows[:MOST_IN_A_DIGEST])
    if not waiting or not (user.is_active and user.is_staff):
        rows.update(awaits_digest=False)
        return None
    with translation.override(user.language):
        count = len(waiting)
        intro = ngettext("%(count)s message for you:", "%(count)s messages for you:", count) % {"count": count}
    subject, text, html = write_to_colleague([_words(row) for row in waiting], user=user, intro=intro)
    mail = write_to_staff(
        user=user, kind=StaffMailKind.DIGEST, subject=subject, text=text, html=html, dedupe_key=f"digest:{user.pk}:{day}"
    )
    UserNotification.objects.filter(pk__in=[row.pk for row in waiting]).update(awaits_digest=False, mail=mail)
    return mail
