"""Auditors read the log; nobody writes it."""

import pytest
from django.urls import reverse
from django.utils import translation

from apps.audit.models import AuditLog
from apps.audit.queries import FieldChange, field_changes, record_kind
from apps.core.actor import acting
from tests.factories.accounts import ApiKeyFactory, UserFactory
from tests.factories.workflow import InternalTaskFactory

LIST = reverse("admin:audit_auditlog_changelist")


@pytest.fixture
def auditor(client, db):
    auditor = UserFactory(superuser=True)
    client.force_login(auditor)
    return auditor


@pytest.fixture
def change(auditor):
    """The entry of a changed name."""
    user = UserFactory(first_name="Jan")
    with acting(kind="user", label="Clerk", reason="married"):
        user.first_name = "Piet"
        user.save()
    return AuditLog.objects.get(record_id=str(user.pk), action="update")


def page_of(entry):
    return reverse("admin:audit_auditlog_change", args=[entry.pk])


def test_an_entry_shows_who_why_and_what(client, change):
    page = client.get(page_of(change)).content.decode()

    for shown in ("Clerk", "married", "<del>Jan</del>", "<ins>Piet</ins>"):
        assert shown in page


def test_a_change_is_told_in_the_words_of_the_record(change):
    with translation.override("en"):
        steps = [(str(step.field), step.old, step.new) for step in field_changes(change)]

    assert steps == [("first name", "Jan", "Piet")]


def test_a_foreign_key_and_a_column_that_is_gone_have_a_name_too(db):
    key = ApiKeyFactory()
    entry = AuditLog.objects.get(record_id=str(key.pk), action="create")
    entry.new_values = {"user_id": str(key.user_id), "gone": 1}

    assert field_changes(entry) == [
        FieldChange(field="gone", old=None, new=1),
        FieldChange(field=type(key)._meta.get_field("user").verbose_name, old=None, new=str(key.user_id)),
    ]


def test_codes_moments_and_answers_are_told_as_people_read_them(db):
    task = InternalTaskFactory()
    entry = AuditLog.objects.filter(record_id=str(task.pk), action="create").get()
    entry.action, entry.old_values = "update", None
    entry.new_values = {"priority": "high", "due_at": "2026-07-01T12:00:00+00:00", "title": "high"}

    with translation.override("nl"):
        told = {str(step.field): str(step.new) for step in field_changes(entry)}

    assert told == {"prioriteit": "Hoog", "uiterlijk": "01-07-2026 14:00", "titel": "high"}


def test_what_is_not_of_the_columns_kind_any_more_is_told_as_it_was_written(db):
    task = InternalTaskFactory()
    entry = AuditLog.objects.filter(record_id=str(task.pk), action="create").get()
    entry.new_values = {"due_at": "soon", "priority": "gone"}

    assert [step.new for step in field_changes(entry)] == ["soon", "gone"]


def test_a_job_is_called_as_in_the_schedule(client, auditor):
    client.cookies["django_language"] = "en"
    with acting(kind="task", label="communication.send_due_messages"):
        user = UserFactory()
    entry = AuditLog.objects.filter(record_id=str(user.pk), action="create").get()

    for page in (client.get(LIST), client.get(page_of(entry))):
        assert "Send messages" in page.content.decode()


def test_who_logged_in_is_called_what_a_changed_user_is_called(db):
    assert record_kind("user") == record_kind("user_account") == UserFactory._meta.model._meta.verbose_name
    assert record_kind("gone_table") == "gone_table"


def test_the_log_is_found_by_record_and_by_kind(client, change):
    ApiKeyFactory()

    by_record = client.get(LIST, {"q": change.record_id})
    by_kind = client.get(LIST, {"table": "user_account", "action__exact": "update"})

    assert {row.record_id for row in by_record.context["cl"].result_list} == {change.record_id}
    assert [row.pk for row in by_kind.context["cl"].result_list] == [change.pk]


def test_the_list_counts_nothing_and_asks_for_keys_and_rows(client, auditor, django_assert_max_num_queries):
    UserFactory.create_batch(20)

    with django_assert_max_num_queries(20) as asked:
        client.get(LIST)

    about_log = [query["sql"] for query in asked.captured_queries if "audit_logs" in query["sql"]]
    assert [sql for sql in about_log if "COUNT" in sql] == []
    assert len(about_log) == 2


def test_nothing_in_the_log_can_be_added_changed_or_removed(client, change):
    answers = [
        client.get(reverse("admin:audit_auditlog_add")),
        client.post(page_of(change), {"reason": "none"}),
        client.post(reverse("admin:audit_auditlog_delete", args=[change.pk]), {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert AuditLog.objects.get(pk=change.pk).reason == "married"


def test_staff_without_the_right_do_not_read_it(client, change):
    client.force_login(UserFactory(staff=True))

    assert client.get(LIST).status_code == 403
