"""A file is kept with its record, is what it says it is, and reaches only those who may have it."""

import hashlib
import os
import time
import uuid
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.core.files.base import ContentFile
from django.urls import reverse

from apps.accounts.choices import Scope
from apps.audit.choices import AuditAction
from apps.audit.models import AuditLog
from apps.core.errors import Malformed, NotFound
from apps.core.records import RecordRef, ref_to
from apps.files import services
from apps.files.models import Attachment
from apps.files.services import AttachmentData, remove_orphans, store_attachment
from tests.factories.accounts import UserFactory
from tests.factories.organizations import BusinessEntityFactory, MembershipFactory, OrganizationFactory
from tests.transactions import undone

PDF = b"%PDF-1.7\n" + b"x" * 100_000


@pytest.fixture
def customer(db, data_dir):
    return OrganizationFactory()


def store(record, name="offerte.pdf", content=PDF, **said):
    return store_attachment(about=ref_to(record), data=AttachmentData(name=name, content=ContentFile(content), **said), by=None)


def stored_files(data_dir) -> list[str]:
    return sorted(path.name for path in (data_dir / "media").rglob("*") if path.is_file())


def test_a_file_is_kept_whole_under_its_key_alone(customer, data_dir):
    attachment = store(customer, "../../Offerte Jan.PDF")

    assert attachment.file.name == f"attachments/{attachment.pk.hex[:2]}/{attachment.pk.hex}"
    assert (data_dir / "media" / attachment.file.name).read_bytes() == PDF
    assert (attachment.document_name, attachment.extension, attachment.media_type) == (
        "Offerte Jan.PDF",
        "pdf",
        "application/pdf",
    )
    assert (attachment.size_bytes, attachment.checksum) == (len(PDF), hashlib.sha256(PDF).hexdigest())
    assert attachment.about == ref_to(customer)
    assert attachment.is_internal_only


def test_a_file_of_the_same_name_is_the_next_version(customer):
    other = OrganizationFactory()

    versions = [store(customer).version_number, store(customer).version_number, store(customer, "b.pdf").version_number]

    assert versions == [1, 2, 1]
    assert store(other).version_number == 1


def test_versions_of_files_that_come_at_once_differ(real_commits, data_dir, together):
    customer = OrganizationFactory()

    stored = together([lambda: store(customer).version_number] * 8)

    assert sorted(stored) == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("leeg.pdf", b"", "file_empty"),
        ("groot.pdf", b"%PDF-" + b"x" * services.SIZE_CAP, "file_too_large"),
        ("virus.exe", b"MZ", "unsupported_format"),
        ("factuur.pdf.exe", PDF, "unsupported_format"),
        ("page.html", b"<script>", "unsupported_format"),
        ("logo.svg", b"<svg onload='alert(1)'>", "unsupported_format"),
        ("naamloos", PDF, "unsupported_format"),
        ("foto.png", PDF, "content_mismatch"),
        ("offerte.pdf", b"<html>", "content_mismatch"),
    ],
)
def test_a_file_that_is_not_wanted_leaves_nothing_behind(customer, data_dir, name, content, code):
    with pytest.raises(Malformed) as refusal:
        store(customer, name, content)

    assert refusal.value.code == code
    assert (Attachment.objects.count(), stored_files(data_dir)) == (0, [])


def test_a_file_just_as_large_as_is_allowed_is_kept(customer):
    content = b"%PDF-".ljust(services.SIZE_CAP, b"x")

    assert store(customer, "groot.pdf", content).size_bytes == services.SIZE_CAP


def test_a_record_that_is_not_there_gets_no_file(customer, data_dir):
    nobody = RecordRef(entity_type="organization", entity_id=uuid.uuid4())

    with pytest.raises(NotFound):
        store_attachment(about=nobody, data=AttachmentData(name="a.pdf", content=ContentFile(PDF)), by=None)

    assert stored_files(data_dir) == []


def test_a_file_of_a_transaction_that_was_undone_is_removed_later(real_commits, data_dir):
    customer = OrganizationFactory()
    kept = store(customer)
    with undone():
        store(customer, "undone.pdf")
    assert remove_orphans() == 0  # it may belong to a transaction that still runs

    yesterday = time.time() - 90_000
    for path in (data_dir / "media").rglob("*"):
        os.utime(path, (yesterday, yesterday))

    assert (remove_orphans(), stored_files(data_dir)) == (1, [kept.pk.hex])


@pytest.fixture
def attachment(customer):
    return store(customer, "Offerte \u20ac.pdf")


def download(client, user, attachment):
    """The answer's status and content."""
    client.force_login(user)
    answer = client.get(reverse("attachment_download", args=[attachment.pk]))
    return answer.status_code, b"".join(answer)


