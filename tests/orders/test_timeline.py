"""The timeline on an order's page: all that happened, what it can be narrowed to, and what it costs."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.core import clock
from apps.core.records import ref_to
from apps.files.services import AttachmentData, store_attachment
from apps.orders.choices import OrderStatus as S
from apps.orders.models import Order, OrderNote
from apps.partners.choices import MessageKind
from apps.workflow.models import StatusTransition
from apps.workflow.services import change_status, record_creation
from tests.factories.accounts import UserFactory
from tests.factories.communication import CommunicationMessageFactory
from tests.factories.orders import (
    LineItemFactory,
    OrderContactFactory,
    OrderFactory,
    OrderHoldFactory,
    OrderNoteFactory,
    OrderOrganizationFactory,
    order_in,
)
from tests.factories.organizations import AddressFactory, BusinessEntityFactory, ContactFactory
from tests.factories.partners import PartnerDeliveryFactory, PartnerMessageFactory, PartnerOrderReferenceFactory
from tests.factories.workflow import StatusTransitionFactory
from tests.orders.conftest import user_with

pytestmark = pytest.mark.usefixtures("policies", "entity")

STAFF = ("view_order", "change_order", "add_order")
BESIDE = ("view_invoice", "view_ticket", "view_communicationmessage", "view_partnerdelivery", "view_internaltask")
MOST_STATEMENTS = 25


@pytest.fixture
def staff(client):
    client.force_login(user_with("sales.orders", "operations.planning", models=STAFF + BESIDE))
    return client


def page(order):
    return reverse("admin:orders_order_change", args=[order.pk])


def act(order, name):
    return reverse("admin:orders_order_button", args=[order.pk, name])


def timeline(client, order, **query):
    return client.get(page(order), query).context["timeline"]


def with_steps(order, number):
    """A log of so many steps to and fro, the first one long ago."""
    statuses = (S.INTAKE_COMPLETED, S.QUOTE_DRAFT)
    begun = clock.now() - timedelta(days=number)
    for sequence in range(1, number + 1):
        StatusTransitionFactory(
            entity_type="order",
            entity_id=order.pk,
            sequence=sequence,
            workflow=order.workflow,
            from_status=statuses[sequence % 2] if sequence > 1 else None,
            to_status=statuses[(sequence + 1) % 2],
            occurred_at=begun + timedelta(hours=sequence),
        )


def busy(order, number):
    """An order with all that can happen to one, so many times."""
    reference = PartnerOrderReferenceFactory(order=order)
    somebody = UserFactory(staff=True)
    for turn in range(number):
        OrderNoteFactory(order=order, written_by=somebody)
        PartnerDeliveryFactory(reference=reference)
        PartnerMessageFactory(reference=reference, kind=MessageKind.REPEAT if turn else MessageKind.FIRST)
        CommunicationMessageFactory(
            thread__about_type="order",
            thread__about_id=order.pk,
            thread__business_entity=order.business_entity,
            thread__contact=order.primary_contact,
        )
        LineItemFactory(order=order)
        OrderContactFactory(order=order)
        OrderOrganizationFactory(order=order)
        store_attachment(
            about=ref_to(order),
            data=AttachmentData(name=f"plan-{turn}.txt", content=SimpleUploadedFile("plan.txt", b"Meterkast")),
            by=somebody,
        )
        order.order_owner = UserFactory(staff=True)
        order.installation_address = AddressFactory()
        order.primary_contact = ContactFactory(organization=order.customer_organization, is_primary=False)
        order.save()


@pytest.mark.parametrize(("steps", "rest"), [(1, 1), (300, 30)])
@pytest.mark.parametrize(
    "place",
    [
        {"status": S.QUOTE_SENT},
        {"status": S.ON_HOLD, "held_from": S.QUOTE_SENT},
        {"status": S.IN_PROGRESS},
        {"status": S.PENDING_APPROVAL, "workflow": "wholesale"},
    ],
    ids=lambda place: place["status"],
)
def test_the_page_takes_few_statements_however_long_its_history(
    staff, data_dir, django_assert_max_num_queries, steps, rest, place
):
    order = order_in(**place, of_partner=True)
    if order.status == S.ON_HOLD:
        OrderHoldFactory(order=order, previous_status=order.held_from)
    with_steps(order, steps)
    busy(order, rest)

    with django_assert_max_num_queries(MOST_STATEMENTS):
        answer = staff.get(page(order))

    shown = answer.context["timeline"]
    assert answer.status_code == 200
    assert shown.feeds[0].number >= steps + 5 * rest
    assert len(shown.entries) <= 50


def test_the_newest_fifty_are_shown_and_the_older_ones_are_a_link_away(staff):
    order = OrderFactory()
    with_steps(order, 120)
    moments = [step.occurred_at for step in StatusTransition.objects.order_by("-occurred_at")]

    first = timeline(staff, order)
    second = staff.get(page(order) + first.older).context["timeline"]
    with_steps_at_the_end = OrderNoteFactory(order=order)
    again = staff.get(page(order) + first.older).context["timeline"]
    last = staff.get(page(order) + second.older).context["timeline"]

    assert [entry.at for entry in (*first.entries, *second.entries, *last.entries)] == moments
    assert (first.newest, last.older) == ("", "")
    assert [entry.at for entry in again.entries] == [entry.at for entry in second.entries]
    assert staff.get(page(order) + last.newest).context["timeline"].entries[0].detail == with_steps_at_the_end.text


@pytest.mark.parametrize("query", [{"until": "-1"}, {"until": "x"}, {"until": "9" * 30}, {"show": "everything"}, {"until": "0"}])
def test_an_address_that_makes_no_sense_shows_the_newest(staff, query):
    order = OrderFactory()
    with_steps(order, 60)

    assert timeline(staff, order, **query).entries == timeline(staff, order).entries


def test_it_is_narrowed_to_what_people_the_system_and_the_customer_did(staff, data_dir):
    order = order_in(S.QUOTE_SENT, of_partner=True)
    record_creation(order, by=None)
    busy(order, 1)

    kinds = {
        feed: {entry.kind for entry in timeline(staff, order, show=feed).entries} for feed in ("order", "system", "customer")
    }

    assert kinds == {
        "order": {"status", "note", "file", "change"},
        "system": {"status", "delivery", "message", "change"},
        "customer": {"status", "message"},
    }


def test_a_status_that_is_hidden_from_the_customer_is_not_in_the_customers_part(staff, boss):
    order = order_in(S.INTAKE_COMPLETED)
    change_status(order, S.QUOTE_DRAFT, by=boss)

    assert timeline(staff, order, show="customer").entries == []
    assert [entry.kind for entry in timeline(staff, order, show="order").entries] == ["status"]


def test_every_changed_field_is_told_from_what_to_what(staff):
    order = OrderFactory()
    owner = user_with("operations.planning", entity=order.business_entity)
    type(owner).objects.filter(pk=owner.pk).update(first_name="Pien", last_name="Planner")

    staff.post(
        act(order, "edit"),
        {"version": 1, "priority_level": "urgent", "order_owner": str(owner.pk), "requested_date": "2026-12-24"},
    )

    (entry,) = timeline(staff, order).entries
    assert entry.kind == "change"
    assert [(str(step.old), str(step.new)) for step in entry.changes] == [
        ("Normaal", "Spoed"),
        ("–", "24-12-2026"),
        ("–", "Pien Planner"),
    ]


def test_changed_lines_are_told_with_the_lines_they_are_about(staff):
    order = OrderFactory()
    kept = LineItemFactory(order=order, description="Laadpunt", line_order=1)
    dropped = LineItemFactory(order=order, description="Kabel", line_order=2)
    lines = {
        "lines-TOTAL_FORMS": 3,
        "lines-INITIAL_FORMS": 2,
        "lines-0-id": str(kept.pk),
        "lines-0-description": "Laadpunt",
        "lines-0-quantity": "3",
        "lines-0-unit_price": "599",
        "lines-1-id": str(dropped.pk),
        "lines-1-description": "Kabel",
        "lines-1-quantity": "1",
        "lines-1-unit_price": "599",
        "lines-1-DELETE": "on",
        "lines-2-description": "Montage",
        "lines-2-quantity": "1",
        "lines-2-unit_price": "450",
    }
    for number in range(3):
        lines |= {f"lines-{number}-vat_rate": "0.2100", f"lines-{number}-billing_responsibility": "customer"}

    staff.post(reverse("admin:orders_order_lines", args=[order.pk]), {"version": 1} | lines)

    (entry,) = [entry for entry in timeline(staff, order).entries if entry.kind == "change" and "egel" in str(entry.changes)]
    told = [(step.field, step.old, step.new) for step in entry.changes]
    assert ("Laadpunt: aantal", "1", "3") in told
    assert ("Orderregel", "1 × Kabel · €\xa0599,00", "–") in told
    assert ("Orderregel", "–", "1 × Montage · €\xa0450,00") in told
    assert Order.objects.get().total_excl_vat == Decimal("2247.00")


def test_a_colleague_writes_a_note_with_a_file(staff, data_dir):
    order = OrderFactory()

    staff.post(act(order, "note"), {"text": "  Poort is dicht \n", "file": SimpleUploadedFile("poort.txt", b"code 1234")})

    note = OrderNote.objects.get()
    (entry,) = timeline(staff, order).entries
    assert (note.text, note.order, note.history.count()) == ("Poort is dicht", order, 1)
    assert (entry.detail, [words for words, _url in entry.links]) == ("Poort is dicht", ["poort.txt"])
    assert b"".join(staff.get(entry.links[0][1]).streaming_content) == b"code 1234"
    assert Order.objects.get().version == 1


@pytest.mark.parametrize("answers", [{"text": "   "}, {"text": "x" * 5001}, {"text": "Ok", "file": "exe"}])
def test_a_note_that_cannot_be_kept_is_refused_whole(staff, data_dir, answers):
    order = OrderFactory()
    if "file" in answers:
        answers = answers | {"file": SimpleUploadedFile("virus.exe", b"MZ")}

    answer = staff.post(act(order, "note"), answers)

    assert answer.context["form"].errors
    assert not OrderNote.objects.exists()


def test_a_note_stays_in_the_house(client, data_dir):
    note = OrderNoteFactory(order__business_entity=BusinessEntityFactory(entity_code="laderthuis"))
    client.force_login(user_with("sales.orders", models=(*STAFF, "view_ordernote")))

    assert client.get(reverse("admin:orders_ordernote_change", args=[note.pk])).status_code == 302
    assert note.pk not in [row.pk for row in client.get(reverse("admin:orders_ordernote_changelist")).context["cl"].result_list]
    assert client.post(act(note.order, "note"), {"text": "Van buiten"}).status_code == 404
    assert OrderNote.objects.count() == 1


def test_who_only_looks_writes_no_note(client):
    order = OrderFactory()
    client.force_login(user_with("admin.audit", models=("view_order",)))

    shown = client.get(page(order))
    client.post(act(order, "note"), {"text": "Mag dit?"})

    assert shown.context["note"] is None
    assert not OrderNote.objects.exists()


def test_the_bar_tells_what_was_passed_over(staff, boss):
    order = order_in(S.NEW_LEAD)
    record_creation(order, by=boss)
    change_status(order, S.INTAKE_COMPLETED, by=boss)

    answer = staff.get(page(order))

    assert [step.state for step in answer.context["path"]][:4] == ["done", "skipped", "here", "ahead"]
    assert answer.content.decode().count("cc-path-word") == 1


def test_the_bar_of_a_cancelled_order_shows_how_far_it_came(staff, boss):
    order = order_in(S.NEW_LEAD)
    record_creation(order, by=boss)
    sent = change_status(order, S.INTAKE_SENT, by=boss).record
    change_status(sent, S.CANCELLED, reason="Klant stopt", by=boss)

    states = [step.state for step in staff.get(page(order)).context["path"]]

    assert states == ["done", "done"] + ["ahead"] * 11


def test_the_api_tells_the_fields_too(client):
    client.force_login(user_with("sales.orders", models=STAFF + BESIDE))
    order = OrderFactory()
    client.patch(f"/api/v1/orders/{order.pk}", {"version": 1, "priority_level": "high"}, content_type="application/json")

    (entry,) = client.get(f"/api/v1/orders/{order.pk}/timeline").json()["results"]

    assert (entry["kind"], entry["feeds"]) == ("change", ["order"])
    assert [(step["old"], step["new"]) for step in entry["changes"]] == [("Normaal", "Hoog")]
