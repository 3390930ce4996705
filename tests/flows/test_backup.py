"""The system is lost, and comes back from one file: every row of it, and nothing is sent twice."""

import io
import json
import os
import secrets
import stat
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse
from psycopg import sql

from apps.communication.choices import ChannelType, DeliveryStatus
from apps.communication.models import CommunicationMessage
from apps.communication.services import send_due_messages
from apps.core import grants
from apps.core.backup import parts
from apps.core.backup.restoring import pointed_at
from apps.core.clock import now
from apps.core.contributions import Viewer
from apps.core.records import ref_to
from apps.events.contributions import held_sending
from apps.events.models import SendingHold
from apps.events.services import deliver_due
from apps.files.services import AttachmentData, store_attachment
from apps.orders.models import Order
from apps.organizations.choices import DocumentType
from apps.organizations.models import BusinessEntity, NumberSequence
from apps.organizations.services import generate_entity_number
from apps.partners.choices import DeliveryState
from apps.partners.models import PartnerDelivery
from apps.partners.services import send_due
from tests import ground
from tests.factories.accounts import UserFactory
from tests.factories.events import SendingHoldFactory

PDF = b"%PDF-1.7\n" + b"x" * 70_000
ADDED_BY_RESTORE = {"events_sendinghold", "verified"}
TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"


@pytest.fixture
def world(furnished_commits: str, data_dir: Path) -> str:
    """A database with orders, messages and deliveries that are due, and an attachment. Gives its name."""
    call_command("seed_demo", json=True, orders=3, stdout=io.StringIO())
    while deliver_due(limit=500):
        pass  # messages come of it, and statuses for partners
    order = Order.objects.earliest("created_at")
    store_attachment(about=ref_to(order), data=AttachmentData(name="offerte.pdf", content=ContentFile(PDF)), by=None)
    letters, texts = (
        getattr(CommunicationMessage.objects, name)(channel_type=ChannelType.EMAIL) for name in ("filter", "exclude")
    )
    letters.update(delivery_status=DeliveryStatus.PENDING, next_attempt_at=now(), sent_at=None)
    texts.update(delivery_status=DeliveryStatus.SENT, next_attempt_at=None)  # at night they would wait for the morning
    return furnished_commits


@pytest.fixture
def copy() -> Iterator[str]:
    name = f"copy_{secrets.token_hex(6)}"
    yield name
    ground.drop(name)


def backup(file: Path) -> str:
    told = io.StringIO()
    call_command("backup", str(file), stdout=told)
    return told.getvalue()


def restore(file: Path, **options: object) -> str:
    told = io.StringIO()
    call_command("restore", str(file), interactive=False, stdout=told, **options)
    return told.getvalue()


def rows(database: str) -> dict[str, list[tuple]]:
    """Every row of every table, as text."""
    with ground.owner(database) as owner:
        names = [name for (name,) in owner.execute(TABLES).fetchall()]
        query = sql.SQL("SELECT t::text FROM {} AS t ORDER BY 1")
        return {name: owner.execute(query.format(sql.Identifier(name))).fetchall() for name in names}