def test_a_download_is_something_to_save_and_not_to_run(client, attachment):
    client.force_login(UserFactory(superuser=True))

    answer = client.get(reverse("attachment_download", args=[attachment.pk]))

    assert (answer.status_code, b"".join(answer)) == (200, PDF)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=utf-8''Offerte%20%E2%82%AC.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_download_is_in_the_log(client, attachment):
    reader = UserFactory(superuser=True)

    download(client, reader, attachment)

    seen = AuditLog.objects.get(action=AuditAction.VIEW)
    assert (seen.table_name, seen.record_id, seen.actor_id) == ("attachment", str(attachment.pk), str(reader.pk))


def test_staff_of_the_records_entity_may_have_it_and_staff_of_another_may_not(client, attachment, customer):
    ours, theirs = UserFactory(staff=True), UserFactory(staff=True)
    MembershipFactory(user=ours, business_entity=customer.business_entity)
    MembershipFactory(user=theirs, business_entity=BusinessEntityFactory(entity_code="laderthuis"))

    assert download(client, theirs, attachment)[0] == 404
    assert download(client, ours, attachment) == (200, PDF)


@pytest.mark.parametrize(
    ("service", "marked", "seen"),
    [
        (True, "is_partner_visible", True),
        (True, "is_customer_visible", False),
        (False, "is_customer_visible", True),
        (False, "is_partner_visible", False),
        (False, None, False),
    ],
)
def test_outside_the_back_office_a_file_must_be_marked_for_its_reader(customer, service, marked, seen):
    reader = UserFactory(service=True) if service else UserFactory()
    MembershipFactory(user=reader, organization=customer)
    store(customer, **({marked: True} if marked else {}))

    assert Attachment.objects.visible_to(reader).exists() is seen


def test_a_partners_person_has_what_is_marked_for_partners(customer):
    reader = MembershipFactory(organization=customer).user
    reader.user_permissions.add(Permission.objects.get(codename=Scope.PARTNER_PORTAL.codename))
    for_partners = store(customer, is_partner_visible=True)
    store(customer, is_customer_visible=True)

    assert list(Attachment.objects.visible_to(reader)) == [for_partners]


def test_a_customer_has_what_is_marked_and_no_other_customer_has(client, customer):
    attachment = store(customer, is_customer_visible=True)
    reader = MembershipFactory(organization=customer).user
    other = MembershipFactory(organization=OrganizationFactory()).user

    assert download(client, reader, attachment) == (200, PDF)
    assert download(client, other, attachment)[0] == 404


def test_nobody_downloads_without_logging_in(client, attachment):
    answer = client.get(reverse("attachment_download", args=[attachment.pk]))

    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/admin/login/")
    assert list(Attachment.objects.visible_to(AnonymousUser())) == []


def test_a_file_that_is_gone_from_the_disk_is_not_found(client, attachment):
    Path(attachment.file.path).unlink()

    assert download(client, UserFactory(superuser=True), attachment)[0] == 404


@pytest.fixture
def clerk(customer, client):
    clerk = UserFactory(superuser=True)
    client.force_login(clerk)
    return clerk


def upload(client, about_id, name="offerte.pdf", content=PDF):
    form = {
        "about_type": "organization",
        "about_id": str(about_id),
        "content": ContentFile(content, name),
        "document_title": "Offerte",
        "document_type": "quote",
        "file_category": "",
        "is_customer_visible": "on",
        "expiry_date": "",
    }
    return client.post(reverse("admin:files_attachment_add"), form)


def test_staff_add_a_file_in_the_admin(client, clerk, customer):
    answer = upload(client, customer.pk)

    attachment = Attachment.objects.get()
    assert answer.status_code == 302
    assert (attachment.about, attachment.document_title, attachment.document_type) == (ref_to(customer), "Offerte", "quote")
    assert (attachment.uploaded_by, attachment.is_customer_visible, attachment.is_partner_visible) == (clerk, True, False)


@pytest.mark.parametrize("content", [b"<html>", b""])
def test_a_file_that_is_refused_in_the_admin_leaves_nothing(client, clerk, customer, data_dir, content):
    upload(client, customer.pk, content=content)

    assert (Attachment.objects.count(), stored_files(data_dir)) == (0, [])


def test_a_file_cannot_be_hung_on_a_record_out_of_sight(client, customer):
    reader = UserFactory(staff=True)
    reader.user_permissions.add(*Permission.objects.filter(codename__in=["add_attachment", "view_attachment"]))
    client.force_login(reader)

    upload(client, customer.pk)

    assert Attachment.objects.count() == 0


def test_who_may_see_it_is_decided_by_an_act(client, clerk, attachment):
    url = f"{reverse('admin:files_attachment_change', args=[attachment.pk])}".replace("change/", "do/show-attachment/")

    answer = client.post(url, {"is_partner_visible": "on"})

    attachment.refresh_from_db()
    assert (answer.status_code, attachment.is_customer_visible, attachment.is_partner_visible) == (302, False, True)