def test_a_restored_copy_is_the_original_and_passes_every_check(world: str, copy: str, data_dir: Path) -> None:
    before = rows(world)
    file = data_dir / "all.tar"
    assert "no difference" not in backup(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    told = restore(file, into=copy)

    after = rows(copy)
    assert {name for name in before if before[name] != after[name]} == ADDED_BY_RESTORE
    assert before["order"]
    assert any(name.startswith("audit_logs_2") and before[name] for name in before)
    assert "rows, no difference" in told
    assert "checks, no differences" in told
    attachments = [path for path in (data_dir / f"media-{copy}").rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in attachments] == [PDF]


def test_the_application_works_in_the_copy_and_numbers_go_on(world: str, copy: str, data_dir: Path) -> None:
    entity = BusinessEntity.objects.get(entity_code="chargecars")
    last = NumberSequence.objects.get(business_entity=entity, document_type=DocumentType.ORDER, year=now().year, is_test=False)
    backup(data_dir / "all.tar")
    restore(data_dir / "all.tar", into=copy)

    with pointed_at(copy):
        assert grants.differences("default") == []
        with pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
            cursor.execute("UPDATE audit_logs SET reason = 'mine'")
        with transaction.atomic():
            number = generate_entity_number(business_entity=entity, document_type=DocumentType.ORDER, on_date=now())
        order = Order.objects.latest("created_at")
        Order.objects.filter(pk=order.pk).update(notes="written in the copy")
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM audit_logs WHERE record_id = %s AND action = 'update'", [str(order.pk)])
            assert cursor.fetchone()[0] > 0

    assert number == f"CC-{now().year}-{last.current_value + 1:05d}"


def test_the_copy_sends_nothing_until_somebody_says_so(world: str, copy: str, data_dir: Path) -> None:
    waiting = PartnerDelivery.objects.filter(state=DeliveryState.TODO).count()
    backup(data_dir / "all.tar")
    restore(data_dir / "all.tar", into=copy)

    with pointed_at(copy):
        due = CommunicationMessage.objects.filter(delivery_status=DeliveryStatus.PENDING).count()
        assert due > 0
        assert (send_due_messages(limit=50), send_due()) == (0, 0)
        assert CommunicationMessage.objects.filter(delivery_status=DeliveryStatus.PENDING).count() == due
        assert PartnerDelivery.objects.filter(state=DeliveryState.TODO).count() == waiting
        told = io.StringIO()
        call_command("resume_sending", stdout=told)
        assert told.getvalue() == "Sending goes on.\n"
        assert send_due_messages(limit=50) == due
        assert SendingHold.objects.get().released_by == "resume_sending"


def test_a_database_that_holds_something_is_kept_unless_asked(world: str, data_dir: Path) -> None:
    before = rows(world)
    backup(data_dir / "all.tar")

    with pytest.raises(CommandError, match="is not empty"):
        restore(data_dir / "all.tar")
    assert rows(world) == before

    Order.objects.update(notes="lost")
    assert "checks, no differences" in restore(data_dir / "all.tar", replace=True)
    assert rows(world)["order"] == before["order"]


# A small world is enough for what must be refused.


@pytest.fixture
def small(real_commits: str, data_dir: Path) -> Path:
    backup(data_dir / "small.tar")
    return data_dir / "small.tar"


def exists(database: str) -> bool:
    return ground.exists(database)


def test_a_file_is_never_written_over(small: Path) -> None:
    before = small.read_bytes()

    with pytest.raises(CommandError, match="is there already"):
        backup(small)

    assert small.read_bytes() == before
    assert [path.name for path in small.parent.glob(".*")] == []


def test_a_folder_gets_a_file_named_after_the_moment(real_commits: str, data_dir: Path) -> None:
    backup(data_dir)

    (made,) = data_dir.glob("chargecars-*.tar")
    assert stat.S_IMODE(made.stat().st_mode) == 0o600


def cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size * 2 // 3)


def turn_a_bit(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 3)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))


def make_another_kind(path: Path) -> None:
    path.write_bytes(b"no backup at all")


def rewrite_manifest(path: Path, **said: object) -> None:
    """A backup that is whole and says something else of itself."""
    with tarfile.open(path) as archive:
        kept = [(entry, archive.extractfile(entry).read()) for entry in archive if entry.name != "manifest.json"]
        manifest = {**json.loads(archive.extractfile("manifest.json").read()), **said}
    body = json.dumps(manifest).encode()
    entry = tarfile.TarInfo("manifest.json")
    entry.size = len(body)
    with tarfile.open(path, "w") as archive:
        for old, content in [*kept, (entry, body)]:
            archive.addfile(old, io.BytesIO(content))


def be_of_a_later_format(path: Path) -> None:
    rewrite_manifest(path, format=99)


def be_of_a_later_version(path: Path) -> None:
    rewrite_manifest(path, migrations=["orders.0099_from_the_future"])


def be_of_a_later_server(path: Path) -> None:
    rewrite_manifest(path, postgres="99.1")


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (cut_short, "is no backup, or only a part of one|is damaged"),
        (turn_a_bit, r"is damaged: database\.dump"),
        (make_another_kind, "is no backup"),
        (be_of_a_later_format, "has format 99; this version reads format 1"),
        (be_of_a_later_version, r"of a newer version.*orders\.0099_from_the_future"),
        (be_of_a_later_server, "The backup is of PostgreSQL 99"),
    ],
)
def test_a_file_that_will_not_do_is_refused_before_anything_is_touched(
    small: Path, copy: str, spoil: Callable[[Path], None], text: str
) -> None:
    spoil(small)

    with pytest.raises(CommandError, match=text):
        restore(small, into=copy)

    assert rows(copy) == {} if exists(copy) else True
    assert not (small.parent / f"media-{copy}").exists()


def test_a_copy_that_is_not_equal_is_told_and_stays_closed(small: Path, copy: str) -> None:
    with tarfile.open(small) as archive:
        proof = json.loads(archive.extractfile("manifest.json").read())["proof"]
    proof["tables"]["django_content_type"][0] += 1
    rewrite_manifest(small, proof=proof)

    with pytest.raises(CommandError, match=r"tables: django_content_type: .* in the backup"):
        restore(small, into=copy)

    with pointed_at(copy), pytest.raises(ProgrammingError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM django_content_type")


def test_a_file_that_would_lie_elsewhere_is_refused(small: Path, copy: str) -> None:
    with tarfile.open(small) as archive:
        files = json.loads(archive.extractfile("manifest.json").read())["files"]
    stray = tarfile.TarInfo("media/../../stray")
    with tarfile.open(small) as archive:
        kept = [(entry, archive.extractfile(entry).read()) for entry in archive]
    with tarfile.open(small, "w") as archive:
        for entry, content in [(stray, b""), *kept]:
            archive.addfile(entry, io.BytesIO(content))
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    rewrite_manifest(small, files={**files, stray.name: {"size": 0, "sha256": empty}})

    with pytest.raises(CommandError, match="would lie elsewhere"):
        restore(small, into=copy)

    assert not (small.parent / "stray").exists()


def test_too_little_space_is_told_beforehand(real_commits: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.core.backup.archive.free_space", lambda folder: 1000)

    with pytest.raises(CommandError, match=r"may be needed in .*, where 0\.0 MB is free"):
        backup(data_dir / "all.tar")

    assert [path for path in data_dir.iterdir() if path.is_file()] == []


def test_without_a_program_that_fits_it_says_which_one(
    real_commits: str, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "_candidates", lambda name: ["/bin/false"])

    with pytest.raises(CommandError, match=r"pg_dump of PostgreSQL .* or newer is needed; /bin/false is of version 0"):
        backup(data_dir / "all.tar")

    assert [path for path in data_dir.iterdir() if path.is_file()] == []


def test_traces_of_an_app_that_is_gone_stand_in_no_restores_way(
    real_commits: str, copy: str, data_dir: Path, as_owner: psycopg.Connection
) -> None:
    as_owner.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('gone', '0001_initial', now())")
    backup(data_dir / "all.tar")

    assert "rows, no difference" in restore(data_dir / "all.tar", into=copy)


def test_secrets_without_their_key_are_warned_of(small: Path, copy: str) -> None:
    rewrite_manifest(small, encryption_keys=["lost"])

    assert "FIELD_ENCRYPTION_KEYS lacks lost" in restore(small, into=copy)


def test_who_is_asked_and_answers_otherwise_loses_nothing(
    real_commits: str, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(real_commits)
    monkeypatch.setattr("builtins.input", lambda question: "no")

    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("restore", str(small), replace=True, stdout=io.StringIO())

    assert rows(real_commits) == before


def test_the_home_page_says_that_nothing_is_sent_and_its_button_lets_go(client: Client, db: None) -> None:
    operator = UserFactory(superuser=True, first_name="Olga", last_name="")
    client.force_login(operator)
    assert held_sending(Viewer(user=operator)) == []
    hold = SendingHoldFactory()

    (tile,) = held_sending(Viewer(user=operator))
    assert (tile.tone, tile.url) == ("danger", reverse("admin:events_sendinghold_change", args=[hold.pk]))
    (tile,) = held_sending(Viewer(user=UserFactory(staff=True)))
    assert tile.url == reverse("admin:index")

    client.post(reverse("admin:events_sendinghold_button", args=[hold.pk, "resume-sending"]))
    hold.refresh_from_db()
    assert hold.released_by == "Olga"
    assert held_sending(Viewer(user=operator)) == []
